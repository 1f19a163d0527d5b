#include "intake/consent_rules.h"

#include "intake/person_rules.h"
#include "platform/base/strings.h"

#include <absl/strings/match.h>

#include <algorithm>

namespace rapport::intake {
namespace {

using Faults = std::vector<std::pair<std::string, std::string>>;

void CheckGrantor(const v1::Consent& consent, const v1::Member& about, const CaseFile& file,
                  std::int64_t now_us, Faults& faults) {
  const bool by_name = !consent.grantor_name().empty();
  if (consent.grantor().empty() != by_name) {
    faults.emplace_back("grantor", "exactly one of grantor and grantor_name");
    return;
  }
  const bool self = consent.grantor() == about.name();
  const bool by_right = consent.authority() == v1::CONSENT_AUTHORITY_SELF;
  if (by_right != self) {
    faults.emplace_back("authority", "SELF when, and only when, the member grants it themself");
  }
  if (consent.assent()) {
    if (!self) faults.emplace_back("grantor", "an assent is the minor's own");
    if (IsAdultAt(about, now_us)) faults.emplace_back("assent", "adults consent");
    return;
  }
  if (self && !IsAdultAt(about, now_us)) {
    faults.emplace_back("grantor",
                        "for a minor somebody with the authority; the minor's own is an assent");
  }
  if (!self && !by_name) {
    const v1::Member* grantor = FindMember(file, consent.grantor());
    if (grantor == nullptr || !IsAdultAt(*grantor, now_us)) {
      faults.emplace_back("grantor", "an adult of this family");
    }
  }
  if (!self && consent.document().empty()) {
    faults.emplace_back("document", "the paper that gives the authority");
  }
}

}  // namespace

std::int64_t EndUs(const v1::Consent& consent, const v1::Member* about) {
  std::int64_t end_us = consent.has_revoke_time() ? Micros(consent.revoke_time()) : 0;
  const auto ends = [&](std::int64_t at_us) {
    if (end_us == 0 || at_us < end_us) end_us = at_us;
  };
  if (consent.has_expire_time()) ends(Micros(consent.expire_time()));
  const bool by_a_right_that_ends = consent.authority() != v1::CONSENT_AUTHORITY_COURT_ORDER &&
                                    consent.authority() != v1::CONSENT_AUTHORITY_POWER_OF_ATTORNEY;
  if (about != nullptr && by_a_right_that_ends && consent.grantor() != about->name()) {
    const auto majority_us = MajorityUs(*about);
    if (majority_us && Micros(consent.grant_time()) < *majority_us) ends(*majority_us);
  }
  return end_us;
}

v1::ConsentState StateAt(const v1::Consent& consent, const v1::Member* about, std::int64_t at_us) {
  if (consent.has_revoke_time() && Micros(consent.revoke_time()) <= at_us) {
    return v1::CONSENT_STATE_REVOKED;
  }
  const std::int64_t end_us = EndUs(consent, about);
  return end_us != 0 && end_us <= at_us ? v1::CONSENT_STATE_EXPIRED : v1::CONSENT_STATE_IN_FORCE;
}

bool IsTo(const v1::Consent& consent, std::string_view recipient, std::string_view recipient_name) {
  return consent.recipient() == recipient &&
         absl::EqualsIgnoreCase(consent.recipient_name(), Absl(recipient_name));
}

const v1::Consent* ReleaseTo(const CaseFile& file, std::string_view member,
                             std::string_view recipient, std::string_view recipient_name,
                             std::int64_t at_us) {
  const v1::Member* about = FindMember(file, member);
  for (const v1::Consent& consent : file.consents) {
    if (consent.member() == member && consent.purpose() == v1::CONSENT_PURPOSE_RELEASE &&
        !consent.assent() && IsTo(consent, recipient, recipient_name) &&
        Micros(consent.grant_time()) <= at_us &&
        StateAt(consent, about, at_us) == v1::CONSENT_STATE_IN_FORCE) {
      return &consent;
    }
  }
  return nullptr;
}

bool HasConsentAt(const CaseFile& file, std::string_view member, v1::ConsentPurpose purpose,
                  std::int64_t at_us) {
  const v1::Member* about = FindMember(file, member);
  return std::any_of(file.consents.begin(), file.consents.end(), [&](const v1::Consent& consent) {
    return consent.member() == member && consent.purpose() == purpose && !consent.assent() &&
           Micros(consent.grant_time()) <= at_us &&
           StateAt(consent, about, at_us) == v1::CONSENT_STATE_IN_FORCE;
  });
}

Faults FaultsOf(const v1::Consent& consent, const CaseFile& file, std::int64_t now_us) {
  Faults faults;
  const v1::Member* about = FindMember(file, consent.member());
  if (about == nullptr) {
    faults.emplace_back("member", "a member of this family");
  } else {
    CheckGrantor(consent, *about, file, now_us, faults);
  }
  const int recipients =
      (consent.recipient().empty() ? 0 : 1) + (consent.recipient_name().empty() ? 0 : 1);
  const bool release = consent.purpose() == v1::CONSENT_PURPOSE_RELEASE;
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
    case v1::CONSENT_PURPOSE_RECORDING:
      return "recording sessions";
    case v1::CONSENT_PURPOSE_RESEARCH:
      return "use in research";
    default:
      return "nothing";
  }
}

}  // namespace rapport::intake
