// Stances: how each person stands to a goal, set and shown.
#include "goals/change_file.h"
#include "goals/goal_rules.h"
#include "goals/goals_errors.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"

namespace rapport::goals {
namespace {

// The holder's stance on file, or a new one that is filed with this.
StoredStance& StanceOf(FamilyFile& file, const StoredGoal& goal, const std::string& holder,
                       std::int64_t now_us) {
  if (StoredStance* known = file.Stance(goal.record.id, holder)) return *known;
  file.stances.push_back({NewRecord(kStance, file.family, goal.record.id, now_us), {}});
  return file.stances.back();
}

const auto& kStanceFilter = *new schema::ListFilter<v1::Stance>({{"holder"}, {"kind"}, {"shared"}});

}  // namespace

GoalsService::Answer<v1::SetStanceResponse> GoalsService::SetStance(
    CallContext& context, const v1::SetStanceRequest& request) {
  Step<v1::SetStanceResponse> step = [&](Writing& writing,
                                         v1::SetStanceResponse& response) -> absl::Status {
    const Showing& showing = writing.showing;
    const v1::Stance& wanted = request.stance();
    ASSIGN_OR_RETURN(const Actor actor, ActorOf(showing, wanted.holder(), "stance.holder"));
    StoredGoal* goal = FindGoal(showing, writing.file, request.name());
    if (goal == nullptr) return schema::NotFound();
    const Faults faults = FaultsOfStance(wanted, actor, showing.view);
    if (!faults.empty()) return errors::InvalidResource("stance.", faults);
    const auto ended = UnmetForChange(*Show(showing, *goal));
    if (!ended.empty()) return errors::NotMet(ended, "GOAL_ENDED");
    StoredStance& stance = StanceOf(writing.file, *goal, actor.person, writing.now_us());
    v1::Stance& message = stance.message;
    message = wanted;
    message.set_holder(actor.person);
    message.set_goal(goal->message.name());
    message.set_set_by(actor.caller);
    *message.mutable_set_time() = Timestamp(writing.now_us());
    if (ActivateIfAgreed(writing, *goal)) Save(writing.saving(), "goal.activate", *goal);
    Save(writing.saving(), "goal.stance", stance);
    *response.mutable_stance() = *Shown(showing.who, showing.view, message);
    *response.mutable_goal() = *Show(showing, *goal);
    return absl::OkStatus();
  };
  co_return co_await ChangeFile<v1::SetStanceResponse>(context, step);
}

GoalsService::Answer<v1::ListStancesResponse> GoalsService::ListStances(
    CallContext& context, const v1::ListStancesRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kStanceFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order, schema::ParseOrderBy(request.order_by(), {"set_time"}, {}));
  auto file = co_await LoadKnown(context);
  if (!file.ok()) co_return file.status();
  const Showing showing = ShowingOf(deps_, context, deps_.clock.NowMicros());
  const StoredGoal* goal = FindGoal(showing, *file, request.name());
  if (goal == nullptr) co_return schema::NotFound();
  context.disclosed_resource = goal->record.id;
  std::vector<records::Placed<v1::Stance>> entries;
  for (const StoredStance& stored : file->stances) {
    if (stored.record.parent != goal->record.id) continue;
    auto shown = Shown(showing.who, showing.view, stored.message);
    if (!shown || !kStanceFilter.Matches(terms, *shown)) continue;
    context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
    entries.push_back({stored.record.sort_us, stored.record.id, *std::move(shown)});
  }
  v1::ListStancesResponse response;
  CO_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      records::ShowPage(deps_, context, request, std::move(entries), order.descending,
                        [&](v1::Stance shown) { *response.add_stances() = std::move(shown); }));
  co_return response;
}

}  // namespace rapport::goals
