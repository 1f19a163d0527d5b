#include "intake/record_request_service.h"

#include "intake/family_resource.h"
#include "intake/intake_errors.h"
#include "intake/record_request_rules.h"
#include "platform/audit/shown.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"

#include <algorithm>
#include <utility>

namespace rapport::intake {
namespace {

const auto& kRecordRequestFilter =
    *new schema::ListFilter<v1::RecordRequest>({{"kind"}, {"state"}});

RecordRequestEvent EventOf(const v1::DecideRecordRequestRequest& request) {
  if (request.has_decision()) return RecordRequestEvent::kDecide;
  return request.extension_reason().empty() ? RecordRequestEvent::kDisagree
                                            : RecordRequestEvent::kExtend;
}

// What an act on a request changes, or why it can't be.
absl::Status Act(const v1::DecideRecordRequestRequest& request, const std::string& subject,
                 std::int64_t now_us, v1::RecordRequest* stored) {
  const std::string& name = stored->name();
  const auto refusal = RecordRequestLife().RefusalOf(StateAt(*stored, now_us), EventOf(request));
  if (refusal) return errors::RefusedInState(*refusal, name);
  if (!request.statement_of_disagreement().empty()) {
    const std::string why_not = WhyNoStatement(*stored);
    if (!why_not.empty()) return errors::StatementNotPossible(name, why_not);
    stored->set_statement_of_disagreement(request.statement_of_disagreement());
    return absl::OkStatus();
  }
  if (!request.extension_reason().empty()) {
    const std::string why_not = WhyNotExtended(*stored, now_us);
    if (!why_not.empty()) return errors::ExtensionNotPossible(name, why_not);
    stored->set_extension_reason(request.extension_reason());
    return absl::OkStatus();
  }
  const auto faults = FaultsOf(request.decision(), stored->kind());
  if (!faults.empty()) return errors::InvalidResource("decision.", faults);
  *stored->mutable_decision() = request.decision();
  stored->set_decided_by(subject);
  *stored->mutable_decide_time() = schema::ToTimestamp(now_us);
  return absl::OkStatus();
}

enum PlaceOf : std::size_t { kByCreation, kByDueTime };

std::string ActionOf(const v1::DecideRecordRequestRequest& request) {
  switch (EventOf(request)) {
    case RecordRequestEvent::kExtend:
      return "record_request.extend";
    case RecordRequestEvent::kDisagree:
      return "record_request.disagree";
    default:
      return "record_request.decide";
  }
}

}  // namespace

RecordRequestService::Answer<StoredCase> RecordRequestService::Load(CallContext& context) {
  StoredCase file;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(file, store_.Load(tx, context.principal->agency, context.access.family));
    return absl::OkStatus();
  }));
  co_return file;
}

v1::RecordRequest RecordRequestService::ShowRequest(const std::string& agency,
                                                    const StoredRequest& stored) const {
  v1::RecordRequest shown = Show(deps_, agency, stored);
  *shown.mutable_due_time() = schema::ToTimestamp(DueAt(stored.message));
  shown.set_state(StateAt(stored.message, Now()));
  return shown;
}

RecordRequestService::Answer<v1::OpenRecordRequestResponse> RecordRequestService::OpenRecordRequest(
    CallContext& context, const v1::OpenRecordRequestRequest& request) {
  co_return co_await records::RetryConflicts(deps_.records, context,
                                             [&] { return OpenOnce(context, request); });
}

