#include "unit/intake/case_model.h"

#include <algorithm>

namespace rapport::intake::model {
namespace {

// Where a case can go from where it is.
const std::map<std::string, std::set<std::string>>& Ways() {
  static const std::map<std::string, std::set<std::string>> ways = {
      {"NEW", {"SCREENED", "REDIRECTED", "CLOSED"}},
      {"SCREENED", {"ALLOCATED", "REDIRECTED", "CLOSED"}},
      {"REDIRECTED", {"SCREENED"}},
      {"ALLOCATED", {"CONSENTS_PENDING", "REDIRECTED", "CLOSED"}},
      {"CONSENTS_PENDING", {"SAFETY_CHECK", "REDIRECTED", "CLOSED"}},
      {"SAFETY_CHECK", {"READY", "REDIRECTED", "CLOSED"}},
      {"READY", {"OPEN", "REDIRECTED", "CLOSED"}},
      {"OPEN", {"ON_HOLD", "CLOSED"}},
      {"ON_HOLD", {"OPEN", "CLOSED"}},
      {"CLOSED", {"OPEN"}},
  };
  return ways;
}

Case::Part PartFor(const std::string& to) {
  if (to == "ALLOCATED" || to == "CONSENTS_PENDING") return Case::Part::kTherapist;
  if (to == "SAFETY_CHECK") return Case::Part::kConsents;
  if (to == "READY" || to == "OPEN") return Case::Part::kAll;
  return Case::Part::kNothing;
}

constexpr std::int64_t kAskedAgain = 180 * kDay;
constexpr std::int64_t kEmergency = 7 * kDay;

}  // namespace

std::string Case::State(std::int64_t now) const {
  const bool over = state == "OPEN" && !settled && now >= *emergency_us + kEmergency;
  return over ? "ON_HOLD" : state;
}

bool Case::OfAge(const std::string& person, std::int64_t now) const {
  return now >= people.at(person).of_age_us;
}

bool Case::InForce(const Consent& consent, std::int64_t now) const {
  const std::int64_t of_age_us = people.at(consent.person).of_age_us;
  const bool outgrown =
      consent.by != consent.person && consent.given_us < of_age_us && now >= of_age_us;
  return !consent.revoked && !outgrown && (!consent.until_us || now < *consent.until_us);
}

// A minor's own yes is an assent: it stands for no consent.
bool Case::HasConsent(const std::string& person, const std::string& to, std::int64_t now) const {
  return std::ranges::any_of(consents, [&](const auto& entry) {
    const Consent& one = entry.second;
    return one.person == person && one.to == to && !one.assent && InForce(one, now);
  });
}

std::set<std::string> Case::Signers(std::int64_t now) const {
  std::set<std::string> signers;
  for (const auto& [who, person] : people) {
    if (person.belongs && person.attends && OfAge(who, now)) signers.insert(who);
  }
  return signers;
}

bool Case::PolicySettled(std::int64_t now) const {
  return !policy.empty() && std::ranges::includes(signed_by.at(policy), Signers(now));
}

void Case::Settle(std::int64_t now) {
  if (policies.empty() || policies.back() == policy) return;
  const auto& signatures = signed_by.at(policies.back());
  if (!signatures.empty() && std::ranges::includes(signatures, Signers(now))) {
    policy = policies.back();
  }
}

std::string Case::StateOf(const std::string& one, std::int64_t now) const {
  if (one == policy) return PolicySettled(now) ? "IN_FORCE" : "PENDING";
  return one == policies.back() ? "PENDING" : "SUPERSEDED";
}

Reasons Case::Needs(Part part, std::int64_t now) const {
  Reasons unmet;
  if (part >= Part::kTherapist && std::ranges::none_of(helpers, [](const auto& entry) {
        return entry.second.there && entry.second.leads;
      })) {
    unmet.emplace("THERAPIST_MISSING", name);
  }
  std::vector<std::string> attending;
  for (const auto& [who, person] : people) {
    if (person.belongs && person.attends) attending.push_back(who);
  }
  if (part >= Part::kConsents) {
    if (attending.empty()) unmet.emplace("ATTENDING_MEMBER_MISSING", name);
    for (const std::string& who : attending) {
      if (!HasConsent(who, "TREATMENT", now)) unmet.emplace("CONSENT_MISSING", who);
      if (attending.size() > 1 && !HasConsent(who, "CONJOINT_TREATMENT", now)) {
        unmet.emplace("CONSENT_MISSING", who);
      }
    }
  }
  if (part < Part::kAll) return unmet;
  for (const std::string& who : attending) {
    const Person& person = people.at(who);
    if (!person.asked_alone && !person.referred) continue;
    const bool again =
        person.screened_us && (now >= *person.screened_us + kAskedAgain ||
                               (emergency_us && *emergency_us > *person.screened_us));
    if (person.referred) {
      unmet.emplace("SAFETY_OUTCOME_OPEN", name);
    } else if (!person.screened_us || again) {
      unmet.emplace("SAFETY_SCREEN_DUE", who);
    }
  }
  if (PolicySettled(now)) return unmet;
  if (policies.empty()) {
    unmet.emplace("SECRETS_POLICY_UNSIGNED", name);
  } else {
    const auto& signatures = signed_by.at(policy.empty() ? policies.back() : policy);
    for (const std::string& who : Signers(now)) {
      if (!signatures.contains(who)) unmet.emplace("SECRETS_POLICY_UNSIGNED", who);
    }
  }
  return unmet;
}

Reasons Case::NeedsOfMove(const std::string& to, const std::string& ending, bool reason,
                          std::int64_t now) const {
  const std::string from = State(now);
  Reasons unmet = Needs(PartFor(to), now);
  const bool settles = from == "OPEN" && to == "OPEN" && !settled;
  if (!Ways().at(from).contains(to) && !settles) unmet.emplace("ILLEGAL_TRANSITION", name);
  if (ending == "COMPLETED") {
    if (!looked_back_us || *looked_back_us < episode_us.value_or(0)) {
      unmet.emplace("CLOSING_ASSESSMENT_MISSING", name);
    }
    if (to == "CLOSED" && from != "OPEN" && from != "ON_HOLD") {
      unmet.emplace("ENDING_CATEGORY", name);
    }
  }
  if ((to == "CLOSED") != !ending.empty()) unmet.emplace("ENDING_CATEGORY", name);
  const bool wants_words =
      to == "REDIRECTED" || to == "ON_HOLD" || to == "CLOSED" || from == "CLOSED";
  if (wants_words && !reason) unmet.emplace("REASON_MISSING", name);
  return unmet;
}

Reasons Case::NeedsOfEmergency(const std::string& clinician, const std::string& supervisor,
                               bool supervised, std::int64_t now) const {
  const std::string from = State(now);
  Reasons unmet;
  if (!settled) {
    unmet = Needs(Part::kAll, now);
    unmet.emplace("EMERGENCY_NOT_SETTLED", name);
  }
  if (from == "OPEN" || from == "ON_HOLD" || from == "REDIRECTED") {
    unmet.emplace("ILLEGAL_TRANSITION", name);
  }
  const auto helper = helpers.find(clinician);
  if (helper == helpers.end() || !helper->second.there || !helper->second.leads) {
    unmet.emplace("THERAPIST_MISSING", clinician);
  }
  if (!supervised) unmet.emplace("SUPERVISION_MISSING", supervisor);
  return unmet;
}

bool Case::IsLastTherapist(const std::string& professional, std::int64_t now) const {
  if (State(now) != "OPEN" || !helpers.at(professional).leads) return false;
  return std::ranges::none_of(helpers, [&](const auto& entry) {
    return entry.first != professional && entry.second.there && entry.second.leads;
  });
}

void Case::Enter(const std::string& to, std::int64_t now) {
  const std::string from = State(now);
  if (to == "OPEN") {
    settled = true;
    if (from != "OPEN" && from != "ON_HOLD") episode_us = now;
  }
  state = to;
}

void Case::OpenInEmergency(std::int64_t now) {
  Enter("OPEN", now);
  emergency_us = now;
  settled = false;
}

void Case::Revoke(const std::string& consent, const std::string& who, std::int64_t now) {
  const Consent asked = consents.at(consent);
  for (auto& [id, one] : consents) {
    const bool same =
        one.person == asked.person && one.to == asked.to && one.assent == asked.assent;
    if (same && (who == asked.person || one.by == asked.by) && InForce(one, now)) {
      one.revoked = true;
    }
  }
}

}  // namespace rapport::intake::model
