#include "intake/case_rules.h"
#include "intake/change_case.h"
#include "intake/emergency_lapses.h"
#include "intake/emergency_rules.h"
#include "intake/external_ids.h"
#include "intake/family_resource.h"
#include "intake/intake_errors.h"
#include "intake/level_rules.h"
#include "intake/person_rules.h"
#include "intake/show.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/field_mask.h"

#include <rapport/internal/v1/event.pb.h>
#include <rapport/options/v1/options.pb.h>

#include <algorithm>

namespace rapport::intake {
namespace {

void EmitCaseChanged(const StoredCase& file, std::int64_t version, records::Changes& changes) {
  changes.Emit({.type = internal::v1::EVENT_TYPE_CASE_CHANGED,
                .family = file.id,
                .resource = file.family.message.family().name(),
                .version = version,
                .body = {}});
}

}  // namespace

IntakeService::Answer<StoredCase> IntakeService::LoadCase(CallContext& context, CaseNeeds needs) {
  absl::StatusOr<StoredCase> file = absl::UnknownError("not loaded");
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    file = store_.Load(tx, context.principal->agency, context.access.family);
    RETURN_IF_ERROR(file.status());
    if (needs == CaseNeeds::kRecords) return absl::OkStatus();
    return store_.LoadTrainees(tx, context.principal->agency, deps_.ids, *file);
  }));
  co_return file;
}

// The family, with a clinician's own entry on the therapist system when a clinician made it: nobody
// may look at a case that they have no relation to, also not its author.
IntakeService::Answer<v1::CreateFamilyResponse> IntakeService::CreateFamily(
    CallContext& context, const v1::CreateFamilyRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  CO_RETURN_IF_ERROR(schema::CheckExternalIds("family.", request.family().external_ids()));
  std::optional<std::string> professional, taken;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(professional, store_.ProfessionalOf(tx, agency, context.principal->subject));
    ASSIGN_OR_RETURN(
        taken, OwnerOf(store_, tx, agency, "family", "", request.family().external_ids(), ""));
    return absl::OkStatus();
  }));
  if (taken) co_return errors::ExternalIdTaken(names.Family(*taken));

  const std::int64_t now_us = Now();
  records::Changes changes(context, now_us);
  StoredFamily stored;
  stored.record = NewRecord(kFamily, "", now_us);
  stored.record.family = stored.record.id;
  stored.record.state = v1::FAMILY_STATE_NEW;
  v1::Family& family = *stored.message.mutable_family();
  family = request.family();
  family.set_name(names.Family(stored.record.id));
  family.set_state(v1::FAMILY_STATE_NEW);
  *family.mutable_state_time() = schema::ToTimestamp(now_us);
  stored.record = records::With(stored.record, stored.message);
  changes.Create(stored.record);
  for (const auto& id : family.external_ids()) {
    changes.Claim(ExternalClaim("family", "", id), ExternalValue(id), stored.record);
  }
  changes.Audit("family.create", stored.record);
  if (professional && context.principal->roles.Has(options::v1::ROLE_CLINICIAN)) {
    v1::Helper helper;
    helper.set_professional(names.Professional(*professional));
    helper.set_role(v1::THERAPIST_SYSTEM_ROLE_THERAPIST);
    helper.set_involvement(v1::INVOLVEMENT_DIRECT);
    AddHelper(stored.record.id, *professional, std::move(helper), agency, now_us, changes);
  }
  // Nobody in the suite waits for it; whoever follows the change feed learns of the family.
  changes.Emit({.type = internal::v1::EVENT_TYPE_CASE_CHANGED,
                .family = stored.record.id,
                .resource = family.name(),
                .version = 1,
                .body = {}});
  stored.record.version = 1;
  v1::CreateFamilyResponse response;
  *response.mutable_family() = Show(deps_, agency, stored, true);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

IntakeService::Answer<v1::GetFamilyResponse> IntakeService::GetFamily(CallContext& context,
                                                                      const v1::GetFamilyRequest&) {
  auto file = co_await LoadCase(context);
  if (!file.ok()) co_return file.status();
  context.disclosed_version = file->family.record.version;
  v1::GetFamilyResponse response;
  *response.mutable_family() = ShowTo(context, deps_, file->family);
  if (context.access.viewer != Viewer::kAgency && InEmergency(response.family())) {
    CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) {
      return store_.LoadTrainees(tx, context.principal->agency, deps_.ids, *file);
    }));
    for (const Unmet& one : UnmetForOpen(file->File(), Now())) {
      auto* unmet = response.mutable_family()->mutable_emergency()->add_unmet();
      unmet->set_type(one.type);
      unmet->set_subject(one.subject);
      unmet->set_description(one.description);
    }
  }
  co_return response;
}

