#include "intake/change_case.h"
#include "intake/emergency_rules.h"
#include "intake/family_resource.h"
#include "intake/intake_errors.h"
#include "intake/person_rules.h"
#include "intake/show.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/filter.h"

#include <rapport/internal/v1/event.pb.h>

#include <algorithm>

namespace rapport::intake {
namespace {

// Both are the same professional in the same role, at some time together.
bool HasThatRoleBeside(const v1::Helper& one, const v1::Helper& other) {
  const auto ends_us = [](const v1::Helper& helper) {
    return helper.has_end_time() ? Micros(helper.end_time()) : INT64_MAX;
  };
  const std::int64_t from_us = std::max(Micros(one.start_time()), Micros(other.start_time()));
  return one.professional() == other.professional() && one.role() == other.role() &&
         from_us < std::min(ends_us(one), ends_us(other));
}

}  // namespace

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
  entry.set_indirect(helper.involvement() != v1::INVOLVEMENT_DIRECT);
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
        file.family.message.family().has_open_time()) {
      return schema::InvalidField("helper.start_time", "not in the past of a case that was opened");
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
  const std::int64_t now_us = Now();
  const HelperChange change{request.name(), request.etag(), "helper.leave",
                            [&](v1::Helper* helper) -> absl::Status {
                              if (helper->has_end_time())
                                return errors::AlreadyEnded(request.name());
                              *helper->mutable_end_time() = schema::ToTimestamp(now_us);
                              helper->set_end_reason(request.reason());
                              return absl::OkStatus();
                            }};
  co_return co_await records::RetryConflicts(deps_.records, context, [&] {
    return ChangeHelper<v1::LeaveTherapistSystemResponse>(context, change);
  });
}

IntakeService::Answer<v1::CorrectHelperResponse> IntakeService::CorrectHelper(
    CallContext& context, const v1::CorrectHelperRequest& request) {
  const std::int64_t now_us = Now();
  std::vector<std::pair<std::string, std::string>> faults;
  if (Micros(request.start_time()) > now_us) faults.emplace_back("start_time", "not in the future");
  if (request.has_end_time() && Micros(request.end_time()) < Micros(request.start_time())) {
    faults.emplace_back("end_time", "not before the start");
  }
  if (!faults.empty()) co_return errors::InvalidResource("", faults);
  const HelperChange change{request.name(), request.etag(), "helper.correct",
                            [&](v1::Helper* helper) -> absl::Status {
                              v1::HelperCorrection& trace = *helper->add_corrections();
                              *trace.mutable_correct_time() = schema::ToTimestamp(now_us);
                              trace.set_corrector(context.principal->subject);
                              trace.set_reason(request.reason());
                              *trace.mutable_start_time() = helper->start_time();
                              if (helper->has_end_time())
                                *trace.mutable_end_time() = helper->end_time();
                              trace.set_role(helper->role());
                              trace.set_involvement(helper->involvement());
                              if (request.role() != v1::THERAPIST_SYSTEM_ROLE_UNSPECIFIED)
                                helper->set_role(request.role());
                              if (request.involvement() != v1::INVOLVEMENT_UNSPECIFIED)
                                helper->set_involvement(request.involvement());
                              *helper->mutable_start_time() = request.start_time();
                              helper->clear_end_time();
                              if (request.has_end_time())
                                *helper->mutable_end_time() = request.end_time();
                              return absl::OkStatus();
                            }};
  co_return co_await records::RetryConflicts(deps_.records, context, [&] {
    return ChangeHelper<v1::CorrectHelperResponse>(context, change);
  });
}

template <typename Response>
IntakeService::Answer<Response> IntakeService::ChangeHelper(CallContext& context,
                                                            const HelperChange& change) {
  const std::string& agency = context.principal->agency;
  absl::StatusOr<StoredCase> file = absl::UnknownError("not loaded");
  records::Stored<v1::Helper>* stored = nullptr;
  std::string display_name;
  records::Stored<internal::v1::StoredCaseloadEntry> caseload;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    file = store_.Load(tx, agency, context.access.family);
    RETURN_IF_ERROR(file.status());
    RETURN_IF_ERROR(store_.LoadTrainees(tx, agency, deps_.ids, *file));
    stored = FindNamed(file->helpers, change.name);
    if (stored == nullptr) return schema::NotFound();
    ASSIGN_OR_RETURN(display_name, DisplayNameOf(tx, agency, stored->message.professional()));
    const auto professional =
        deps_.NamesOf(agency).ReadProfessional(stored->message.professional());
    ASSIGN_OR_RETURN(auto record, deps_.records.Get(tx, agency, professional.value_or(""),
                                                    kCaseloadEntry, stored->record.id));
    ASSIGN_OR_RETURN(caseload,
                     records::Parse<internal::v1::StoredCaseloadEntry>(std::move(record)));
    return absl::OkStatus();
  }));
  const std::int64_t now_us = Now();
  CO_RETURN_IF_ERROR(
      deps_.etags.Check(change.etag, agency, stored->record.id, stored->record.version));
  const bool led = LeadsAt(stored->message, *file->trainees, now_us);
  CO_RETURN_IF_ERROR(change.edit(&stored->message));
  for (const auto& other : file->helpers) {
    if (&other != stored && HasThatRoleBeside(other.message, stored->message)) {
      co_return errors::AlreadyOnTeam(other.message.name());
    }
  }
  const bool somebody_leads = std::any_of(
      file->helpers.begin(), file->helpers.end(),
      [&](const auto& helper) { return LeadsAt(helper.message, *file->trainees, now_us); });
  const v1::Family& family = file->family.message.family();
  if (CaseStateAt(family, now_us) == v1::FAMILY_STATE_OPEN && led && !somebody_leads) {
    co_return errors::LastTherapist(family.name());
  }
  records::Changes changes(context, now_us);
  changes.Guard(file->id, file->revision);
  changes.Audit(change.action, stored->record);
  Put(*stored, now_us, changes);
  caseload.message.set_from_us(Micros(stored->message.start_time()));
  caseload.message.set_to_us(stored->message.has_end_time() ? Micros(stored->message.end_time())
                                                            : 0);
  caseload.message.set_indirect(stored->message.involvement() != v1::INVOLVEMENT_DIRECT);
  Put(caseload, now_us, changes);
  EmitRosterChanged(*file, change.name, stored->record.version, changes);
  Response response;
  *response.mutable_helper() = Show(deps_, agency, *stored);
  response.mutable_helper()->set_display_name(display_name);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

}  // namespace rapport::intake
