#include "intake/change_case.h"
#include "intake/intake_errors.h"
#include "intake/person_rules.h"
#include "intake/show.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/field_mask.h"

#include <rapport/internal/v1/event.pb.h>

#include <algorithm>

namespace rapport::intake {
namespace {

StoredMember* Find(StoredCase& file, std::string_view name) {
  for (StoredMember& member : file.members) {
    if (member.message.member().name() == name) return &member;
  }
  return nullptr;
}

absl::Status CheckBirthDate(const v1::Member& member, std::int64_t now_us) {
  if (!member.has_birth_date() || BornBy(member.birth_date(), now_us)) return absl::OkStatus();
  return schema::InvalidField("member.birth_date", "not in the future");
}

bool IsOver(const v1::Family& family) {
  return family.state() == v1::FAMILY_STATE_CLOSED || family.state() == v1::FAMILY_STATE_REDIRECTED;
}

}  // namespace

void EmitRosterChanged(const StoredCase& file, std::string_view resource, std::int64_t version,
                       records::Changes& changes) {
  changes.Emit({.type = internal::v1::EVENT_TYPE_ROSTER_CHANGED,
                .family = file.id,
                .resource = std::string(resource),
                .version = version,
                .body = {}});
}

IntakeService::Answer<v1::CreateMemberResponse> IntakeService::CreateMember(
    CallContext& context, const v1::CreateMemberRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::CreateMemberResponse> step = [&](StoredCase& file, records::Changes& changes,
                                            v1::CreateMemberResponse& response) -> absl::Status {
    const v1::Family& family = file.family.message.family();
    if (IsOver(family)) return errors::CaseNotActive(family.name());
    const schema::Names names = deps_.NamesOf(agency);
    const std::int64_t now_us = Now();
    RETURN_IF_ERROR(CheckBirthDate(request.member(), now_us));
    StoredMember stored;
    stored.record = NewRecord(kMember, file.id, now_us);
    v1::Member& member = *stored.message.mutable_member();
    member = request.member();
    member.set_name(names.Member(file.id, stored.record.id));
    *member.add_periods()->mutable_start_time() = schema::ToTimestamp(now_us);
    stored.record = records::With(stored.record, stored.message);
    changes.Create(stored.record);
    for (const auto& id : member.external_ids()) {
      changes.Claim(ExternalClaim("member", file.id, id), ExternalValue(id), stored.record);
    }
    changes.Audit("member.create", stored.record, {stored.record.id});
    EmitRosterChanged(file, member.name(), 1, changes);
    stored.record.version = 1;
    *response.mutable_member() = Show(deps_, agency, stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::CreateMemberResponse>(context, step);
}

IntakeService::Answer<v1::UpdateMemberResponse> IntakeService::UpdateMember(
    CallContext& context, const v1::UpdateMemberRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::UpdateMemberResponse> step = [&](StoredCase& file, records::Changes& changes,
                                            v1::UpdateMemberResponse& response) -> absl::Status {
    StoredMember* stored = Find(file, request.member().name());
    if (stored == nullptr) return schema::NotFound();
    const records::Record before = stored->record;
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, before.id, before.version));
    v1::Member& member = *stored->message.mutable_member();
    const v1::Member old = member;
    RETURN_IF_ERROR(schema::ApplyUpdate(request.member(), request.update_mask(), &member));
    RETURN_IF_ERROR(CheckBirthDate(member, Now()));
    records::MoveClaims("member", file.id, old.external_ids(), member.external_ids(), before,
                        changes, ExternalClaim);
    stored->record = records::With(before, stored->message);
    stored->record.updated_us = Now();
    changes.Update(before, stored->record);
    changes.Audit("member.update", before, {before.id});
    EmitRosterChanged(file, member.name(), before.version + 1, changes);
    stored->record.version = before.version + 1;
    *response.mutable_member() = Show(deps_, agency, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::UpdateMemberResponse>(context, step);
}

IntakeService::Answer<v1::EndMembershipResponse> IntakeService::EndMembership(
    CallContext& context, const v1::EndMembershipRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::EndMembershipResponse> step = [&](StoredCase& file, records::Changes& changes,
                                             v1::EndMembershipResponse& response) -> absl::Status {
    StoredMember* stored = Find(file, request.name());
    if (stored == nullptr) return schema::NotFound();
    const records::Record before = stored->record;
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, before.id, before.version));
    v1::Member& member = *stored->message.mutable_member();
    const std::int64_t now_us = Now();
    if (!BelongsAt(member, now_us)) return errors::AlreadyEnded(member.name());
    for (v1::Period& period : *member.mutable_periods()) {
      if (period.has_end_time()) continue;
      *period.mutable_end_time() = schema::ToTimestamp(now_us);
      period.set_end_reason(request.reason());
    }
    stored->record = records::With(before, stored->message);
    stored->record.updated_us = now_us;
    changes.Update(before, stored->record);
    changes.Audit("member.end", before, {before.id});
    EmitRosterChanged(file, member.name(), before.version + 1, changes);
    stored->record.version = before.version + 1;
    *response.mutable_member() = Show(deps_, agency, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::EndMembershipResponse>(context, step);
}

}  // namespace rapport::intake