IntakeService::Answer<v1::UpdateFamilyResponse> IntakeService::UpdateFamily(
    CallContext& context, const v1::UpdateFamilyRequest& request) {
  const std::string& agency = context.principal->agency;
  std::optional<std::string> taken;
  const auto& paths = request.update_mask().paths();
  if (std::any_of(paths.begin(), paths.end(),
                  [](const auto& path) { return path == "*" || path == "external_ids"; })) {
    CO_RETURN_IF_ERROR(schema::CheckExternalIds("family.", request.family().external_ids()));
    CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(taken, OwnerOf(store_, tx, agency, "family", "",
                                      request.family().external_ids(), context.access.family));
      return absl::OkStatus();
    }));
  }
  if (taken) co_return errors::ExternalIdTaken(deps_.NamesOf(agency).Family(*taken));
  Step<v1::UpdateFamilyResponse> step = [&](StoredCase& file, records::Changes& changes,
                                            v1::UpdateFamilyResponse& response) -> absl::Status {
    const records::Record before = file.family.record;
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, before.id, before.version));
    v1::Family& family = *file.family.message.mutable_family();
    const v1::Family old = family;
    RETURN_IF_ERROR(schema::ApplyUpdate(request.family(), request.update_mask(), &family));
    records::MoveClaims("family", "", old.external_ids(), family.external_ids(), before, changes,
                        ExternalClaim);
    records::Record after = records::With(before, file.family.message);
    after.updated_us = Now();
    changes.Update(before, after);
    changes.Audit("family.update", before);
    EmitCaseChanged(file, before.version + 1, changes);
    file.family.record = after;
    file.family.record.version = before.version + 1;
    *response.mutable_family() = ShowTo(context, deps_, file.family);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::UpdateFamilyResponse>(context, step);
}

IntakeService::Answer<v1::TransitionFamilyResponse> IntakeService::TransitionFamily(
    CallContext& context, const v1::TransitionFamilyRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::TransitionFamilyResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::TransitionFamilyResponse& response) -> absl::Status {
    const records::Record before = file.family.record;
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, before.id, before.version));
    const std::int64_t now_us = Now();
    v1::Family& family = *file.family.message.mutable_family();
    const v1::FamilyState from = CaseStateAt(family, now_us);
    auto unmet = UnmetFor(file.File(), request.to_state(), request.ending(), now_us);
    if (auto missing = MissingReason(family, from, request.to_state(), request.reason())) {
      unmet.push_back(*std::move(missing));
    }
    if (!unmet.empty()) return errors::TransitionRefused(unmet);
    for (const auto warning : WarningsFor(file.File(), request.to_state())) {
      response.add_warnings(warning);
    }
    EnterState(from, request.to_state(), request.reason(), request.ending(), now_us, &family);
    changes.Audit("family.transition", before, {},
                  std::string(v1::FamilyState_Name(request.to_state())));
    Put(file.family, now_us, changes, request.to_state());
    EmitCaseChanged(file, file.family.record.version, changes);
    *response.mutable_family() = Show(deps_, agency, file.family, true);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::TransitionFamilyResponse>(context, step, CaseNeeds::kTrainees);
}

IntakeService::Answer<v1::OpenInEmergencyResponse> IntakeService::OpenInEmergency(
    CallContext& context, const v1::OpenInEmergencyRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  const std::string caller = names.Professional(context.access.professional);
  if (caller != request.clinician() && caller != request.supervisor()) {
    co_return schema::InvalidField("clinician", "the caller is this or the supervisor");
  }
  CO_ASSIGN_OR_RETURN(const StoredProfessional clinician,
                      co_await LoadProfessional(context, request.clinician()));
  const auto supervisor = names.ReadProfessional(request.supervisor());
  Step<v1::OpenInEmergencyResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::OpenInEmergencyResponse& response) -> absl::Status {
    const records::Record before = file.family.record;
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, before.id, before.version));
    const std::int64_t now_us = Now();
    const auto& supervisions = clinician.message.supervisions();
    const bool supervised =
        std::any_of(supervisions.begin(), supervisions.end(), [&](const auto& one) {
          return one.supervisor() == supervisor &&
                 Period{one.from_us(), one.to_us()}.Contains(now_us);
        });
    const auto unmet = UnmetForEmergency(file.File(), request.clinician(), request.supervisor(),
                                         supervised, now_us);
    if (!unmet.empty()) return errors::TransitionRefused(unmet);
    v1::Family& family = *file.family.message.mutable_family();
    EnterState(CaseStateAt(family, now_us), v1::FAMILY_STATE_OPEN, request.reason(),
               v1::CASE_ENDING_UNSPECIFIED, now_us, &family);
    BeginEmergency(request, now_us, &family);
    WatchEmergency(file, now_us, changes);
    changes.Audit("family.open_emergency", before);
    Put(file.family, now_us, changes, v1::FAMILY_STATE_OPEN);
    EmitCaseChanged(file, file.family.record.version, changes);
    *response.mutable_family() = Show(deps_, agency, file.family, true);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::OpenInEmergencyResponse>(context, step, CaseNeeds::kTrainees);
}

}  // namespace rapport::intake
