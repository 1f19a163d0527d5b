#include "intake/grantor_rules.h"

#include "intake/consent_rules.h"
#include "intake/person_rules.h"
#include "intake/relationship_rules.h"

#include <algorithm>

namespace rapport::intake {
namespace {

using Faults = std::vector<std::pair<std::string, std::string>>;

// Whether the last that the person said themself of what `consent` is to is no.
bool SaidNo(const v1::Consent& consent, const CaseFile& file) {
  std::int64_t no_us = 0, yes_us = 0;
  for (const v1::Consent& earlier : file.consents) {
    if (earlier.member() != consent.member() || earlier.purpose() != consent.purpose() ||
        !IsTo(earlier, consent.recipient(), consent.recipient_name())) {
      continue;
    }
    if (earlier.grantor() == consent.member()) {
      yes_us = std::max(yes_us, Micros(earlier.grant_time()));
    }
    if (earlier.has_revoke_time() && earlier.revoked_by() == consent.member()) {
      no_us = std::max(no_us, Micros(earlier.revoke_time()));
    }
  }
  return no_us != 0 && no_us >= yes_us;
}

void CheckOwn(const v1::Consent& consent, const v1::Member& about, const CaseFile& file,
              Recorder recorder, std::int64_t now_us, Faults& faults) {
  if (IsAdultAt(about, now_us, file.rules.zone)) return;
  if (!MayConsentThemself(file, about, consent.purpose(), now_us)) {
    faults.emplace_back("grantor",
                        "for a minor somebody with the authority; the minor's own is an assent");
  } else if (recorder == Recorder::kMember) {
    faults.emplace_back("grantor",
                        "recorded by a clinician, who finds that the minor understands it");
  } else if (consent.document().empty()) {
    faults.emplace_back("document", "the clinician's finding that the minor understands it");
  }
}

void CheckParent(const v1::Consent& consent, const v1::Member& about, const CaseFile& file,
                 Recorder recorder, std::int64_t now_us, Faults& faults) {
  if (IsAdultAt(about, now_us, file.rules.zone)) {
    faults.emplace_back("authority",
                        "an adult's own, or a guardian's, a court's or a power of attorney's");
    return;
  }
  const v1::Member* parent = FindMember(file, consent.grantor());
  if (parent == nullptr) return;  // outside the client system, or no member, which is said before
  if (HasNoCustody(file, parent->name(), about.name(), now_us)) {
    faults.emplace_back("grantor", "a parent who has custody by the papers on file");
  } else if (recorder == Recorder::kStaff) {
    if (!HasCustody(file, parent->name(), about.name(), now_us) && !IsParentsRole(parent->role())) {
      faults.emplace_back("grantor", "a parent or guardian of this family");
    }
  } else if (!HasCustody(file, parent->name(), about.name(), now_us)) {
    faults.emplace_back("grantor",
                        "a parent or guardian by the genogram (SetRelationship); otherwise staff, "
                        "who see the paper, record it");
  } else if (SaidNo(consent, file)) {
    faults.emplace_back("grantor",
                        "the minor, who took it back; otherwise staff, who speak with the minor, "
                        "record it");
  }
}

void CheckOthers(const v1::Consent& consent, const v1::Member& about, const CaseFile& file,
                 Recorder recorder, std::int64_t now_us, Faults& faults) {
  if (consent.grantor_name().empty()) {
    const v1::Member* grantor = FindMember(file, consent.grantor());
    if (grantor == nullptr || !IsAdultAt(*grantor, now_us, file.rules.zone)) {
      faults.emplace_back("grantor", "an adult of this family");
    }
  }
  if (consent.document().empty()) {
    faults.emplace_back("document", "the paper that gives the authority");
  }
  if (consent.authority() == v1::CONSENT_AUTHORITY_PARENT) {
    CheckParent(consent, about, file, recorder, now_us, faults);
  } else if (recorder == Recorder::kMember) {
    faults.emplace_back("authority", "recorded by staff, who see the paper");
  }
}

}  // namespace

bool MayConsentThemself(const CaseFile& file, const v1::Member& minor, v1::ConsentPurpose purpose,
                        std::int64_t at_us) {
  const bool therapy = purpose == v1::CONSENT_PURPOSE_TREATMENT ||
                       purpose == v1::CONSENT_PURPOSE_CONJOINT_TREATMENT ||
                       purpose == v1::CONSENT_PURPOSE_RATINGS;
  return therapy && AgeAt(minor, at_us, file.rules.zone) >= file.rules.law->own_years;
}

Faults FaultsOfGrantor(const v1::Consent& consent, const v1::Member& about, const CaseFile& file,
                       Recorder recorder, std::int64_t now_us) {
  Faults faults;
  if (consent.grantor().empty() != !consent.grantor_name().empty()) {
    faults.emplace_back("grantor", "exactly one of grantor and grantor_name");
    return faults;
  }
  const bool self = consent.grantor() == about.name();
  if ((consent.authority() == v1::CONSENT_AUTHORITY_SELF) != self) {
    faults.emplace_back("authority", "SELF when, and only when, the member grants it themself");
  }
  if (consent.assent()) {
    if (!self) faults.emplace_back("grantor", "an assent is the minor's own");
    if (IsAdultAt(about, now_us, file.rules.zone)) faults.emplace_back("assent", "adults consent");
  } else if (self) {
    CheckOwn(consent, about, file, recorder, now_us, faults);
  } else {
    CheckOthers(consent, about, file, recorder, now_us, faults);
  }
  return faults;
}

}  // namespace rapport::intake
