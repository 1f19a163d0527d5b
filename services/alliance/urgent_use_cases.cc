// Concerns and the urgent tasks they open. A concern is never weighed, never refused for what else
// is wrong, and needs nothing but this service and its database: everybody who may have to see it
// is written into the task when it is opened.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_service.h"
#include "alliance/duty.h"
#include "alliance/not_safe.h"
#include "alliance/scopes.h"
#include "alliance/urgent_record.h"
#include "alliance/urgent_rules.h"
#include "alliance/urgent_task.h"
#include "platform/audit/shown.h"
#include "platform/base/at_their_word.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"
#include "platform/schema/times.h"

#include <rapport/internal/v1/event.pb.h>
#include <rapport/options/v1/options.pb.h>

#include <algorithm>
#include <utility>

namespace rapport::alliance {
namespace {

// As of 1,000 open tasks the agency has other troubles: the oldest are listed.
constexpr int kMostOpen = 1'000;

const auto& kUrgentFilter = *new schema::ListFilter<v1::UrgentTask>(
    {{"state"},
     {"kind"},
     {.name = "member", .patterns = schema::patterns::kMember},
     {"create_time"}});

// What a repeated submission has in common with the one before. Whoever says something else reports
// something else, whatever they call it.
std::string OnceOf(const CallContext& context, const v1::Concern& concern) {
  return Concat(
      {context.principal->subject, "/", context.request_id, "/", concern.SerializeAsString()});
}

// Marks the newest report of `stored`, which `record` is of: its member is who the caller says, or
// that is to be looked up, by what is returned.
std::optional<internal::v1::ConcernTaken> Identify(const CallContext& context,
                                                   const records::Record& record,
                                                   internal::v1::StoredUrgentTask* stored) {
  v1::ConcernReport& report = NewestReport(stored);
  const bool unknown = IsAtTheirWord(*context.access.facts);
  // An invitation is its member's own, and a service of the agency may speak for anybody.
  const bool to_confirm = unknown && context.access.viewer == Viewer::kMember;
  report.set_identity(to_confirm ? v1::REPORTER_IDENTITY_NOT_YET_CONFIRMED
                                 : v1::REPORTER_IDENTITY_CONFIRMED);
  if (!unknown) return std::nullopt;
  internal::v1::ConcernTaken taken;
  taken.set_urgent_task(record.id);
  taken.set_report_us(schema::ToMicros(report.report_time()));
  if (to_confirm) taken.set_account(context.principal->subject);
  return taken;
}

// As the stricter of roster and token says.
bool IsTrainee(const CallContext& context, std::int64_t now_us) {
  const RoleSet& roles = context.principal->roles;
  if (roles.Has(options::v1::ROLE_TRAINEE) && !roles.Has(options::v1::ROLE_CLINICIAN)) return true;
  const std::string& professional = context.access.professional;
  return !professional.empty() &&
         std::ranges::any_of(context.access.facts->helpers, [&](auto& one) {
           return one.professional == professional && one.trainee && one.period.Contains(now_us);
         });
}

// Whether the caller may see the task: who works with the family, and everybody it was put before.
bool Sees(const CallContext& context, const StoredUrgent& task) {
  const Viewer viewer = context.access.viewer;
  if (IsSystem(context)) return context.access.family.empty();
  return viewer == Viewer::kCareTeam || viewer == Viewer::kSupervisor ||
         IsFor(task.message, context.principal->subject);
}

// A commit of its own inside a call that has another one to come: it takes no answer.
class WithoutRequestId {
 public:
  explicit WithoutRequestId(CallContext& context)
      : context_(context), id_(std::exchange(context.request_id, std::string())) {}
  ~WithoutRequestId() { context_.request_id = std::move(id_); }
  WithoutRequestId(const WithoutRequestId&) = delete;
  WithoutRequestId& operator=(const WithoutRequestId&) = delete;

