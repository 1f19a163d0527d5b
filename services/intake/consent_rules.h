// Consents: which are in force, what must stand in one, who may give it. Pure.
#pragma once

#include "intake/case_file.h"
#include "intake/grantor_rules.h"
#include "platform/base/machine.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::intake {

// When it ends, microseconds; 0: not by itself. What somebody else gave for a minor ends the day
// the minor is of age, and counts for nothing where an adult's parent gave it. `about` may be null.
std::int64_t EndUs(const v1::Consent& consent, const v1::Member* about, const absl::TimeZone& zone);

// What happens to one; kTime: it ends by itself (EndUs).
enum class ConsentEvent : std::uint8_t { kGrant, kRevoke, kTime };
using ConsentMachine = Machine<v1::ConsentState, ConsentEvent>;
const ConsentMachine& ConsentLife();

v1::ConsentState StateAt(const v1::Consent& consent, const v1::Member* about, std::int64_t at_us,
                         const absl::TimeZone& zone);

// Of what is told to somebody outside: each such consent names one recipient.
bool NamesRecipient(v1::ConsentPurpose purpose);

// What is asked: may `purpose` be done with `member`? What NamesRecipient is asked with the
// recipient, by resource name or by words. A release is none of what psychotherapy or substance-use
// counselling notes say, nor the other way round.
struct ConsentQuestion {
  std::string_view member;
  v1::ConsentPurpose purpose = v1::CONSENT_PURPOSE_UNSPECIFIED;
  std::string_view recipient, recipient_name;
};

struct ConsentFinding {
  bool permitted = false;
  std::vector<const v1::Consent*> rests_on;  // empty when not permitted
  // Whose consent, or for the minor themself whose assent, is not there, as far as the file says
  // who it must be. Member names.
  std::vector<std::string> missing;
  std::int64_t until_us = 0;  // when the first of what it rests on ends; 0: none does by itself
};

// For an adult their own consent, or that of somebody who may give it. For a minor
// (CaseFile::rules) their own where the law lets them, or that of a guardian, of whom a court or a
// paper named, or of each parent who is asked; and where the agency asks for it the minor's assent
// beside it.
ConsentFinding FindConsent(const CaseFile& file, const ConsentQuestion& question,
                           std::int64_t at_us);

// Whose will a revocation may be: of the member it is about or of the grantor, by name; empty where
// the grantor is outside the client system.
bool MayBeRevokedBy(const v1::Consent& consent, std::string_view revoked_by);

// Whether `consent`, if in force, ends when `revoked` is: a no is to what is done and to whom it is
// told, however often a yes to it was recorded. The member's own no ends everybody's yes for them;
// a grantor's their own only. A minor's assent and the consents beside it are different things.
bool EndsWith(const v1::Consent& consent, const v1::Consent& revoked, std::string_view revoked_by);

// When `purpose` is permitted, each [from, to) in order, apart from each other; to 0: without end.
struct Span {
  std::int64_t from_us = 0, to_us = 0;
  friend bool operator==(const Span&, const Span&) = default;
};
std::vector<Span> WhenPermitted(const CaseFile& file, std::string_view member,
                                v1::ConsentPurpose purpose);

// Parents and guardians who are asked for a minor at that time, in the order of the file; empty:
// anybody with the authority will do.
std::vector<std::string> ParentsAskedFor(const CaseFile& file, const v1::Member& minor,
                                         std::int64_t at_us);

// Exactly what the consent names; names of outsiders without regard to case.
bool IsTo(const v1::Consent& consent, std::string_view recipient, std::string_view recipient_name);

// Whether FindConsent permits it.
bool HasConsentAt(const CaseFile& file, std::string_view member, v1::ConsentPurpose purpose,
                  std::int64_t at_us);

// What is wrong with a consent about to be granted: (field, what was expected), every fault. Fields
// are relative to the consent.
std::vector<std::pair<std::string, std::string>> FaultsOf(const v1::Consent& consent,
                                                          const CaseFile& file, Recorder recorder,
                                                          std::int64_t now_us);

// What each purpose gates, in words a person understands.
std::string_view WhatItGates(v1::ConsentPurpose purpose);

}  // namespace rapport::intake
