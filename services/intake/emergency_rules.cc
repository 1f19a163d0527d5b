#include "intake/emergency_rules.h"

#include "intake/case_rules.h"
#include "intake/consent_rules.h"
#include "intake/level_rules.h"
#include "intake/person_rules.h"

#include <algorithm>

namespace rapport::intake {
namespace {

// Everything before OPEN, and a case that ended.
bool MayBeOpened(v1::FamilyState state) {
  return state == v1::FAMILY_STATE_NEW || state == v1::FAMILY_STATE_SCREENED ||
         state == v1::FAMILY_STATE_ALLOCATED || state == v1::FAMILY_STATE_CONSENTS_PENDING ||
         state == v1::FAMILY_STATE_SAFETY_CHECK || state == v1::FAMILY_STATE_READY ||
         state == v1::FAMILY_STATE_CLOSED;
}

// What was said last of it is that it is taken back.
bool TookBack(const CaseFile& file, const v1::Member& member, v1::ConsentPurpose purpose,
              std::int64_t now_us) {
  const v1::Consent* newest = nullptr;
  for (const v1::Consent& consent : file.consents) {
    if (consent.member() == member.name() && consent.purpose() == purpose) newest = &consent;
  }
  return newest != nullptr &&
         StateAt(*newest, &member, now_us, file.rules.zone) == v1::CONSENT_STATE_REVOKED;
}

}  // namespace

bool InEmergency(const v1::Family& family) {
  return family.has_emergency() && !family.emergency().has_settle_time();
}

v1::FamilyState CaseStateAt(const v1::Family& family, std::int64_t at_us) {
  const bool over = family.state() == v1::FAMILY_STATE_OPEN && InEmergency(family) &&
                    at_us >= Micros(family.emergency().expire_time());
  return over ? v1::FAMILY_STATE_ON_HOLD : family.state();
}

bool HoldIfOver(std::int64_t at_us, v1::Family* family) {
  if (CaseStateAt(*family, at_us) == family->state()) return false;
  family->set_state(v1::FAMILY_STATE_ON_HOLD);
  *family->mutable_state_time() = family->emergency().expire_time();
  family->set_state_reason("the emergency opening ended with conditions unmet");
  return true;
}

void BeginEmergency(const v1::OpenInEmergencyRequest& request, std::int64_t now_us,
                    v1::Family* family) {
  if (family->has_emergency()) {
    auto& episodes = *family->mutable_episodes();
    const auto its_own = std::find_if(episodes.rbegin(), episodes.rend(),
                                      [](const v1::CaseEpisode& one) { return one.emergency(); });
    if (its_own != episodes.rend()) *its_own->mutable_emergency_opening() = family->emergency();
  }
  v1::EmergencyOpening& emergency = *family->mutable_emergency();
  emergency.Clear();
  emergency.set_clinician(request.clinician());
  emergency.set_supervisor(request.supervisor());
  emergency.set_reason(request.reason());
  *emergency.mutable_start_time() = TimestampOf(now_us);
  *emergency.mutable_expire_time() = TimestampOf(now_us + kEmergencyUs);
  family->mutable_episodes()->rbegin()->set_emergency(true);
  MakeDue(v1::ASSESSMENT_OCCASION_CRISIS, now_us, family);
}

Period EmergencyTime(const v1::Family& family) {
  const v1::EmergencyOpening& emergency = family.emergency();
  return {Micros(emergency.start_time()),
          Micros(emergency.has_settle_time() ? emergency.settle_time() : emergency.expire_time())};
}

std::vector<std::pair<std::string, v1::ConsentPurpose>> CoveredInEmergency(const CaseFile& file,
                                                                           std::int64_t now_us) {
  std::vector<std::pair<std::string, v1::ConsentPurpose>> covered;
  if (!InEmergency(file.family)) return covered;
  for (const v1::Member* member : AttendingAt(file, now_us)) {
    for (const auto purpose :
         {v1::CONSENT_PURPOSE_TREATMENT, v1::CONSENT_PURPOSE_CONJOINT_TREATMENT}) {
      if (HasConsentAt(file, member->name(), purpose, now_us)) continue;
      if (TookBack(file, *member, purpose, now_us)) continue;
      covered.emplace_back(member->name(), purpose);
    }
  }
  return covered;
}

std::vector<Unmet> UnmetForEmergency(const CaseFile& file, std::string_view clinician,
                                     std::string_view supervisor, bool supervised,
                                     std::int64_t now_us) {
  std::vector<Unmet> unmet;
  if (!MayBeOpened(CaseStateAt(file.family, now_us))) {
    unmet.push_back({"ILLEGAL_TRANSITION", file.family.name(),
                     "an emergency opens a case that was never open, or is closed"});
  }
  if (InEmergency(file.family)) {
    unmet.push_back({"EMERGENCY_NOT_SETTLED", file.family.name(),
                     "the emergency before is settled: the case moves to OPEN with every condition "
                     "met (TransitionFamily)"});
    for (Unmet& one : UnmetForOpen(file, now_us)) unmet.push_back(std::move(one));
  }
  const bool treats =
      std::any_of(file.helpers.begin(), file.helpers.end(), [&](const v1::Helper& helper) {
        return helper.professional() == clinician && LeadsAt(helper, file.trainees, now_us);
      });
  if (!treats) {
    unmet.push_back(
        {"THERAPIST_MISSING", std::string(clinician),
         "the clinician, who is no trainee, joins the therapist system (JoinTherapistSystem)"});
  }
  if (!supervised) {
    unmet.push_back({"SUPERVISION_MISSING", std::string(supervisor),
                     "the supervisor supervises the clinician (AssignSupervisor)"});
  }
  return unmet;
}

}  // namespace rapport::intake
