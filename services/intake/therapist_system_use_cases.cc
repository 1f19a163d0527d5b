#include "intake/change_case.h"
#include "intake/intake_errors.h"
#include "intake/person_rules.h"
#include "intake/show.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/filter.h"

#include <rapport/internal/v1/event.pb.h>

#include <algorithm>

namespace rapport::intake {

void EmitRosterChanged(const StoredCase& file, std::string_view resource, std::int64_t version,
                       records::Changes& changes);

// The helper's record in the family, and the family's entry on the professional's caseload.
v1::Helper IntakeService::AddHelper(const std::string& family, const std::string& professional,
                                    v1::Helper helper, const std::string& agency,
                                    std::int64_t now_us, records::Changes& changes) const {
  records::Record record = NewRecord(kHelper, family, now_us);
  helper.set_name(deps_.NamesOf(agency).Helper(family, record.id));
  if (!helper.has_start_time()) *helper.mutable_start_time() = schema::ToTimestamp(now_us);
  record = records::With(record, helper);
  changes.Create(record);
  changes.Audit("helper.join", record);
  internal::v1::StoredCaseloadEntry entry;
  entry.set_family(family);
  entry.set_helper(record.id);
  entry.set_from_us(Micros(helper.start_time()));
  records::Record caseload = NewRecord(kCaseloadEntry, professional, now_us);
  caseload.id = record.id;
  changes.Create(records::With(caseload, entry));
  record.version = 1;
  ShowRecord(deps_, agency, record, &helper);
  return helper;
}

IntakeService::Answer<v1::JoinTherapistSystemResponse> IntakeService::JoinTherapistSystem(
    CallContext& context, const v1::JoinTherapistSystemRequest& request) {
  const std::string& agency = context.principal->agency;
  auto professional = co_await LoadProfessional(context, request.helper().professional());
  if (!professional.ok()) {
    co_return schema::InvalidField("helper.professional", "a professional of the directory");
  }
  Step<v1::JoinTherapistSystemResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::JoinTherapistSystemResponse& response) -> absl::Status {
    const std::int64_t now_us = Now();
    for (const auto& helper : file.helpers) {
      if (helper.message.professional() == request.helper().professional() &&
          helper.message.role() == request.helper().role() && HelpsAt(helper.message, now_us)) {
        return errors::AlreadyOnTeam(helper.message.name());
      }
    }
    if (request.helper().has_start_time() && Micros(request.helper().start_time()) < now_us &&
        file.family.message.family().state() == v1::FAMILY_STATE_OPEN) {
      return schema::InvalidField("helper.start_time", "not in the past of an open case");
    }
    *response.mutable_helper() =
        AddHelper(file.id, professional->record.id, request.helper(), agency, now_us, changes);
    response.mutable_helper()->set_display_name(
        professional->message.professional().display_name());
    EmitRosterChanged(file, response.helper().name(), 1, changes);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::JoinTherapistSystemResponse>(context, step);
}

IntakeService::Answer<v1::LeaveTherapistSystemResponse> IntakeService::LeaveTherapistSystem(
    CallContext& context, const v1::LeaveTherapistSystemRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  co_return co_await records::RetryConflicts(context,
                                             [&] { return LeaveOnce(context, request, names); });
}

IntakeService::Answer<v1::LeaveTherapistSystemResponse> IntakeService::LeaveOnce(
    CallContext& context, const v1::LeaveTherapistSystemRequest& request,
    const schema::Names& names) {
  const std::string& agency = context.principal->agency;
  absl::StatusOr<StoredCase> file = absl::UnknownError("not loaded");
  records::Stored<v1::Helper>* stored = nullptr;
  std::string professional;
  records::Stored<internal::v1::StoredCaseloadEntry> caseload;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    file = store_.Load(tx, agency, context.access.family);
    RETURN_IF_ERROR(file.status());
    for (auto& helper : file->helpers) {
      if (helper.message.name() == request.name()) stored = &helper;
    }
    if (stored == nullptr) return schema::NotFound();
    professional = names.ReadProfessional(stored->message.professional()).value_or("");
    ASSIGN_OR_RETURN(auto record, deps_.records.Get(tx, agency, professional, kCaseloadEntry,
                                                    stored->record.id));
    ASSIGN_OR_RETURN(caseload,
                     records::Parse<internal::v1::StoredCaseloadEntry>(std::move(record)));
    return absl::OkStatus();
  }));
  const records::Record before = stored->record;
  CO_RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, before.id, before.version));
  const std::int64_t now_us = Now();
  if (stored->message.has_end_time()) co_return errors::AlreadyEnded(request.name());
  const bool another = std::any_of(file->helpers.begin(), file->helpers.end(), [&](const auto& h) {
    return &h != stored && TreatsAt(h.message, now_us);
  });
  if (file->family.message.family().state() == v1::FAMILY_STATE_OPEN &&
      TreatsAt(stored->message, now_us) && !another) {
    co_return errors::LastTherapist(file->family.message.family().name());
  }
  records::Changes changes(context, now_us);
  changes.Guard(file->id, file->revision);
  *stored->message.mutable_end_time() = schema::ToTimestamp(now_us);
  stored->message.set_end_reason(request.reason());
  stored->record = records::With(before, stored->message);
  stored->record.updated_us = now_us;
  changes.Update(before, stored->record);
  const records::Record entry = caseload.record;
  caseload.message.set_to_us(now_us);
  changes.Update(entry, records::With(entry, caseload.message));
  changes.Audit("helper.leave", before);
  EmitRosterChanged(*file, request.name(), before.version + 1, changes);
  stored->record.version = before.version + 1;
  v1::LeaveTherapistSystemResponse response;
  *response.mutable_helper() = Show(deps_, agency, *stored);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  facts_.Changed(agency, file->id, committed->sequence);
  co_return response;
}

}  // namespace rapport::intake
