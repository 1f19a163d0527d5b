// Homework until it is agreed: proposed, countered, answered, withdrawn.
#include "goals/change_file.h"
#include "goals/goal_rules.h"
#include "goals/goals_errors.h"
#include "goals/homework_known.h"
#include "goals/homework_view.h"
#include "platform/schema/errors.h"
#include "platform/schema/external_ids.h"

namespace rapport::goals {
namespace {

// An override is a professional's own, with their own step.
absl::Status CheckOverride(bool given, const Actor& actor) {
  if (!given || actor.is_professional) return absl::OkStatus();
  return errors::InvalidField("together_override",
                              "nothing: only a professional's own step has one");
}

// Null: none was given.
template <typename Request>
const v1::TogetherOverride* OverrideOf(const Request& request) {
  return request.has_together_override() ? &request.together_override() : nullptr;
}

// What keeps the caller from a step: a member goes by what members know.
std::vector<Unmet> UnmetFor(const Showing& showing, const v1::Homework& homework,
                            HomeworkStep step) {
  return UnmetForStep(showing.who.IsMember() ? AsMembersKnow(homework) : homework, step);
}

v1::HomeworkResponse AnswerTo(const v1::Homework& homework,
                              const v1::RespondToHomeworkRequest& request, const Actor& actor,
                              std::int64_t now_us) {
  v1::HomeworkResponse answer;
  answer.set_responder(actor.person);
  answer.set_accepted(request.answer() == v1::HOMEWORK_ANSWER_ACCEPT);
  answer.set_terms_revision(homework.terms_revision());
  answer.set_comment(request.comment());
  answer.set_shared(request.shared());
  answer.set_recorded_for_responder(actor.RecordedFor());
  *answer.mutable_respond_time() = Timestamp(now_us);
  return answer;
}

bool IsNamed(const v1::HomeworkTerms& terms, const std::string& member) {
  return Contains(terms.doers(), member) || Contains(terms.approvers(), member);
}

}  // namespace

StoredTask* GoalsService::FindTask(const Showing& showing, FamilyFile& file,
                                   const std::string& name) const {
  const auto read =
      deps_.NamesOf(showing.context.principal->agency).Read(schema::patterns::kHomework, name);
  if (!read || read->family != file.family) return nullptr;
  StoredTask* task = file.Homework(read->id);
  return task != nullptr && MaySee(showing.who, showing.view, task->message) ? task : nullptr;
}

GoalsService::Answer<std::string> GoalsService::ExternalIdOwner(CallContext& context,
                                                                const v1::Homework& homework) {
  const std::string& agency = context.principal->agency;
  std::string owner;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    for (const auto& id : homework.external_ids()) {
      ASSIGN_OR_RETURN(const auto found, store_.FindHomework(tx, agency, id));
      if (found) owner = deps_.NamesOf(agency).Homework(found->family, found->id);
    }
    return absl::OkStatus();
  }));
  co_return owner;
}

absl::Status GoalsService::CheckTerms(const Writing& writing, std::string_view prefix,
                                      const v1::HomeworkTerms& terms, const Actor& actor) const {
  const Showing& showing = writing.showing;
  std::vector<std::string> visible;
  for (const StoredGoal& goal : writing.file.goals) {
    if (MaySee(showing.who, showing.view, goal.message)) visible.push_back(goal.message.name());
  }
  const Faults faults = FaultsOfTerms(terms, actor, showing.view, visible);
  if (!faults.empty()) return errors::InvalidResource(prefix, faults);
  const auto unmet = UnmetForNewWork(showing.view);
  return unmet.empty() ? absl::OkStatus() : errors::NotMet(unmet, "CASE_NOT_OPEN");
}

absl::Status GoalsService::Accept(const Writing& writing, const Actor& actor,
                                  const v1::TogetherOverride* override,
                                  internal::v1::StoredHomework* stored) const {
  const CaseView& view = writing.showing.view;
  v1::Homework& homework = *stored->mutable_homework();
  if (override != nullptr && NeedsOverride(homework.terms(), view)) {
    *homework.mutable_together_override() = *override;
    homework.mutable_together_override()->set_by(actor.caller);
  }
  const auto unmet = UnmetForAgreement(homework, view, writing.file.View());
  if (actor.is_professional && !unmet.empty()) return errors::NotMet(unmet, "HOMEWORK_NOT_READY");
  MoveOnAcceptance(actor, unmet, writing.now_us(), stored);
  return absl::OkStatus();
}

