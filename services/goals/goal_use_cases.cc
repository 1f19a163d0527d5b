// Goals: proposed, changed by succession, ended, shown.
#include "goals/change_file.h"
#include "goals/goal_rules.h"
#include "goals/goals_errors.h"
#include "goals/known.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"

namespace rapport::goals {
namespace {

const auto& kGoalFilter =
    *new schema::ListFilter<v1::Goal>({{"state"}, {"scope"}, {"owners"}, {"problem"}});

}  // namespace

GoalsService::Answer<FamilyFile> GoalsService::LoadFile(CallContext& context, bool with_ratings) {
  const std::string& agency = context.principal->agency;
  const Showing showing = ShowingOf(deps_, context, deps_.clock.NowMicros());
  const auto since = [&](const std::string& person) {
    return ApartSince(showing.who, showing.view, person);
  };
  absl::StatusOr<FamilyFile> file = absl::UnknownError("not loaded");
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    file = store_.Load(tx, agency, context.access.family, with_ratings);
    RETURN_IF_ERROR(file.status());
    if (!showing.who.IsMember() || showing.view.separated.empty()) return absl::OkStatus();
    return store_.LoadEarlier(tx, agency, since, *file);
  }));
  co_return file;
}

GoalsService::Answer<FamilyFile> GoalsService::LoadKnown(CallContext& context, bool with_ratings) {
  auto file = co_await LoadFile(context, with_ratings);
  if (!file.ok()) co_return file.status();
  const Showing showing = ShowingOf(deps_, context, deps_.clock.NowMicros());
  co_return KnownFile(showing.who, showing.view, *std::move(file));
}

StoredGoal* GoalsService::FindGoal(const Showing& showing, FamilyFile& file,
                                   const std::string& name) const {
  const auto read =
      deps_.NamesOf(showing.context.principal->agency).Read(schema::patterns::kGoal, name);
  if (!read || read->family != file.family) return nullptr;
  StoredGoal* goal = file.Goal(read->id);
  return goal != nullptr && MaySee(showing.who, showing.view, goal->message) ? goal : nullptr;
}

absl::StatusOr<Actor> GoalsService::ActorOf(const Showing& showing, const std::string& person,
                                            std::string_view field) const {
  if (showing.who.IsMember()) {
    if (!showing.who.Is(person)) return errors::InvalidField(field, "the member who calls");
    return Actor{.person = person, .caller = person};
  }
  const schema::Names names = deps_.NamesOf(showing.context.principal->agency);
  Actor actor{.person = person,
              .caller = names.Professional(showing.context.access.professional),
              .called_by_professional = true};
  if (person.empty()) actor.person = actor.caller;
  actor.is_professional = names.ReadProfessional(actor.person).has_value();
  if (actor.is_professional && actor.person != actor.caller) return errors::NotOneself();
  return actor;
}

absl::Status GoalsService::CheckSession(const Writing& writing, const std::string& session,
                                        std::string_view field) {
  const auto read = writing.names.Read(schema::patterns::kSession, session);
  if (read && read->family == writing.file.family) return absl::OkStatus();
  return errors::InvalidField(field, "a session of the family");
}

absl::Status GoalsService::CheckGoal(const Writing& writing, std::string_view prefix,
                                     const v1::Goal& goal, const Actor& proposer) const {
  Faults faults = FaultsOfGoal(goal, proposer, writing.showing.view);
  if (!goal.problem().empty()) {
    const auto problem = writing.names.Read(schema::patterns::kProblem, goal.problem());
    if (!problem || problem->family != writing.file.family) {
      faults.push_back({"problem", "a presenting problem of the family"});
    }
  }
  if (!faults.empty()) return errors::InvalidResource(prefix, faults);
  const auto unmet = UnmetForNewWork(writing.showing.view);
  return unmet.empty() ? absl::OkStatus() : errors::NotMet(unmet, "CASE_NOT_OPEN");
}

