// Homework once it is agreed: reported and reviewed.
#include "goals/change_file.h"
#include "goals/goals_errors.h"
#include "goals/homework_known.h"
#include "platform/schema/errors.h"

#include <rapport/internal/v1/event.pb.h>

#include <algorithm>

namespace rapport::goals {
namespace {

constexpr int kMaxReports = 200;  // of one doer: that others reported often is told by no refusal

int ReportsOf(const v1::Homework& homework, const std::string& doer) {
  return static_cast<int>(
      std::count_if(homework.reports().begin(), homework.reports().end(),
                    [&](const v1::HomeworkReport& one) { return one.doer() == doer; }));
}

// Alliance opens an urgent task for it, which is for no state or reviewer to weigh.
void TellIfFeltUnsafe(const schema::Names& names, const std::string& family,
                      const v1::Homework& homework, const v1::HomeworkReport& report,
                      records::Changes* changes) {
  const auto& obstacles = report.obstacles();
  const auto doer = names.ReadMember(report.doer());
  if (!doer || std::ranges::find(obstacles, v1::OBSTACLE_FELT_UNSAFE) == obstacles.end()) return;
  internal::v1::NotSafe felt;
  felt.set_member(doer->id);
  changes->Emit({.type = internal::v1::EVENT_TYPE_SAFETY_CHANGED,
                 .family = family,
                 .resource = homework.name(),
                 .version = 0,
                 .body = felt.SerializeAsString()});
}

}  // namespace

GoalsService::Answer<v1::ReportHomeworkResponse> GoalsService::ReportHomework(
    CallContext& context, const v1::ReportHomeworkRequest& request) {
  Step<v1::ReportHomeworkResponse> step =
      [&](Writing& writing, v1::ReportHomeworkResponse& response) -> absl::Status {
    const Showing& showing = writing.showing;
    ASSIGN_OR_RETURN(const Actor actor, ActorOf(showing, request.report().doer(), "report.doer"));
    StoredTask* task = FindTask(showing, writing.file, request.name());
    if (task == nullptr) return schema::NotFound();
    const v1::HomeworkState before = task->message.homework().state();
    const HomeworkChange change = [&](internal::v1::StoredHomework& stored) -> absl::Status {
      v1::Homework& homework = *stored.mutable_homework();
      const Faults faults = FaultsOfReport(request.report(), homework);
      if (!faults.empty()) return errors::InvalidResource("report.", faults);
      const auto unmet = UnmetForStep(showing.who.IsMember() ? AsMembersKnow(homework) : homework,
                                      HomeworkStep::kReport);
      if (!unmet.empty()) return errors::NotMet(unmet, "ILLEGAL_TRANSITION");
      if (ReportsOf(homework, request.report().doer()) >= kMaxReports) {
        return errors::TooManyReports();
      }
      v1::HomeworkReport& report = *homework.add_reports();
      report = request.report();
      report.set_recorded_for_doer(actor.RecordedFor());
      *report.mutable_report_time() = Timestamp(writing.now_us());
      const bool kept = homework.state() == v1::HOMEWORK_STATE_EXPIRED ||
                        homework.state() == v1::HOMEWORK_STATE_HELD;
      if (!kept) homework.set_state(StateOfReports(homework));
      return absl::OkStatus();
    };
    RETURN_IF_ERROR(TakeStep(actor, showing.view, StepKind::kReport, change, &task->message));
    RETURN_IF_ERROR(SaveStep(writing, "homework.report", before, HomeworkStep::kReport, *task));
    TellIfFeltUnsafe(writing.names, writing.file.family, task->message.homework(), request.report(),
                     &writing.changes);
    *response.mutable_homework() = *Show(showing, writing.file.View(), *task);
    return absl::OkStatus();
  };
  co_return co_await ChangeFile<v1::ReportHomeworkResponse>(context, step);
}

GoalsService::Answer<v1::ReviewHomeworkResponse> GoalsService::ReviewHomework(
    CallContext& context, const v1::ReviewHomeworkRequest& request) {
  Step<v1::ReviewHomeworkResponse> step =
      [&](Writing& writing, v1::ReviewHomeworkResponse& response) -> absl::Status {
    const Showing& showing = writing.showing;
    ASSIGN_OR_RETURN(const Actor actor, ActorOf(showing, "", "review.reviewer"));
    StoredTask* task = FindTask(showing, writing.file, request.name());
    if (task == nullptr) return schema::NotFound();
    const Work work = writing.file.View();
    RETURN_IF_ERROR(CheckEtag(showing, request.etag(), Show(showing, work, *task)->etag()));
    v1::Homework& homework = *task->message.mutable_homework();
    const auto unmet = UnmetForStep(homework, HomeworkStep::kReview);
    if (!unmet.empty()) return errors::NotMet(unmet, "ILLEGAL_TRANSITION");
    RETURN_IF_ERROR(CheckSession(writing, request.review().session(), "review.session"));
    const Faults faults =
        FaultsOfReview(request.review(), homework, SessionsOf(writing.names, writing.file));
    if (!faults.empty()) return errors::InvalidResource("review.", faults);
    const bool missed = request.review().outcome() == v1::HOMEWORK_OUTCOME_NOT_DONE;
    const int misses = missed ? MissesBefore(homework, work) + 1 : 0;
    const bool ask = misses >= 2 || AskAgreement(homework, work);
    if (ask && !request.review().asked_agreement()) return errors::AskAgreementFirst();
    const v1::HomeworkState before = homework.state();
    *homework.mutable_review() = request.review();
    homework.mutable_review()->set_reviewer(actor.person);
    *homework.mutable_review()->mutable_review_time() = Timestamp(writing.now_us());
    homework.set_misses_in_row(misses);
    homework.set_state(v1::HOMEWORK_STATE_REVIEWED);
    task->message.clear_known();
    RETURN_IF_ERROR(SaveStep(writing, "homework.review", before, HomeworkStep::kReview, *task));
    *response.mutable_homework() = *Show(showing, work, *task);
    return absl::OkStatus();
  };
  co_return co_await ChangeFile<v1::ReviewHomeworkResponse>(context, step);
}

}  // namespace rapport::goals