absl::Status GoalsService::SaveStep(const Writing& writing, std::string_view action,
                                    v1::HomeworkState before, HomeworkStep step, StoredTask& task) {
  // A step that only those who take it know of changes nothing here.
  const v1::HomeworkState after = task.message.homework().state();
  if (after != before && !IsMove(before, step, after)) {
    return absl::InternalError("homework's life has no such move");
  }
  Save(writing.saving(), action, task);
  return absl::OkStatus();
}

GoalsService::Answer<v1::ProposeHomeworkResponse> GoalsService::ProposeHomework(
    CallContext& context, const v1::ProposeHomeworkRequest& request) {
  const v1::Homework& wanted = request.homework();
  auto owner = co_await ExternalIdOwner(context, wanted);
  if (!owner.ok()) co_return owner.status();
  Step<v1::ProposeHomeworkResponse> step =
      [&](Writing& writing, v1::ProposeHomeworkResponse& response) -> absl::Status {
    const Showing& showing = writing.showing;
    ASSIGN_OR_RETURN(const Actor actor, ActorOf(showing, request.proposed_by(), "proposed_by"));
    RETURN_IF_ERROR(CheckOverride(request.has_together_override(), actor));
    if (showing.who.IsMember() && wanted.external_ids_size() > 0) {
      return errors::InvalidField("homework.external_ids", "none from a member");
    }
    RETURN_IF_ERROR(schema::CheckExternalIds("homework.", wanted.external_ids()));
    if (!owner->empty()) return errors::ExternalIdTaken(*owner);
    RETURN_IF_ERROR(CheckTerms(writing, "homework.terms.", wanted.terms(), actor));
    if (!wanted.repeats().empty() && FindTask(showing, writing.file, wanted.repeats()) == nullptr) {
      return errors::InvalidField("homework.repeats", "homework of the family");
    }
    FamilyFile& file = writing.file;
    StoredTask task{NewRecord(kHomework, file.family, "", writing.now_us()), {}};
    v1::Homework& homework = *task.message.mutable_homework();
    homework.set_name(writing.names.Homework(file.family, task.record.id));
    homework.set_repeats(wanted.repeats());
    *homework.mutable_external_ids() = wanted.external_ids();
    SetTerms(wanted.terms(), actor, writing.now_us(), &task.message);
    RETURN_IF_ERROR(Accept(writing, actor, OverrideOf(request), &task.message));
    file.homework.push_back(std::move(task));
    StoredTask& filed = file.homework.back();
    Save(writing.saving(), "homework.propose", filed);
    for (const auto& id : wanted.external_ids()) {
      writing.changes.Claim(HomeworkClaim(id), id.value(), filed.record);
    }
    *response.mutable_homework() = *Show(showing, file.View(), filed);
    return absl::OkStatus();
  };
  co_return co_await ChangeFile<v1::ProposeHomeworkResponse>(context, step);
}

GoalsService::Answer<v1::CounterHomeworkResponse> GoalsService::CounterHomework(
    CallContext& context, const v1::CounterHomeworkRequest& request) {
  Step<v1::CounterHomeworkResponse> step =
      [&](Writing& writing, v1::CounterHomeworkResponse& response) -> absl::Status {
    const Showing& showing = writing.showing;
    ASSIGN_OR_RETURN(const Actor actor, ActorOf(showing, request.countered_by(), "countered_by"));
    RETURN_IF_ERROR(CheckOverride(request.has_together_override(), actor));
    StoredTask* task = FindTask(showing, writing.file, request.name());
    if (task == nullptr) return schema::NotFound();
    const Work work = writing.file.View();
    RETURN_IF_ERROR(CheckEtag(showing, request.etag(), Show(showing, work, *task)->etag()));
    const v1::HomeworkState before = task->message.homework().state();
    const HomeworkChange change = [&](internal::v1::StoredHomework& stored) -> absl::Status {
      const v1::Homework& homework = stored.homework();
      if (!actor.is_professional && !IsNamed(homework.terms(), actor.person)) {
        return errors::InvalidField("countered_by", "a doer or an approver");
      }
      const auto unmet = UnmetFor(showing, homework, HomeworkStep::kCounter);
      if (!unmet.empty()) return errors::NotMet(unmet, "ILLEGAL_TRANSITION");
      RETURN_IF_ERROR(CheckTerms(writing, "terms.", request.terms(), actor));
      SetTerms(request.terms(), actor, writing.now_us(), &stored);
      return Accept(writing, actor, OverrideOf(request), &stored);
    };
    RETURN_IF_ERROR(TakeStep(actor, showing.view, StepKind::kTerms, change, &task->message));
    RETURN_IF_ERROR(SaveStep(writing, "homework.counter", before, HomeworkStep::kCounter, *task));
    *response.mutable_homework() = *Show(showing, work, *task);
    return absl::OkStatus();
  };
  co_return co_await ChangeFile<v1::CounterHomeworkResponse>(context, step);
}