RecordRequestService::Answer<v1::OpenRecordRequestResponse> RecordRequestService::OpenOnce(
    CallContext& context, const v1::OpenRecordRequestRequest& request) {
  const std::string& agency = context.principal->agency;
  CO_ASSIGN_OR_RETURN(const StoredCase file, co_await Load(context));
  const std::int64_t now_us = Now();
  const auto faults = FaultsOf(request.record_request(), file.File(), now_us);
  if (!faults.empty()) co_return errors::InvalidResource("record_request.", faults);
  records::Changes changes(context, now_us);
  changes.Guard(file.id, file.revision);
  records::Record record = NewRecord(kRecordRequest, file.id, now_us);
  v1::RecordRequest opened = request.record_request();
  opened.set_name(deps_.NamesOf(agency).Of(kRecordRequestPattern, file.id, record.id));
  if (!opened.has_receive_time()) *opened.mutable_receive_time() = schema::ToTimestamp(now_us);
  const auto stored = Make(std::move(record), std::move(opened), changes);
  const auto member = deps_.NamesOf(agency).ReadMember(stored.message.member());
  changes.Audit("record_request.open", stored.record, {member->id});
  v1::OpenRecordRequestResponse response;
  *response.mutable_record_request() = ShowRequest(agency, stored);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

RecordRequestService::Answer<v1::DecideRecordRequestResponse>
RecordRequestService::DecideRecordRequest(CallContext& context,
                                          const v1::DecideRecordRequestRequest& request) {
  const int acts = (request.has_decision() ? 1 : 0) + (request.extension_reason().empty() ? 0 : 1) +
                   (request.statement_of_disagreement().empty() ? 0 : 1);
  if (acts != 1) {
    co_return schema::InvalidField(
        "decision", "one of decision, extension_reason and statement_of_disagreement");
  }
  co_return co_await records::RetryConflicts(deps_.records, context,
                                             [&] { return DecideOnce(context, request); });
}

RecordRequestService::Answer<v1::DecideRecordRequestResponse> RecordRequestService::DecideOnce(
    CallContext& context, const v1::DecideRecordRequestRequest& request) {
  const std::string& agency = context.principal->agency;
  CO_ASSIGN_OR_RETURN(StoredCase file, co_await Load(context));
  StoredRequest* stored = FindNamed(file.requests, request.name());
  if (stored == nullptr) co_return schema::NotFound();
  CO_RETURN_IF_ERROR(
      deps_.etags.Check(request.etag(), agency, stored->record.id, stored->record.version));
  const std::int64_t now_us = Now();
  CO_RETURN_IF_ERROR(Act(request, context.principal->subject, now_us, &stored->message));
  records::Changes changes(context, now_us);
  changes.Guard(file.id, file.revision);
  const auto member = deps_.NamesOf(agency).ReadMember(stored->message.member());
  changes.Audit(ActionOf(request), stored->record, {member->id},
                request.has_decision()
                    ? std::string(v1::RecordDecisionOutcome_Name(request.decision().outcome()))
                    : std::string());
  Put(*stored, now_us, changes);
  v1::DecideRecordRequestResponse response;
  *response.mutable_record_request() = ShowRequest(agency, *stored);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

RecordRequestService::Answer<v1::ListRecordRequestsResponse>
RecordRequestService::ListRecordRequests(CallContext& context,
                                         const v1::ListRecordRequestsRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kRecordRequestFilter.Read(request.filter()));
  const bool of_agency = schema::IsAnyFamily(request.parent());
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"create_time", "due_time"},
                                           {of_agency ? kByCreation : kByDueTime, false}));
  if (of_agency && order.field != kByCreation) {
    co_return schema::InvalidField("order_by", "create_time, of an agency");
  }
  const std::string& agency = context.principal->agency;
  v1::ListRecordRequestsResponse response;
  if (of_agency) {
    const schema::Names names = deps_.NamesOf(agency);
    const auto take = [&](db::Tx& tx, records::Record record, bool show) -> absl::StatusOr<bool> {
      ASSIGN_OR_RETURN(const auto stored, records::Parse<v1::RecordRequest>(std::move(record)));
      v1::RecordRequest shown = ShowRequest(agency, stored);
      if (!kRecordRequestFilter.Matches(terms, shown)) return false;
      if (!show) return true;
      const std::string& family = stored.record.family;
      ASSIGN_OR_RETURN(*shown.mutable_family_display_name(),
                       store_.FamilyCalled(tx, agency, family));
      const auto member = names.ReadMember(shown.member());
      ASSIGN_OR_RETURN(*shown.mutable_member_display_name(),
                       store_.MemberCalled(tx, agency, family, member ? member->id : ""));
      *response.add_record_requests() = std::move(shown);
      context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
      audit::NoteShown(context, stored.record.family);
      return true;
    };
    CO_ASSIGN_OR_RETURN(
        *response.mutable_next_page_token(),
        co_await records::ScanPage(
            deps_, context, request,
            records::ListQuery{.kind = kRecordRequest, .newest_first = order.descending}, take));
    co_return response;
  }
  CO_ASSIGN_OR_RETURN(const StoredCase file, co_await Load(context));
  std::vector<records::Placed<v1::RecordRequest>> entries;
  for (const StoredRequest& stored : file.requests) {
    v1::RecordRequest shown = ShowRequest(agency, stored);
    if (!kRecordRequestFilter.Matches(terms, shown)) continue;
    shown.set_family_display_name(file.family.message.family().display_name());
    for (const StoredMember& member : file.members) {
      if (member.message.member().name() != shown.member()) continue;
      shown.set_member_display_name(member.message.member().display_name());
    }
    const std::int64_t place_us =
        order.field == kByCreation ? stored.record.sort_us : DueAt(stored.message);
    entries.push_back({place_us, stored.record.id, std::move(shown)});
  }
  auto next = records::ShowPage(
      deps_, context, request, std::move(entries), order.descending,
      [&](v1::RecordRequest shown) { *response.add_record_requests() = std::move(shown); });
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*next);
  context.disclosed_version = file.revision;
  co_return response;
}

}  // namespace rapport::intake
