#include "intake/erasure_service.h"

#include "intake/family_resource.h"
#include "intake/intake_errors.h"
#include "intake/retention_rules.h"
#include "platform/audit/shown.h"
#include "platform/base/services.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"

#include <rapport/internal/v1/event.pb.h>

#include <algorithm>
#include <utility>

namespace rapport::intake {
namespace {

constexpr std::string_view kErasureClaim = "erasure";  // family -> its erasure

const auto& kHoldFilter = *new schema::ListFilter<v1::LegalHold>(
    {}, {{schema::Flag("released"), [](const schema::FilterTerm& term, const v1::LegalHold& hold) {
            return schema::Holds(term, hold.has_release_time());
          }}});

const auto& kErasureFilter = *new schema::ListFilter<v1::Erasure>({{"state"}, {"family"}});

}  // namespace

absl::StatusOr<ErasureService::HeldCase> ErasureService::Load(db::Tx& tx, const std::string& agency,
                                                              const std::string& family) const {
  HeldCase held;
  ASSIGN_OR_RETURN(held.file, store_.Load(tx, agency, family));
  ASSIGN_OR_RETURN(auto records, deps_.records.Family(tx, agency, family, kLegalHold, kLegalHold));
  for (records::Record& record : records) {
    ASSIGN_OR_RETURN(auto stored, records::Parse<v1::LegalHold>(std::move(record)));
    held.holds.push_back(std::move(stored));
  }
  return held;
}

ErasureService::Answer<ErasureService::HeldCase> ErasureService::LoadCase(CallContext& context) {
  absl::StatusOr<HeldCase> held = absl::UnknownError("not loaded");
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) {
    held = Load(tx, context.principal->agency, context.access.family);
    return held.status();
  }));
  co_return held;
}

ErasureService::Answer<ErasureService::StoredErasure> ErasureService::LoadErasure(
    CallContext& context, const std::string& name) {
  const std::string& agency = context.principal->agency;
  const auto ids = schema::ParseName(kErasurePattern, name, agency, deps_.ids);
  if (!ids) co_return schema::NotFound();
  absl::StatusOr<StoredErasure> stored = schema::NotFound();
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(auto record, deps_.records.Get(tx, agency, "", kErasure, ids->front()));
    stored = records::Parse<v1::Erasure>(std::move(record));
    return stored.status();
  }));
  co_return stored;
}

ErasureService::Answer<ErasureService::StoredErasure> ErasureService::LoadFor(
    ErasureEvent event, CallContext& context, const std::string& name, const std::string& etag) {
  const std::string& agency = context.principal->agency;
  CO_ASSIGN_OR_RETURN(StoredErasure stored, co_await LoadErasure(context, name));
  CO_RETURN_IF_ERROR(deps_.etags.Check(etag, agency, stored.record.id, stored.record.version));
  const v1::ErasureState state = StateAt(stored.message, Now());
  const auto refusal = ErasureLife().RefusalOf(state, event);
  if (refusal) co_return errors::RefusedInState(*refusal, name);
  stored.message.set_state(ErasureLife().After(state, event));
  co_return stored;
}

template <typename Response>
ErasureService::Answer<Response> ErasureService::Commit(CallContext& context,
                                                        records::Changes changes,
                                                        const StoredErasure& stored) {
  Response response;
  *response.mutable_erasure() = ShowErasure(context.principal->agency, stored);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

// The family's newest; nullopt: there was never one.
ErasureService::Answer<std::optional<ErasureService::StoredErasure>> ErasureService::FindErasure(
    CallContext& context, std::string agency, std::string family) {
  std::optional<StoredErasure> found;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const auto id, deps_.records.FindClaim(tx, agency, kErasureClaim, family));
    if (!id) return absl::OkStatus();
    ASSIGN_OR_RETURN(auto record, deps_.records.Get(tx, agency, "", kErasure, *id));
    ASSIGN_OR_RETURN(found, records::Parse<v1::Erasure>(std::move(record)));
    return absl::OkStatus();
  }));
  co_return found;
}

ErasureService::Answer<v1::PlaceLegalHoldResponse> ErasureService::PlaceLegalHold(
    CallContext& context, const v1::PlaceLegalHoldRequest& request) {
  co_return co_await records::RetryConflicts(deps_.records, context,
                                             [&] { return PlaceOnce(context, request); });
}