GoalsService::Answer<v1::RespondToHomeworkResponse> GoalsService::RespondToHomework(
    CallContext& context, const v1::RespondToHomeworkRequest& request) {
  Step<v1::RespondToHomeworkResponse> step =
      [&](Writing& writing, v1::RespondToHomeworkResponse& response) -> absl::Status {
    const Showing& showing = writing.showing;
    ASSIGN_OR_RETURN(const Actor actor, ActorOf(showing, request.responder(), "responder"));
    RETURN_IF_ERROR(CheckOverride(request.has_together_override(), actor));
    StoredTask* task = FindTask(showing, writing.file, request.name());
    if (task == nullptr) return schema::NotFound();
    const bool accepts = request.answer() == v1::HOMEWORK_ANSWER_ACCEPT;
    const HomeworkStep taken = accepts ? HomeworkStep::kAccept : HomeworkStep::kDecline;
    const v1::HomeworkState before = task->message.homework().state();
    const HomeworkChange change = [&](internal::v1::StoredHomework& stored) -> absl::Status {
      v1::Homework& homework = *stored.mutable_homework();
      if (!actor.is_professional && !IsNamed(homework.terms(), actor.person)) {
        return errors::InvalidField("responder",
                                    "a doer, an approver, or the professional who calls");
      }
      auto unmet = UnmetFor(showing, homework, taken);
      if (request.terms_revision() != homework.terms_revision()) {
        unmet.push_back(errors::TermsChanged(homework.name()));
      }
      if (!unmet.empty()) return errors::NotMet(unmet, "ILLEGAL_TRANSITION");
      PutResponse(AnswerTo(homework, request, actor, writing.now_us()), &homework);
      if (accepts) return Accept(writing, actor, OverrideOf(request), &stored);
      homework.set_state(v1::HOMEWORK_STATE_DECLINED);
      return absl::OkStatus();
    };
    RETURN_IF_ERROR(TakeStep(actor, showing.view, accepts ? StepKind::kTerms : StepKind::kEnd,
                             change, &task->message));
    RETURN_IF_ERROR(
        SaveStep(writing, accepts ? "homework.accept" : "homework.decline", before, taken, *task));
    *response.mutable_homework() = *Show(showing, writing.file.View(), *task);
    return absl::OkStatus();
  };
  co_return co_await ChangeFile<v1::RespondToHomeworkResponse>(context, step);
}

GoalsService::Answer<v1::WithdrawHomeworkResponse> GoalsService::WithdrawHomework(
    CallContext& context, const v1::WithdrawHomeworkRequest& request) {
  Step<v1::WithdrawHomeworkResponse> step =
      [&](Writing& writing, v1::WithdrawHomeworkResponse& response) -> absl::Status {
    const Showing& showing = writing.showing;
    ASSIGN_OR_RETURN(const Actor actor, ActorOf(showing, request.withdrawn_by(), "withdrawn_by"));
    StoredTask* task = FindTask(showing, writing.file, request.name());
    if (task == nullptr) return schema::NotFound();
    const Work work = writing.file.View();
    RETURN_IF_ERROR(CheckEtag(showing, request.etag(), Show(showing, work, *task)->etag()));
    if (!actor.is_professional && task->message.first_proposed_by() != actor.person) {
      return errors::NotTheProposer();
    }
    const v1::HomeworkState before = task->message.homework().state();
    const HomeworkChange change = [&](internal::v1::StoredHomework& stored) -> absl::Status {
      const auto unmet = UnmetFor(showing, stored.homework(), HomeworkStep::kWithdraw);
      if (!unmet.empty()) return errors::NotMet(unmet, "ILLEGAL_TRANSITION");
      stored.mutable_homework()->set_state(v1::HOMEWORK_STATE_WITHDRAWN);
      stored.set_withdraw_reason(request.reason());
      return absl::OkStatus();
    };
    RETURN_IF_ERROR(TakeStep(actor, showing.view, StepKind::kEnd, change, &task->message));
    RETURN_IF_ERROR(SaveStep(writing, "homework.withdraw", before, HomeworkStep::kWithdraw, *task));
    *response.mutable_homework() = *Show(showing, work, *task);
    return absl::OkStatus();
  };
  co_return co_await ChangeFile<v1::WithdrawHomeworkResponse>(context, step);
}

}  // namespace rapport::goals