 private:
  CallContext& context_;
  std::string id_;
};

}  // namespace

v1::UrgentTask AllianceService::ShowUrgent(const std::string& agency,
                                           const StoredUrgent& task) const {
  v1::UrgentTask shown = task.message.task();
  shown.set_etag(deps_.etags.Show(agency, task.record.id, task.record.version));
  return shown;
}

AllianceService::Answer<StoredUrgent> AllianceService::AddConcern(CallContext& context,
                                                                  const std::string& member,
                                                                  const v1::Concern& concern,
                                                                  std::string once,
                                                                  records::Changes* changes) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  const Concerned who{.family = context.access.family, .member = member};
  std::optional<StoredUrgent> open;
  bool known = false;
  UrgentSettings settings;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    if (!once.empty()) {
      ASSIGN_OR_RETURN(const auto claimed,
                       deps_.records.FindClaim(tx, agency, kConcernClaim, once));
      known = claimed.has_value();
    }
    ASSIGN_OR_RETURN(open, OpenTaskOf(deps_, tx, agency, who));
    ASSIGN_OR_RETURN(settings,
                     SettingsInForce(tx, deps_.records, agency, urgent_settings_(agency)));
    return absl::OkStatus();
  }));
  if (known) co_return absl::AlreadyExistsError("reported before");
  StoredUrgent task = WithReport(names, open, who, concern, *context.access.facts, settings, Now());
  auto taken = Identify(context, task.record, &task.message);
  PutReport(names, open, concern, std::move(taken), task, changes);
  if (!once.empty()) changes->Claim(kConcernClaim, once, task.record);
  co_return task;
}

AllianceService::Answer<v1::ReportConcernResponse> AllianceService::ReportConcern(
    CallContext& context, const v1::ReportConcernRequest& request) {
  co_return co_await records::RetryConflicts(deps_.records, context,
                                             [&] { return ReportOnce(context, request); });
}

AllianceService::Answer<v1::ReportConcernResponse> AllianceService::ReportOnce(
    CallContext& context, const v1::ReportConcernRequest& request) {
  const std::string& agency = context.principal->agency;
  const auto member = deps_.NamesOf(agency).ReadMember(request.member());
  if (!member || member->family != context.access.family) co_return schema::NotFound();
  records::Changes changes(context, Now());
  CO_ASSIGN_OR_RETURN(const StoredUrgent task,
                      co_await AddConcern(context, member->id, request.concern(), "", &changes));
  v1::ReportConcernResponse response;
  response.set_notice(ReportedNotice(task.message));
  response.set_emergency_contacts(ContactsOf(urgent_settings_(agency)));
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

// The concern of a submission is on record before the rating is judged: whatever is wrong with the
// rating, the concern stands. A repeated call reports it once.
AllianceService::Answer<bool> AllianceService::ReportWithRating(
    CallContext& context, const v1::SubmitRatingRequest& request) {
  co_return co_await records::RetryConflicts(
      deps_.records, context, [&] { return ReportWithRatingOnce(context, request); });
}

AllianceService::Answer<bool> AllianceService::ReportWithRatingOnce(
    CallContext& context, const v1::SubmitRatingRequest& request) {
  const auto member = deps_.NamesOf(context.principal->agency).ReadMember(request.rating().rater());
  const auto& members = context.access.facts->members;
  if (!member || member->family != context.access.family ||
      std::ranges::find(members, member->id, &AccessFacts::Member::member) == members.end()) {
    co_return errors::ConcernOfNobody();
  }
  std::string once = OnceOf(context, request.concern());
  const WithoutRequestId own_commit(context);
  records::Changes changes(context, Now());
  const auto added =
      co_await AddConcern(context, member->id, request.concern(), std::move(once), &changes);
  if (absl::IsAlreadyExists(added.status())) co_return false;
  if (!added.ok()) co_return added.status();
  auto committed =
      co_await deps_.records.Commit(context, std::move(changes), v1::ReportConcernResponse());
  if (records::TakenIndex(committed.status()) == kConcernClaim) co_return false;
  if (!committed.ok()) co_return committed.status();
  co_return true;
}

AllianceService::Answer<v1::ListUrgentTasksResponse> AllianceService::ListUrgentTasks(
    CallContext& context, const v1::ListUrgentTasksRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kUrgentFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"create_time"}, {}));
  const std::string& agency = context.principal->agency;
  const std::string& family = context.access.family;
  if (!MayRead(context, kUrgentTasksScope)) {
    co_return schema::Refused(schema::reasons::kScopeMissing);
  }
  records::ListQuery query{.kind = kUrgent, .family = family, .limit = kMostOpen};
  if (family.empty() || !request.include_acknowledged()) query.state = v1::URGENT_TASK_STATE_OPEN;
  const auto show = [&](const StoredUrgent& task) {
    return IsSystem(context) ? OutlineOf(task.message) : ShowUrgent(agency, task);
  };
  std::vector<records::Placed<StoredUrgent>> entries;
  bool any = false;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    entries.clear();
    ASSIGN_OR_RETURN(auto found, deps_.records.List(tx, agency, query));
    for (records::Record& record : found) {
      ASSIGN_OR_RETURN(auto task,
                       records::Parse<internal::v1::StoredUrgentTask>(std::move(record)));
      if (!Sees(context, task)) continue;
      any = true;
      if (!kUrgentFilter.Matches(terms, show(task))) continue;
      entries.push_back({task.record.created_us, task.record.id, std::move(task)});
    }
    return absl::OkStatus();
  }));
  // Who is on duty has no other tie to the family: where there is nothing for them, there is none.
  if (!family.empty() && !any && context.access.viewer == Viewer::kAgency) {
    co_return schema::NotFound();
  }
  v1::ListUrgentTasksResponse response;
  auto next = records::ShowPage(
      deps_, context, request, std::move(entries), order.descending, [&](const StoredUrgent& task) {
        if (family.empty()) audit::NoteShown(context, task.record.family, task.message.member());
        context.disclosed_version = std::max(context.disclosed_version, task.record.version);
        *response.add_urgent_tasks() = show(task);
      });
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*std::move(next));
  co_return response;
}