ErasureService::Answer<v1::PlaceLegalHoldResponse> ErasureService::PlaceOnce(
    CallContext& context, const v1::PlaceLegalHoldRequest& request) {
  const std::string& agency = context.principal->agency;
  CO_ASSIGN_OR_RETURN(const HeldCase held, co_await LoadCase(context));
  const std::int64_t now_us = Now();
  records::Changes changes(context, now_us);
  changes.Guard(held.file.id, held.file.revision);
  records::Record record = NewRecord(kLegalHold, held.file.id, now_us);
  v1::LegalHold hold = request.legal_hold();
  hold.set_name(deps_.NamesOf(agency).Of(kLegalHoldPattern, held.file.id, record.id));
  hold.set_placed_by(context.principal->subject);
  const auto stored = Make(std::move(record), std::move(hold), changes);
  changes.Audit("legal_hold.place", stored.record);
  v1::PlaceLegalHoldResponse response;
  *response.mutable_legal_hold() = ShowHold(agency, stored, held.file.family);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

ErasureService::Answer<v1::ReleaseLegalHoldResponse> ErasureService::ReleaseLegalHold(
    CallContext& context, const v1::ReleaseLegalHoldRequest& request) {
  co_return co_await records::RetryConflicts(deps_.records, context,
                                             [&] { return ReleaseOnce(context, request); });
}

ErasureService::Answer<v1::ReleaseLegalHoldResponse> ErasureService::ReleaseOnce(
    CallContext& context, const v1::ReleaseLegalHoldRequest& request) {
  const std::string& agency = context.principal->agency;
  CO_ASSIGN_OR_RETURN(HeldCase held, co_await LoadCase(context));
  StoredHold* stored = FindNamed(held.holds, request.name());
  if (stored == nullptr) co_return schema::NotFound();
  CO_RETURN_IF_ERROR(
      deps_.etags.Check(request.etag(), agency, stored->record.id, stored->record.version));
  if (stored->message.has_release_time()) co_return errors::AlreadyEnded(request.name());
  const std::int64_t now_us = Now();
  records::Changes changes(context, now_us);
  changes.Guard(held.file.id, held.file.revision);
  *stored->message.mutable_release_time() = schema::ToTimestamp(now_us);
  stored->message.set_released_by(context.principal->subject);
  stored->message.set_release_reason(request.reason());
  changes.Audit("legal_hold.release", stored->record);
  Put(*stored, now_us, changes);
  v1::ReleaseLegalHoldResponse response;
  *response.mutable_legal_hold() = Show(deps_, agency, *stored);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

ErasureService::Answer<v1::ListLegalHoldsResponse> ErasureService::ListLegalHolds(
    CallContext& context, const v1::ListLegalHoldsRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kHoldFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"create_time"}, {0, true}));
  if (schema::IsAnyFamily(request.parent())) {
    co_return co_await ListAgencyHolds(context, request, terms, order.descending);
  }
  CO_ASSIGN_OR_RETURN(HeldCase held, co_await LoadCase(context));
  std::vector<records::Placed<StoredHold>> entries;
  for (StoredHold& stored : held.holds) {
    if (!kHoldFilter.Matches(terms, stored.message)) continue;
    const std::int64_t sort_us = stored.record.sort_us;
    std::string id = stored.record.id;
    entries.push_back({sort_us, std::move(id), std::move(stored)});
  }
  v1::ListLegalHoldsResponse response;
  auto next = records::ShowPage(
      deps_, context, request, std::move(entries), order.descending, [&](const StoredHold& stored) {
        *response.add_legal_holds() = ShowHold(context.principal->agency, stored, held.file.family);
      });
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*next);
  context.disclosed_version = held.file.revision;
  co_return response;
}

ErasureService::Answer<v1::ListLegalHoldsResponse> ErasureService::ListAgencyHolds(
    CallContext& context, const v1::ListLegalHoldsRequest& request,
    const std::vector<schema::FilterTerm>& terms, bool newest_first) {
  const std::string& agency = context.principal->agency;
  v1::ListLegalHoldsResponse response;
  const auto take = [&](db::Tx& tx, records::Record record, bool show) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const auto stored, records::Parse<v1::LegalHold>(std::move(record)));
    if (!kHoldFilter.Matches(terms, stored.message)) return false;
    if (!show) return true;
    const std::string& family = stored.record.family;
    ASSIGN_OR_RETURN(auto whose, deps_.records.Get(tx, agency, family, kFamily, family));
    ASSIGN_OR_RETURN(const StoredFamily shown,
                     records::Parse<internal::v1::StoredFamily>(std::move(whose)));
    *response.add_legal_holds() = ShowHold(agency, stored, shown);
    context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
    audit::NoteShown(context, stored.record.family);
    return true;
  };
  CO_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      co_await records::ScanPage(
          deps_, context, request,
          records::ListQuery{.kind = kLegalHold, .newest_first = newest_first}, take));
  co_return response;
}

v1::LegalHold ErasureService::ShowHold(const std::string& agency, const StoredHold& stored,
                                       const StoredFamily& whose) const {
  v1::LegalHold shown = Show(deps_, agency, stored);
  shown.set_family_display_name(whose.message.family().display_name());
  return shown;
}

