#include "intake/consent_rules.h"

#include "intake/grantor_rules.h"
#include "intake/person_rules.h"
#include "intake/relationship_rules.h"
#include "platform/base/strings.h"

#include <absl/strings/match.h>

#include <algorithm>
#include <cstdint>
#include <set>

namespace rapport::intake {
namespace {

using Faults = std::vector<std::pair<std::string, std::string>>;

using State = v1::ConsentState;
constexpr State kNone = v1::CONSENT_STATE_UNSPECIFIED;
constexpr State kInForce = v1::CONSENT_STATE_IN_FORCE;
constexpr State kExpired = v1::CONSENT_STATE_EXPIRED;
constexpr State kRevoked = v1::CONSENT_STATE_REVOKED;
constexpr std::string_view kOver = "it is revoked or expired already";

constexpr ConsentMachine::Row kRows[] = {
    {kNone, ConsentEvent::kGrant, kInForce, "by whoever may give it"},
    {kInForce, ConsentEvent::kRevoke, kRevoked, "by the member or the grantor"},
    {kInForce, ConsentEvent::kTime, kExpired, "its time is over, or the minor is of age"},
    {kExpired, ConsentEvent::kRevoke, kExpired, kOver, "CONSENT_ENDED"},
    {kRevoked, ConsentEvent::kRevoke, kRevoked, kOver, "CONSENT_ENDED"},
};

constexpr std::string_view kEvents[] = {"grant", "revoke", "time"};

// Needs nobody beside it: the person's own, a guardian's, or one by a court's or their own paper.
bool StandsAlone(const v1::Consent& consent) {
  return consent.authority() != v1::CONSENT_AUTHORITY_PARENT;
}

// What counts of what was given and is in force.
struct Given {
  std::vector<const v1::Consent*> consents;
  const v1::Consent* assent = nullptr;
};

Given GivenFor(const CaseFile& file, const ConsentQuestion& question, const v1::Member& about,
               std::int64_t at_us) {
  Given given;
  for (const v1::Consent& consent : file.consents) {
    if (consent.member() != question.member || consent.purpose() != question.purpose ||
        !IsTo(consent, question.recipient, question.recipient_name) ||
        Micros(consent.grant_time()) > at_us ||
        StateAt(consent, &about, at_us, file.rules.zone) != v1::CONSENT_STATE_IN_FORCE) {
      continue;
    }
    const bool own_of_a_minor = consent.authority() == v1::CONSENT_AUTHORITY_SELF &&
                                !IsAdultAt(about, at_us, file.rules.zone);
    if (consent.assent()) {
      given.assent = &consent;
    } else if (own_of_a_minor && !MayConsentThemself(file, about, consent.purpose(), at_us)) {
      continue;  // taken for an adult's, or under another law, when it was given
    } else if (StandsAlone(consent) ||
               !HasNoCustody(file, consent.grantor(), about.name(), at_us)) {
      given.consents.push_back(&consent);
    }
  }
  return given;
}

// The one that ends last of those that `counts` says true of; null: there is none.
template <typename Predicate>
const v1::Consent* Longest(const CaseFile& file, const Given& given, const v1::Member& about,
                           Predicate counts) {
  const auto end_us = [&](const v1::Consent& consent) {
    const std::int64_t at_us = EndUs(consent, &about, file.rules.zone);
    return at_us == 0 ? INT64_MAX : at_us;
  };
  const v1::Consent* longest = nullptr;
  for (const v1::Consent* consent : given.consents) {
    if (!counts(*consent)) continue;
    if (longest == nullptr || end_us(*consent) > end_us(*longest)) longest = consent;
  }
  return longest;
}

bool Any(const v1::Consent&) { return true; }

// Of a minor.
void RestOnOthers(const CaseFile& file, const Given& given, const v1::Member& minor,
                  std::int64_t at_us, ConsentFinding& found) {
  const std::vector<std::string> parents = ParentsAskedFor(file, minor, at_us);
  const v1::Consent* alone = Longest(file, given, minor, parents.empty() ? Any : StandsAlone);
  if (alone != nullptr) {
    found.rests_on.push_back(alone);
  } else {
    for (const std::string& parent : parents) {
      const v1::Consent* theirs = Longest(file, given, minor, [&](const v1::Consent& consent) {
        return consent.grantor() == parent;
      });
      if (theirs == nullptr) {
        found.missing.push_back(parent);
      } else {
        found.rests_on.push_back(theirs);
      }
    }
  }
  const bool own = alone != nullptr && alone->authority() == v1::CONSENT_AUTHORITY_SELF;
  const int assent_years = file.rules.assent_years;
  if (own || assent_years == 0 || AgeAt(minor, at_us, file.rules.zone) < assent_years) return;
  if (given.assent == nullptr) {
    found.missing.push_back(minor.name());
  } else {
    found.rests_on.push_back(given.assent);
  }
}

// Every instant at which what FindConsent says of them may change, in order.
std::set<std::int64_t> Turns(const CaseFile& file, std::string_view member,
                             v1::ConsentPurpose purpose) {
  std::set<std::int64_t> turns;
  const absl::TimeZone& zone = file.rules.zone;
  const v1::Member* about = FindMember(file, member);
  if (about == nullptr) return turns;
  for (const v1::Consent& consent : file.consents) {
    if (consent.member() != member || consent.purpose() != purpose) continue;
    turns.insert(Micros(consent.grant_time()));
    const std::int64_t end_us = EndUs(consent, about, zone);
    if (end_us != 0) turns.insert(end_us);
  }
  if (turns.empty()) return turns;
  for (const int years : {kAdultYears, file.rules.law->own_years, file.rules.assent_years}) {
    if (const auto birthday_us = BirthdayUs(*about, years, zone)) turns.insert(*birthday_us);
  }
  for (const v1::Relationship& line : file.relationships) {
    if (line.to_member() != member) continue;
    if (line.has_start_date()) turns.insert(MidnightUs(line.start_date(), zone));
    if (line.has_end_date()) turns.insert(MidnightUs(line.end_date(), zone));
  }
  return turns;
}

}  // namespace

const ConsentMachine& ConsentLife() {
  static constexpr ConsentMachine kLife(
      "consent", kRows,
      [](State state) {
        return EnumStateName(state, "CONSENT_STATE_", v1::ConsentState_Name(state));
      },
      [](ConsentEvent event) { return kEvents[static_cast<std::size_t>(event)]; });
  return kLife;
}

bool MayBeRevokedBy(const v1::Consent& consent, std::string_view revoked_by) {
  if (revoked_by.empty()) return !consent.grantor_name().empty();
  return revoked_by == consent.member() || revoked_by == consent.grantor();
}

bool EndsWith(const v1::Consent& consent, const v1::Consent& revoked, std::string_view revoked_by) {
  const bool same = consent.member() == revoked.member() &&
                    consent.purpose() == revoked.purpose() &&
                    consent.assent() == revoked.assent() &&
                    IsTo(consent, revoked.recipient(), revoked.recipient_name());
  if (!same) return false;
  if (revoked_by == revoked.member()) return true;
  return consent.grantor() == revoked.grantor() &&
         absl::EqualsIgnoreCase(consent.grantor_name(), revoked.grantor_name());
}

bool NamesRecipient(v1::ConsentPurpose purpose) {
  return purpose == v1::CONSENT_PURPOSE_RELEASE ||
         purpose == v1::CONSENT_PURPOSE_PSYCHOTHERAPY_NOTES ||
         purpose == v1::CONSENT_PURPOSE_SUD_COUNSELING_NOTES ||
         purpose == v1::CONSENT_PURPOSE_SUBSTANCE_USE_TREATMENT;
}

std::int64_t EndUs(const v1::Consent& consent, const v1::Member* about,
                   const absl::TimeZone& zone) {
  std::int64_t end_us = consent.has_revoke_time() ? Micros(consent.revoke_time()) : 0;
  const auto ends = [&](std::int64_t at_us) {
    if (end_us == 0 || at_us < end_us) end_us = at_us;
  };
  if (consent.has_expire_time()) ends(Micros(consent.expire_time()));
  const std::int64_t grant_us = Micros(consent.grant_time());
  // A release that took such consents may have stored one.
  if (about != nullptr && consent.authority() == v1::CONSENT_AUTHORITY_PARENT &&
      IsAdultAt(*about, grant_us, zone)) {
    ends(grant_us);
  }
  const bool by_a_right_that_ends = consent.authority() != v1::CONSENT_AUTHORITY_COURT_ORDER &&
                                    consent.authority() != v1::CONSENT_AUTHORITY_POWER_OF_ATTORNEY;
  if (about != nullptr && by_a_right_that_ends && consent.grantor() != about->name()) {
    const auto majority_us = MajorityUs(*about, zone);
    if (majority_us && grant_us < *majority_us) ends(*majority_us);
  }
  return end_us;
}

v1::ConsentState StateAt(const v1::Consent& consent, const v1::Member* about, std::int64_t at_us,
                         const absl::TimeZone& zone) {
  const State given = ConsentLife().After(kNone, ConsentEvent::kGrant);
  if (consent.has_revoke_time() && Micros(consent.revoke_time()) <= at_us) {
    return ConsentLife().After(given, ConsentEvent::kRevoke);
  }
  const std::int64_t end_us = EndUs(consent, about, zone);
  return end_us != 0 && end_us <= at_us ? ConsentLife().After(given, ConsentEvent::kTime) : given;
}

bool IsTo(const v1::Consent& consent, std::string_view recipient, std::string_view recipient_name) {
  return consent.recipient() == recipient &&
         absl::EqualsIgnoreCase(consent.recipient_name(), Absl(recipient_name));
}

std::vector<std::string> ParentsAskedFor(const CaseFile& file, const v1::Member& minor,
                                         std::int64_t at_us) {
  std::vector<std::string> sole, joint, unsaid;
  for (const v1::Relationship& line : file.relationships) {
    if (line.to_member() != minor.name() || !LastsAt(line, at_us, file.rules.zone)) continue;
    const v1::Member* parent = FindMember(file, line.from_member());
    if (parent == nullptr || parent->availability() == v1::MEMBER_AVAILABILITY_DECEASED) continue;
    switch (line.custody()) {
      case v1::CUSTODY_SOLE:
        sole.push_back(parent->name());
        break;
      case v1::CUSTODY_JOINT:
        joint.push_back(parent->name());
        break;
      case v1::CUSTODY_UNSPECIFIED:
        if (HasCustodyByLaw(line.kind())) unsaid.push_back(parent->name());
        break;
      default:
        break;
    }
  }
  if (!sole.empty()) return sole;
  const ParentsAsked asked = file.rules.law->parents;
  if (asked == ParentsAsked::kAny) return {};
  if (asked == ParentsAsked::kAll) {
    joint.insert(joint.end(), unsaid.begin(), unsaid.end());
  }
  return joint;
}

ConsentFinding FindConsent(const CaseFile& file, const ConsentQuestion& question,
                           std::int64_t at_us) {
  ConsentFinding found;
  const v1::Member* about = FindMember(file, question.member);
  if (about == nullptr) return found;
  const Given given = GivenFor(file, question, *about, at_us);
  if (IsAdultAt(*about, at_us, file.rules.zone)) {
    if (const v1::Consent* own = Longest(file, given, *about, Any)) found.rests_on = {own};
  } else {
    RestOnOthers(file, given, *about, at_us, found);
  }
  found.permitted = !found.rests_on.empty() && found.missing.empty();
  if (!found.permitted) found.rests_on.clear();
  for (const v1::Consent* consent : found.rests_on) {
    const std::int64_t end_us = EndUs(*consent, about, file.rules.zone);
    if (end_us != 0 && (found.until_us == 0 || end_us < found.until_us)) found.until_us = end_us;
  }
  return found;
}

bool HasConsentAt(const CaseFile& file, std::string_view member, v1::ConsentPurpose purpose,
                  std::int64_t at_us) {
  return FindConsent(file, {.member = member, .purpose = purpose}, at_us).permitted;
}

std::vector<Span> WhenPermitted(const CaseFile& file, std::string_view member,
                                v1::ConsentPurpose purpose) {
  std::vector<Span> spans;
  for (const std::int64_t at_us : Turns(file, member, purpose)) {
    const bool open = !spans.empty() && spans.back().to_us == 0;
    if (HasConsentAt(file, member, purpose, at_us) == open) continue;
    if (open) {
      spans.back().to_us = at_us;
    } else {
      spans.push_back({.from_us = at_us});
    }
  }
  return spans;
}

Faults FaultsOf(const v1::Consent& consent, const CaseFile& file, Recorder recorder,
                std::int64_t now_us) {
  Faults faults;
  const v1::Member* about = FindMember(file, consent.member());
  if (about == nullptr) {
    faults.emplace_back("member", "a member of this family");
  } else {
    faults = FaultsOfGrantor(consent, *about, file, recorder, now_us);
  }
  const int recipients =
      (consent.recipient().empty() ? 0 : 1) + (consent.recipient_name().empty() ? 0 : 1);
  const bool release = NamesRecipient(consent.purpose());
  if (recipients != (release ? 1 : 0)) {
    faults.emplace_back("recipient", release ? "exactly one of recipient and recipient_name"
                                             : "only a release names a recipient");
  }
  if (consent.has_expire_time() && Micros(consent.expire_time()) <= now_us) {
    faults.emplace_back("expire_time", "in the future");
  }
  return faults;
}

std::string_view WhatItGates(v1::ConsentPurpose purpose) {
  switch (purpose) {
    case v1::CONSENT_PURPOSE_TREATMENT:
      return "therapy at all: the case does not open without it";
    case v1::CONSENT_PURPOSE_CONJOINT_TREATMENT:
      return "sessions together with others";
    case v1::CONSENT_PURPOSE_RATINGS:
      return "collecting and using the person's ratings";
    case v1::CONSENT_PURPOSE_RELEASE:
      return "telling the named recipient";
    case v1::CONSENT_PURPOSE_PSYCHOTHERAPY_NOTES:
      return "telling the named recipient what psychotherapy notes say";
    case v1::CONSENT_PURPOSE_SUD_COUNSELING_NOTES:
      return "telling the named recipient what substance-use counselling notes say";
    case v1::CONSENT_PURPOSE_SUBSTANCE_USE_TREATMENT:
      return "telling the named recipient of treatment for substance use";
    case v1::CONSENT_PURPOSE_RECORDING:
      return "recording sessions: one that is to be recorded is not planned and does not start";
    case v1::CONSENT_PURPOSE_RESEARCH:
      return "use in research, of which this record does none: other systems ask before they do";
    default:
      return "nothing";
  }
}

}  // namespace rapport::intake