AllianceService::Answer<v1::AcknowledgeUrgentTaskResponse> AllianceService::AcknowledgeUrgentTask(
    CallContext& context, const v1::AcknowledgeUrgentTaskRequest& request) {
  co_return co_await records::RetryConflicts(
      deps_.records, context, [&] { return AcknowledgeUrgentOnce(context, request); });
}

AllianceService::Answer<v1::AcknowledgeUrgentTaskResponse> AllianceService::AcknowledgeUrgentOnce(
    CallContext& context, const v1::AcknowledgeUrgentTaskRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  const auto ids = names.Read(kUrgentTaskPattern, request.name());
  if (!ids || ids->family != context.access.family) co_return schema::NotFound();
  StoredUrgent before;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    auto record = deps_.records.Get(tx, agency, ids->family, kUrgent, ids->id);
    if (absl::IsNotFound(record.status())) return schema::NotFound();
    RETURN_IF_ERROR(record.status());
    ASSIGN_OR_RETURN(before, records::Parse<internal::v1::StoredUrgentTask>(*std::move(record)));
    return absl::OkStatus();
  }));
  if (!Sees(context, before)) co_return schema::NotFound();
  CO_RETURN_IF_ERROR(
      deps_.etags.Check(request.etag(), agency, before.record.id, before.record.version));
  const v1::UrgentTask& known = before.message.task();
  const bool not_alone = known.kind() == v1::CONCERN_KIND_NOT_SAFE && IsTrainee(context, Now());
  const UrgentState state = StateOf(known);
  const UrgentEvent step = not_alone ? UrgentEvent::kSee : UrgentEvent::kAcknowledge;
  if (const auto refusal = UrgentLife().RefusalOf(state, step)) {
    co_return errors::UrgentTaskRefused(*refusal, request.name());
  }
  StoredUrgent after = before;
  v1::UrgentTask& task = *after.message.mutable_task();
  task.set_state(ShownState(UrgentLife().After(state, step)));
  if (not_alone) {
    SeenByTrainee(Now(), &after.message);
  } else {
    task.clear_next_alert_time();
  }
  task.clear_acknowledged_by();
  task.set_note(request.note());
  *task.mutable_acknowledge_time() = schema::ToTimestamp(Now());
  if (!context.access.professional.empty()) {
    task.set_acknowledged_by(names.Professional(context.access.professional));
  }
  after.record = InOrder(before.record, after.message);
  records::Changes changes(context, Now());
  changes.Update(before.record, after.record);
  changes.Audit("urgent_task.acknowledge", before.record, {before.message.member()});
  after.record.version = before.record.version + 1;
  v1::AcknowledgeUrgentTaskResponse response;
  *response.mutable_urgent_task() = ShowUrgent(agency, after);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

}  // namespace rapport::alliance