v1::Erasure ErasureService::ShowErasure(const std::string& agency,
                                        const StoredErasure& stored) const {
  v1::Erasure shown = Show(deps_, agency, stored);
  shown.set_state(StateAt(stored.message, Now()));
  return shown;
}

absl::Status ErasureService::CheckErasable(const HeldCase& held, const std::string& agency,
                                           std::int64_t now_us,
                                           std::int64_t* retained_until_us) const {
  const crypto::Agency* settings = agencies_.Find(agency);
  if (settings == nullptr) return schema::NotFound();
  const RetentionRule rule = RetentionRuleOf(settings->jurisdiction, settings->retention_years);
  const CaseFile file = held.file.File();
  *retained_until_us = RetainedUntil(file, rule, settings->retention_years);
  std::vector<v1::LegalHold> holds;
  for (const StoredHold& stored : held.holds) holds.push_back(stored.message);
  const auto unmet = UnmetForErasure(file, holds, held.file.Requests(), *retained_until_us, now_us);
  return unmet.empty() ? absl::OkStatus() : errors::ErasureRefused(unmet);
}

ErasureService::Answer<v1::EraseFamilyResponse> ErasureService::EraseFamily(
    CallContext& context, const v1::EraseFamilyRequest& request) {
  co_return co_await records::RetryConflicts(deps_.records, context,
                                             [&] { return EraseOnce(context, request); });
}

ErasureService::Answer<v1::EraseFamilyResponse> ErasureService::EraseOnce(
    CallContext& context, const v1::EraseFamilyRequest& request) {
  const std::string& agency = context.principal->agency;
  const std::string& family = context.access.family;
  CO_ASSIGN_OR_RETURN(const HeldCase held, co_await LoadCase(context));
  const std::int64_t now_us = Now();
  std::int64_t retained_until_us = 0;
  CO_RETURN_IF_ERROR(CheckErasable(held, agency, now_us, &retained_until_us));
  CO_ASSIGN_OR_RETURN(const auto earlier, co_await FindErasure(context, agency, family));
  if (earlier) {
    const auto refusal =
        ErasureLife().RefusalOf(StateAt(earlier->message, now_us), ErasureEvent::kRequest);
    if (refusal) co_return errors::RefusedInState(*refusal, earlier->message.name());
  }
  records::Changes changes(context, now_us);
  changes.Guard(held.file.id, held.file.revision);
  records::Record record = NewRecord(kErasure, "", now_us);
  v1::Erasure erasure;
  erasure.set_name(deps_.NamesOf(agency).Of(kErasurePattern, "", record.id));
  erasure.set_family(held.file.family.message.family().name());
  erasure.set_reason(request.reason());
  erasure.set_state(ErasureLife().After(v1::ERASURE_STATE_UNSPECIFIED, ErasureEvent::kRequest));
  erasure.set_requested_by(context.principal->subject);
  *erasure.mutable_approve_by_time() = schema::ToTimestamp(now_us + kApprovalWithinUs);
  *erasure.mutable_retained_until_time() = schema::ToTimestamp(retained_until_us);
  const auto stored = Make(std::move(record), std::move(erasure), changes);
  if (earlier) changes.Release(kErasureClaim, family);
  changes.Claim(kErasureClaim, family, stored.record);
  changes.Audit("erasure.request", stored.record, {},
                std::string(v1::ErasureReason_Name(request.reason())));
  co_return co_await Commit<v1::EraseFamilyResponse>(context, std::move(changes), stored);
}

ErasureService::Answer<v1::ApproveErasureResponse> ErasureService::ApproveErasure(
    CallContext& context, const v1::ApproveErasureRequest& request) {
  co_return co_await records::RetryConflicts(deps_.records, context,
                                             [&] { return ApproveOnce(context, request); });
}

// The call is not about the family as far as its answer goes, which must stay readable.
ErasureService::Answer<v1::ApproveErasureResponse> ErasureService::ApproveOnce(
    CallContext& context, const v1::ApproveErasureRequest& request) {
  const std::string& agency = context.principal->agency;
  CO_ASSIGN_OR_RETURN(StoredErasure stored, co_await LoadFor(ErasureEvent::kApprove, context,
                                                             request.name(), request.etag()));
  const std::int64_t now_us = Now();
  if (stored.message.requested_by() == context.principal->subject) {
    co_return errors::SecondAdminRequired(request.name());
  }
  const std::string family = deps_.NamesOf(agency).ReadFamily(stored.message.family()).value_or("");
  absl::StatusOr<HeldCase> held = schema::NotFound();
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) {
    held = Load(tx, agency, family);
    return held.status();
  }));
  std::int64_t retained_until_us = 0;
  CO_RETURN_IF_ERROR(CheckErasable(*held, agency, now_us, &retained_until_us));

  records::Changes changes(context, now_us);
  changes.Guard(family, held->file.revision);
  v1::Erasure& erasure = stored.message;
  erasure.set_approved_by(context.principal->subject);
  *erasure.mutable_approve_time() = schema::ToTimestamp(now_us);
  *erasure.mutable_retained_until_time() = schema::ToTimestamp(retained_until_us);
  for (const char* service : kServices) erasure.add_services()->set_service(service);
  changes.Audit("erasure.approve", stored.record);
  Put(stored, now_us, changes);
  changes.Emit({.type = internal::v1::EVENT_TYPE_FAMILY_ERASED,
                .family = family,
                .resource = {},
                .version = stored.record.version,
                .body = {}});
  CO_ASSIGN_OR_RETURN(auto response, co_await Commit<v1::ApproveErasureResponse>(
                                         context, std::move(changes), stored));
  // Decided and durable. Should this fail, the event that intake sends itself does it.
  (co_await eraser_.Erase(context, agency, family)).IgnoreError();
  co_return response;
}