StoredGoal& GoalsService::AddGoal(Writing& writing, const v1::Goal& wanted,
                                  const Actor& proposer) const {
  FamilyFile& file = writing.file;
  StoredGoal stored{NewRecord(kGoal, file.family, "", writing.now_us()), {}};
  v1::Goal& goal = stored.message;
  goal.set_name(writing.names.Goal(file.family, stored.record.id));
  *goal.mutable_owners() = wanted.owners();
  goal.set_scope(wanted.scope());
  goal.set_words(wanted.words());
  goal.set_problem(wanted.problem());
  goal.set_level_of_need(wanted.level_of_need());
  goal.set_shared(wanted.shared());
  goal.set_state(v1::GOAL_STATE_PROPOSED);
  goal.set_proposed_by(proposer.person);
  *goal.mutable_create_time() = Timestamp(writing.now_us());
  if (Contains(goal.owners(), proposer.person)) {
    StoredStance stance{NewRecord(kStance, file.family, stored.record.id, writing.now_us()), {}};
    stance.message.set_goal(goal.name());
    stance.message.set_holder(proposer.person);
    stance.message.set_kind(v1::STANCE_KIND_ENDORSES);
    // Who proposed it is seen with the goal.
    stance.message.set_shared(goal.shared());
    stance.message.set_set_by(proposer.caller);
    *stance.message.mutable_set_time() = Timestamp(writing.now_us());
    file.stances.push_back(std::move(stance));
  }
  file.goals.push_back(std::move(stored));
  ActivateIfAgreed(writing, file.goals.back());
  return file.goals.back();
}

bool GoalsService::ActivateIfAgreed(Writing& writing, StoredGoal& goal) {
  if (!IsMove(goal.message.state(), v1::GOAL_STATE_ACTIVE)) return false;
  if (!OwnersAgree(goal.message, writing.file.View())) return false;
  goal.message.set_state(v1::GOAL_STATE_ACTIVE);
  *goal.message.mutable_activate_time() = Timestamp(writing.now_us());
  return true;
}

GoalsService::Answer<v1::ProposeGoalResponse> GoalsService::ProposeGoal(
    CallContext& context, const v1::ProposeGoalRequest& request) {
  Step<v1::ProposeGoalResponse> step = [&](Writing& writing,
                                           v1::ProposeGoalResponse& response) -> absl::Status {
    ASSIGN_OR_RETURN(const Actor actor,
                     ActorOf(writing.showing, request.proposed_by(), "proposed_by"));
    RETURN_IF_ERROR(CheckGoal(writing, "goal.", request.goal(), actor));
    const std::size_t stances_before = writing.file.stances.size();
    StoredGoal& goal = AddGoal(writing, request.goal(), actor);
    Save(writing.saving(), "goal.propose", goal);
    if (writing.file.stances.size() > stances_before) {
      Save(writing.saving(), "goal.stance", writing.file.stances.back());
    }
    *response.mutable_goal() = *Show(writing.showing, goal);
    return absl::OkStatus();
  };
  co_return co_await ChangeFile<v1::ProposeGoalResponse>(context, step);
}

GoalsService::Answer<v1::GetGoalResponse> GoalsService::GetGoal(CallContext& context,
                                                                const v1::GetGoalRequest& request) {
  auto file = co_await LoadKnown(context);
  if (!file.ok()) co_return file.status();
  const Showing showing = ShowingOf(deps_, context, deps_.clock.NowMicros());
  const StoredGoal* goal = FindGoal(showing, *file, request.name());
  if (goal == nullptr) co_return schema::NotFound();
  context.disclosed_resource = goal->record.id;
  context.disclosed_version = goal->record.version;
  context.disclosed_members =
      MemberIds(deps_.NamesOf(context.principal->agency), goal->message.owners());
  v1::GetGoalResponse response;
  *response.mutable_goal() = *Show(showing, *goal);
  co_return response;
}

GoalsService::Answer<v1::ListGoalsResponse> GoalsService::ListGoals(
    CallContext& context, const v1::ListGoalsRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kGoalFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"create_time"}, {}));
  auto file = co_await LoadKnown(context);
  if (!file.ok()) co_return file.status();
  const Showing showing = ShowingOf(deps_, context, deps_.clock.NowMicros());
  std::vector<records::Placed<v1::Goal>> entries;
  for (const StoredGoal& stored : file->goals) {
    auto shown = Show(showing, stored);
    if (!shown || !kGoalFilter.Matches(terms, *shown)) continue;
    context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
    entries.push_back({stored.record.created_us, stored.record.id, *std::move(shown)});
  }
  v1::ListGoalsResponse response;
  CO_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      records::ShowPage(deps_, context, request, std::move(entries), order.descending,
                        [&](v1::Goal shown) { *response.add_goals() = std::move(shown); }));
  co_return response;
}

