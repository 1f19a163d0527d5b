#include "intake/directory_changes.h"
#include "intake/external_ids.h"
#include "intake/intake_errors.h"
#include "intake/intake_service.h"
#include "intake/show.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/field_mask.h"
#include "platform/schema/list_filter.h"

#include <algorithm>

namespace rapport::intake {
namespace {

// Whole words of a name, lower case, as the `text` filter compares them.
bool HasWord(std::string_view name, std::string_view word) {
  std::string lower;
  for (const char c : name) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  std::string wanted;
  for (const char c : word) wanted += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  std::size_t from = 0;
  while (from <= lower.size()) {
    const std::size_t to = std::min(lower.find(' ', from), lower.size());
    if (std::string_view(lower).substr(from, to - from) == wanted) return true;
    from = to + 1;
  }
  return false;
}

const auto& kProfessionalFilter = *new schema::ListFilter<v1::Professional>(
    {{"kind"}, {"inactive"}, {"external_ids"}, {"name"}},
    {{{.name = "text", .comparisons = {schema::Comparison::kHas, schema::Comparison::kEqual}},
      [](const schema::FilterTerm& term, const v1::Professional& one) {
        return HasWord(one.display_name(), term.text);
      }}});

}  // namespace

IntakeService::Answer<v1::CreateProfessionalResponse> IntakeService::CreateProfessional(
    CallContext& context, const v1::CreateProfessionalRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  CO_RETURN_IF_ERROR(
      schema::CheckExternalIds("professional.", request.professional().external_ids()));
  CO_RETURN_IF_ERROR(co_await IdsAreFree(context, request.professional().external_ids(), ""));
  const std::int64_t now_us = Now();
  records::Changes changes(context, now_us);
  StoredProfessional stored;
  stored.record = NewRecord(kProfessional, "", now_us);
  v1::Professional& professional = *stored.message.mutable_professional();
  professional = request.professional();
  professional.set_name(names.Professional(stored.record.id));
  stored.record = records::With(stored.record, stored.message);
  changes.Create(stored.record);
  for (const auto& id : professional.external_ids()) {
    changes.Claim(ExternalClaim("professional", "", id), ExternalValue(id), stored.record);
  }
  changes.Audit("professional.create", stored.record);
  EmitProfessionalChanged(professional.name(), 1, changes);
  stored.record.version = 1;
  v1::CreateProfessionalResponse response;
  *response.mutable_professional() = Show(deps_, agency, stored);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

IntakeService::Answer<StoredProfessional> IntakeService::LoadProfessional(CallContext& context,
                                                                          std::string name) {
  const std::string& agency = context.principal->agency;
  const auto id = deps_.NamesOf(agency).ReadProfessional(name);
  if (!id) co_return schema::NotFound();
  absl::StatusOr<StoredProfessional> stored = absl::UnknownError("not loaded");
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) {
    stored = store_.Professional(tx, agency, *id);
    return stored.status();
  }));
  co_return stored;
}

// Their own record is of no family, so that a commit of it tells nobody of those. Of one that may
// have been done it is not known at which sequence: not before the next that the agency gives.
// When the read fails, copies end with their age.
Task<absl::Status> IntakeService::CommitFor(CallContext& context, std::string professional,
                                            records::Changes changes,
                                            const google::protobuf::MessageLite& answer) {
  const std::string& agency = context.principal->agency;
  const auto committed = co_await deps_.records.Commit(context, std::move(changes), answer);
  if (!committed.ok() && !db::IsCommitUnknown(committed.status())) co_return committed.status();
  std::vector<std::string> families;
  std::int64_t sequence = 0;
  const absl::Status read = co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    const std::int64_t now_us = Now();
    ASSIGN_OR_RETURN(sequence, deps_.records.Sequence(tx, agency));
    ASSIGN_OR_RETURN(auto helpers, store_.Supervisees(tx, agency, professional, now_us, deps_.ids));
    helpers.push_back(professional);
    for (const std::string& helper : helpers) {
      ASSIGN_OR_RETURN(const auto helped, store_.Caseload(tx, agency, helper, now_us));
      families.insert(families.end(), helped.begin(), helped.end());
    }
    return absl::OkStatus();
  });
  if (!read.ok()) co_return committed.status();
  sequence = committed.ok() ? committed->sequence : sequence + 1;
  for (const std::string& family : families) {
    co_await deps_.records.TellFollowers(agency, family, sequence);
  }
  co_return committed.status();
}