ErasureService::Answer<v1::WithdrawErasureResponse> ErasureService::WithdrawErasure(
    CallContext& context, const v1::WithdrawErasureRequest& request) {
  co_return co_await records::RetryConflicts(deps_.records, context,
                                             [&] { return WithdrawOnce(context, request); });
}

// Nobody but the administrators heard of it: there is no event. Of two at once, an approval and
// this, the second finds another version of the erasure.
ErasureService::Answer<v1::WithdrawErasureResponse> ErasureService::WithdrawOnce(
    CallContext& context, const v1::WithdrawErasureRequest& request) {
  CO_ASSIGN_OR_RETURN(StoredErasure stored, co_await LoadFor(ErasureEvent::kWithdraw, context,
                                                             request.name(), request.etag()));
  const std::int64_t now_us = Now();
  records::Changes changes(context, now_us);
  stored.message.set_withdrawn_by(context.principal->subject);
  *stored.message.mutable_withdraw_time() = schema::ToTimestamp(now_us);
  changes.Audit("erasure.withdraw", stored.record);
  Put(stored, now_us, changes);
  co_return co_await Commit<v1::WithdrawErasureResponse>(context, std::move(changes), stored);
}

ErasureService::Answer<v1::GetErasureResponse> ErasureService::GetErasure(
    CallContext& context, const v1::GetErasureRequest& request) {
  CO_ASSIGN_OR_RETURN(const StoredErasure stored, co_await LoadErasure(context, request.name()));
  v1::GetErasureResponse response;
  *response.mutable_erasure() = ShowErasure(context.principal->agency, stored);
  co_return response;
}

ErasureService::Answer<v1::ListErasuresResponse> ErasureService::ListErasures(
    CallContext& context, const v1::ListErasuresRequest& request) {
  const std::string& agency = context.principal->agency;
  CO_ASSIGN_OR_RETURN(const auto terms, kErasureFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"create_time"}, {0, true}));
  v1::ListErasuresResponse response;
  const auto take = [&](db::Tx& tx, records::Record record, bool show) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const auto stored, records::Parse<v1::Erasure>(std::move(record)));
    v1::Erasure shown = ShowErasure(agency, stored);
    const bool matches = kErasureFilter.Matches(terms, shown);
    if (!matches || !show) return matches;
    const std::string family = deps_.NamesOf(agency).ReadFamily(shown.family()).value_or("");
    ASSIGN_OR_RETURN(*shown.mutable_family_display_name(), store_.FamilyCalled(tx, agency, family));
    context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
    if (!shown.family_display_name().empty()) audit::NoteShown(context, family);
    *response.add_erasures() = std::move(shown);
    return true;
  };
  CO_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      co_await records::ScanPage(
          deps_, context, request,
          records::ListQuery{.kind = kErasure, .newest_first = order.descending}, take));
  co_return response;
}

// Nothing to note: the erasure is of before a restored backup, or another event came first.
Task<absl::StatusOr<std::optional<records::Changes>>> ErasureService::Handle(
    CallContext& context, const internal::v1::EventEnvelope& event) {
  if (event.type() != internal::v1::EVENT_TYPE_FAMILY_ERASED) co_return std::nullopt;
  if (event.source() == "intake") {
    CO_RETURN_IF_ERROR(co_await eraser_.Erase(context, event.agency(), event.family()));
  }
  CO_ASSIGN_OR_RETURN(auto stored, co_await FindErasure(context, event.agency(), event.family()));
  const std::int64_t now_us = Now();
  if (!stored || !NoteDone(event.source(), now_us, &stored->message)) co_return std::nullopt;
  records::Changes changes(context, now_us);
  changes.Audit("erasure.report", stored->record, {}, event.source());
  Put(*stored, now_us, changes);
  co_return std::move(changes);
}

}  // namespace rapport::intake
