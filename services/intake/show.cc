#include "intake/show.h"

#include "intake/consent_rules.h"
#include "intake/emergency_rules.h"
#include "intake/level_rules.h"
#include "platform/crypto/new_id.h"
#include "platform/records/shown_version.h"

#include <rapport/options/v1/options.pb.h>

namespace rapport::intake {

v1::Family Show(const records::ServiceDeps& deps, std::string_view agency,
                const StoredFamily& family, bool with_referral, std::optional<std::int64_t> at_us) {
  v1::Family shown = family.message.family();
  ShowRecord(deps, agency, family.record, &shown);
  HoldIfOver(at_us.value_or(deps.clock.NowMicros()), &shown);
  if (shown.level_of_need() != v1::LEVEL_OF_NEED_UNSPECIFIED) {
    *shown.mutable_level_plan() = PlanFor(shown.level_of_need());
  }
  if (!with_referral) shown.clear_referral();
  return shown;
}

v1::Family ForAdministrator(v1::Family shown) {
  shown.clear_referral();
  shown.clear_state_reason();
  shown.clear_reassessment_due_time();
  shown.clear_reassessment_occasion();
  shown.clear_emergency();
  for (v1::CaseEpisode& episode : *shown.mutable_episodes()) {
    episode.clear_reason();
    episode.clear_emergency();
    episode.clear_emergency_opening();
  }
  return shown;
}

v1::Family ForService(const records::ServiceDeps& deps, std::string_view agency,
                      const StoredFamily& family, std::optional<std::int64_t> at_us) {
  v1::Family all = Show(deps, agency, family, false, at_us);
  v1::Family shown;
  shown.set_name(all.name());
  shown.set_display_name(all.display_name());
  *shown.mutable_external_ids() = all.external_ids();
  *shown.mutable_create_time() = all.create_time();
  shown.set_state(all.state());
  *shown.mutable_state_time() = all.state_time();
  if (all.has_open_time()) *shown.mutable_open_time() = all.open_time();
  shown.set_level_of_need(all.level_of_need());
  if (all.has_level_plan()) *shown.mutable_level_plan() = all.level_plan();
  shown.set_etag(deps.etags.Show(agency, family.record.id, records::VersionOfShown(shown)));
  return shown;
}

v1::Family ShowByRole(const RoleSet& roles, const records::ServiceDeps& deps,
                      std::string_view agency, const StoredFamily& family,
                      std::optional<std::int64_t> at_us) {
  if (roles.Has(options::v1::ROLE_SERVICE)) return ForService(deps, agency, family, at_us);
  v1::Family shown = Show(deps, agency, family, false, at_us);
  return roles.Has(options::v1::ROLE_ADMIN) ? ForAdministrator(std::move(shown)) : shown;
}

v1::Family ShowTo(const CallContext& context, const records::ServiceDeps& deps,
                  const StoredFamily& family, std::optional<std::int64_t> at_us) {
  const std::string& agency = context.principal->agency;
  if (context.access.viewer == Viewer::kAgency) {
    return ShowByRole(context.principal->roles, deps, agency, family, at_us);
  }
  return Show(deps, agency, family, true, at_us);
}

v1::Member Show(const records::ServiceDeps& deps, std::string_view agency,
                const StoredMember& member) {
  v1::Member shown = member.message.member();
  ShowRecord(deps, agency, member.record, &shown);
  shown.set_account_linked(member.message.subjects_size() > 0);
  return shown;
}

v1::Member ForService(v1::Member shown) {
  shown.clear_availability();
  shown.clear_household();
  shown.clear_account_linked();
  shown.clear_corrections();
  for (v1::Period& period : *shown.mutable_periods()) period.clear_end_reason();
  return shown;
}

v1::Helper ForAdministrator(v1::Helper shown) {
  shown.clear_end_reason();
  for (v1::HelperCorrection& one : *shown.mutable_corrections()) one.clear_reason();
  return shown;
}

v1::Helper ForService(v1::Helper shown) {
  shown.clear_end_reason();
  shown.clear_corrections();
  return shown;
}

v1::Helper ShowTo(const CallContext& context, v1::Helper shown) {
  if (context.access.viewer != Viewer::kAgency) return shown;
  return context.principal->roles.Has(options::v1::ROLE_SERVICE)
             ? ForService(std::move(shown))
             : ForAdministrator(std::move(shown));
}

v1::PresentingProblem ForMember(v1::PresentingProblem shown) {
  shown.clear_resolution_note();
  return shown;
}

v1::Professional Show(const records::ServiceDeps& deps, std::string_view agency,
                      const StoredProfessional& professional) {
  v1::Professional shown = professional.message.professional();
  ShowRecord(deps, agency, professional.record, &shown);
  shown.set_account_linked(professional.message.subjects_size() > 0);
  return shown;
}

v1::Consent Show(const records::ServiceDeps& deps, std::string_view agency,
                 const records::Stored<v1::Consent>& consent) {
  v1::Consent shown = consent.message;
  ShowRecord(deps, agency, consent.record, &shown);
  shown.set_gates(std::string(WhatItGates(shown.purpose())));
  return shown;
}

records::Record NewRecord(int kind, std::string_view family, std::int64_t now_us) {
  records::Record record;
  record.kind = kind;
  record.family = family;
  record.id = crypto::NewId();
  record.sort_us = now_us;
  record.created_us = now_us;
  record.updated_us = now_us;
  return record;
}

}  // namespace rapport::intake