Task<absl::Status> IntakeService::IdsAreFree(
    CallContext& context, google::protobuf::RepeatedPtrField<type::v1::ExternalId> ids,
    std::string own) {
  const std::string& agency = context.principal->agency;
  std::optional<std::string> owner;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(owner, OwnerOf(store_, tx, agency, "professional", "", ids, own));
    return absl::OkStatus();
  }));
  if (owner) co_return errors::ExternalIdTaken(deps_.NamesOf(agency).Professional(*owner));
  co_return absl::OkStatus();
}

IntakeService::Answer<v1::UpdateProfessionalResponse> IntakeService::UpdateProfessional(
    CallContext& context, const v1::UpdateProfessionalRequest& request) {
  const std::string& agency = context.principal->agency;
  auto stored = co_await LoadProfessional(context, request.professional().name());
  if (!stored.ok()) co_return stored.status();
  const records::Record before = stored->record;
  CO_RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, before.id, before.version));
  v1::Professional& professional = *stored->message.mutable_professional();
  const v1::Professional old = professional;
  CO_RETURN_IF_ERROR(
      schema::ApplyUpdate(request.professional(), request.update_mask(), &professional));
  CO_RETURN_IF_ERROR(
      schema::CheckExternalIds("professional.", professional.external_ids(), old.external_ids()));
  CO_RETURN_IF_ERROR(co_await IdsAreFree(context, professional.external_ids(), before.id));
  const std::int64_t now_us = Now();
  records::Changes changes(context, now_us);
  records::MoveClaims("professional", "", old.external_ids(), professional.external_ids(), before,
                      changes, ExternalClaim);
  stored->record = records::With(before, stored->message);
  stored->record.updated_us = now_us;
  changes.Update(before, stored->record);
  changes.Audit("professional.update", before);
  EmitProfessionalChanged(professional.name(), before.version + 1, changes);
  stored->record.version = before.version + 1;
  v1::UpdateProfessionalResponse response;
  *response.mutable_professional() = Show(deps_, agency, *stored);
  CO_RETURN_IF_ERROR(co_await CommitFor(context, before.id, std::move(changes), response));
  co_return response;
}

IntakeService::Answer<v1::ListProfessionalsResponse> IntakeService::ListProfessionals(
    CallContext& context, const v1::ListProfessionalsRequest& request) {
  const std::string& agency = context.principal->agency;
  CO_ASSIGN_OR_RETURN(const auto terms, kProfessionalFilter.Read(request.filter()));
  auto order = schema::ParseOrderBy(request.order_by(), {"create_time"}, {0, false});
  if (!order.ok()) co_return order.status();
  std::vector<records::Placed<StoredProfessional>> found;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(auto records,
                     deps_.records.Family(tx, agency, "", kProfessional, kProfessional));
    for (records::Record& record : records) {
      ASSIGN_OR_RETURN(auto stored,
                       records::Parse<internal::v1::StoredProfessional>(std::move(record)));
      if (!kProfessionalFilter.Matches(terms, stored.message.professional())) continue;
      const std::int64_t sort_us = stored.record.sort_us;
      std::string id = stored.record.id;
      found.push_back({sort_us, std::move(id), std::move(stored)});
    }
    return absl::OkStatus();
  }));
  v1::ListProfessionalsResponse response;
  auto next = records::ShowPage(
      deps_, context, request, std::move(found), order->descending,
      [&](StoredProfessional one) { *response.add_professionals() = Show(deps_, agency, one); });
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*next);
  co_return response;
}

}  // namespace rapport::intake