GoalsService::Answer<v1::SucceedGoalResponse> GoalsService::SucceedGoal(
    CallContext& context, const v1::SucceedGoalRequest& request) {
  Step<v1::SucceedGoalResponse> step = [&](Writing& writing,
                                           v1::SucceedGoalResponse& response) -> absl::Status {
    const Showing& showing = writing.showing;
    ASSIGN_OR_RETURN(const Actor actor, ActorOf(showing, request.proposed_by(), "proposed_by"));
    const StoredGoal* found = FindGoal(showing, writing.file, request.name());
    if (found == nullptr) return schema::NotFound();
    RETURN_IF_ERROR(CheckEtag(showing, request.etag(), Show(showing, *found)->etag()));
    RETURN_IF_ERROR(errors::CheckOwner(found->message, actor));
    RETURN_IF_ERROR(errors::CheckSoleOwner(found->message, actor));
    const auto ended = UnmetForChange(found->message);
    if (!ended.empty()) return errors::NotMet(ended, "GOAL_ENDED");
    v1::Goal wanted = request.successor();
    if (wanted.scope() == v1::GOAL_SCOPE_UNSPECIFIED) wanted.set_scope(found->message.scope());
    if (wanted.owners().empty() && wanted.scope() == found->message.scope()) {
      *wanted.mutable_owners() = found->message.owners();
    }
    RETURN_IF_ERROR(CheckGoal(writing, "successor.", wanted, actor));
    const std::string old_id = found->record.id;
    const std::size_t stances_before = writing.file.stances.size();
    StoredGoal& successor = AddGoal(writing, wanted, actor);  // `found` may have moved
    StoredGoal& goal = *writing.file.Goal(old_id);
    successor.message.set_supersedes(goal.message.name());
    goal.message.set_superseded_by(successor.message.name());
    goal.message.set_state(v1::GOAL_STATE_SUCCEEDED);
    goal.message.set_ending_note(request.reason());
    *goal.message.mutable_close_time() = Timestamp(writing.now_us());
    Save(writing.saving(), "goal.succeed", goal);
    Save(writing.saving(), "goal.propose", successor);
    if (writing.file.stances.size() > stances_before) {
      Save(writing.saving(), "goal.stance", writing.file.stances.back());
    }
    *response.mutable_goal() = *Show(showing, goal);
    *response.mutable_successor() = *Show(showing, successor);
    return absl::OkStatus();
  };
  co_return co_await ChangeFile<v1::SucceedGoalResponse>(context, step);
}

GoalsService::Answer<v1::CloseGoalResponse> GoalsService::CloseGoal(
    CallContext& context, const v1::CloseGoalRequest& request) {
  Step<v1::CloseGoalResponse> step = [&](Writing& writing,
                                         v1::CloseGoalResponse& response) -> absl::Status {
    const Showing& showing = writing.showing;
    ASSIGN_OR_RETURN(const Actor actor, ActorOf(showing, request.closed_by(), "closed_by"));
    StoredGoal* goal = FindGoal(showing, writing.file, request.name());
    if (goal == nullptr) return schema::NotFound();
    RETURN_IF_ERROR(CheckEtag(showing, request.etag(), Show(showing, *goal)->etag()));
    RETURN_IF_ERROR(errors::CheckOwner(goal->message, actor));
    RETURN_IF_ERROR(errors::CheckSoleOwner(goal->message, actor));
    const auto ended = UnmetForChange(goal->message);
    if (!ended.empty()) return errors::NotMet(ended, "GOAL_ENDED");
    goal->message.set_state(v1::GOAL_STATE_CLOSED);
    goal->message.set_ending(request.ending());
    goal->message.set_ending_note(request.note());
    *goal->message.mutable_close_time() = Timestamp(writing.now_us());
    Save(writing.saving(), "goal.close", *goal);
    *response.mutable_goal() = *Show(showing, *goal);
    return absl::OkStatus();
  };
  // With ratings: how far it was reached is told to alliance.
  co_return co_await ChangeFile<v1::CloseGoalResponse>(context, step, /*with_ratings=*/true);
}

}  // namespace rapport::goals
