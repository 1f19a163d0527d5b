#include "intake/change_case.h"
#include "intake/external_ids.h"
#include "intake/family_resource.h"
#include "intake/intake_errors.h"
#include "intake/membership_rules.h"
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

// Nobody else of the family has one of `member`'s external ids, and they are as ids are; those of
// `before` may be as they were.
absl::Status CheckExternalIds(const StoredCase& file, const v1::Member& member,
                              const v1::Member& before = {}) {
  RETURN_IF_ERROR(
      schema::CheckExternalIds("member.", member.external_ids(), before.external_ids()));
  for (const StoredMember& other : file.members) {
    const v1::Member& known = other.message.member();
    if (known.name() == member.name()) continue;
    for (const auto& id : member.external_ids()) {
      if (HasExternalId(known.external_ids(), id.system() + "=" + id.value())) {
        return errors::ExternalIdTaken(known.name());
      }
    }
  }
  return absl::OkStatus();
}

void BeginPeriod(std::int64_t now_us, v1::Member* member) {
  v1::Period* period = member->add_periods();
  *period->mutable_start_time() = schema::ToTimestamp(now_us);
  period->set_role(member->role());
  period->set_involvement(member->involvement());
}

// The corrected periods in place of the member's own, with what is known of them where the
// correction does not say. What somebody was in the last one their own entry says.
void ReplacePeriods(const v1::CorrectMembershipRequest& request, v1::Member* member) {
  const v1::Member before = *member;
  *member->mutable_periods() = request.periods();
  for (v1::Period& period : *member->mutable_periods()) {
    const v1::Period* known = PeriodAt(before, Micros(period.start_time()));
    if (known == nullptr && period.has_end_time()) {
      known = PeriodAt(before, Micros(period.end_time()) - 1);
    }
    if (period.role() == v1::MEMBER_ROLE_UNSPECIFIED) {
      period.set_role(known != nullptr ? RoleIn(before, *known) : before.role());
    }
    if (period.involvement() == v1::INVOLVEMENT_UNSPECIFIED) {
      period.set_involvement(known != nullptr ? InvolvementIn(before, *known)
                                              : before.involvement());
    }
    if (known != nullptr && period.has_end_time()) period.set_end_reason(known->end_reason());
  }
  if (member->periods().empty()) return;
  member->set_role(member->periods().rbegin()->role());
  member->set_involvement(member->periods().rbegin()->involvement());
}

// Who left, came back, or was corrected. A correction says why the entry is as it is.
void EmitMembershipChanged(const StoredCase& file, const StoredMember& stored, std::int64_t version,
                           std::int64_t now_us, records::Changes& changes) {
  const v1::Member& member = stored.message.member();
  internal::v1::MembershipChanged told;
  told.set_member(stored.record.id);
  if (!BelongsAt(member, now_us) && !member.periods().empty()) {
    const v1::Period& last = *std::ranges::max_element(
        member.periods(), {}, [](const v1::Period& one) { return Micros(one.end_time()); });
    told.set_left_us(Micros(last.end_time()));
    told.set_without_reason(last.end_reason().empty() && member.corrections().empty());
  }
  changes.Emit({.type = internal::v1::EVENT_TYPE_ROSTER_CHANGED,
                .family = file.id,
                .resource = member.name(),
                .version = version,
                .body = told.SerializeAsString()});
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
    RETURN_IF_ERROR(CheckExternalIds(file, request.member()));
    StoredMember stored;
    stored.record = NewRecord(kMember, file.id, now_us);
    v1::Member& member = *stored.message.mutable_member();
    member = request.member();
    member.set_name(names.Member(file.id, stored.record.id));
    BeginPeriod(now_us, &member);
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
    RETURN_IF_ERROR(CheckExternalIds(file, member, old));
    SplitPeriod(old, Now(), &member);
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
    const auto refusal =
        MembershipLife().RefusalOf(MembershipStateAt(member, now_us), MembershipEvent::kEnd);
    if (refusal) return errors::RefusedInState(*refusal, member.name());
    for (v1::Period& period : *member.mutable_periods()) {
      if (period.has_end_time()) continue;
      *period.mutable_end_time() = schema::ToTimestamp(now_us);
      period.set_end_reason(request.reason());
    }
    stored->record = records::With(before, stored->message);
    stored->record.updated_us = now_us;
    changes.Update(before, stored->record);
    changes.Audit("member.end", before, {before.id});
    EmitMembershipChanged(file, *stored, before.version + 1, now_us, changes);
    stored->record.version = before.version + 1;
    *response.mutable_member() = Show(deps_, agency, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::EndMembershipResponse>(context, step);
}

IntakeService::Answer<v1::ResumeMembershipResponse> IntakeService::ResumeMembership(
    CallContext& context, const v1::ResumeMembershipRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::ResumeMembershipResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::ResumeMembershipResponse& response) -> absl::Status {
    StoredMember* stored = Find(file, request.name());
    if (stored == nullptr) return schema::NotFound();
    const v1::Family& family = file.family.message.family();
    if (IsOver(family)) return errors::CaseNotActive(family.name());
    RETURN_IF_ERROR(
        deps_.etags.Check(request.etag(), agency, stored->record.id, stored->record.version));
    const std::int64_t now_us = Now();
    const auto refusal = MembershipLife().RefusalOf(
        MembershipStateAt(stored->message.member(), now_us), MembershipEvent::kResume);
    if (refusal) return errors::RefusedInState(*refusal, request.name());
    BeginPeriod(now_us, stored->message.mutable_member());
    changes.Audit("member.resume", stored->record, {stored->record.id});
    Put(*stored, now_us, changes);
    EmitMembershipChanged(file, *stored, stored->record.version, now_us, changes);
    *response.mutable_member() = Show(deps_, agency, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::ResumeMembershipResponse>(context, step);
}

IntakeService::Answer<v1::CorrectMembershipResponse> IntakeService::CorrectMembership(
    CallContext& context, const v1::CorrectMembershipRequest& request) {
  const auto faults = FaultsOf(request.periods(), Now());
  if (!faults.empty()) co_return errors::InvalidResource("", faults);
  const std::string& agency = context.principal->agency;
  Step<v1::CorrectMembershipResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::CorrectMembershipResponse& response) -> absl::Status {
    StoredMember* stored = Find(file, request.name());
    if (stored == nullptr) return schema::NotFound();
    RETURN_IF_ERROR(
        deps_.etags.Check(request.etag(), agency, stored->record.id, stored->record.version));
    const std::int64_t now_us = Now();
    v1::Member& member = *stored->message.mutable_member();
    NameRoles(v1::Member(member), &member);
    v1::MembershipCorrection& trace = *member.add_corrections();
    *trace.mutable_correct_time() = schema::ToTimestamp(now_us);
    trace.set_corrector(context.principal->subject);
    trace.set_reason(request.reason());
    *trace.mutable_before() = member.periods();
    ReplacePeriods(request, &member);
    changes.Audit("member.correct", stored->record, {stored->record.id});
    Put(*stored, now_us, changes);
    EmitMembershipChanged(file, *stored, stored->record.version, now_us, changes);
    *response.mutable_member() = Show(deps_, agency, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::CorrectMembershipResponse>(context, step);
}

}  // namespace rapport::intake
