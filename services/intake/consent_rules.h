// Consents: which are in force, what must stand in one, who may give it. Pure.
#pragma once

#include "intake/case_file.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::intake {

// When it ends, microseconds; 0: not by itself. What somebody else gave for a minor ends the day
// the minor is of age: from then on nobody but themself can give it. `about` may be null.
std::int64_t EndUs(const v1::Consent& consent, const v1::Member* about);

v1::ConsentState StateAt(const v1::Consent& consent, const v1::Member* about, std::int64_t at_us);

// A release of `member`'s record to that recipient in force; null: there is none.
const v1::Consent* ReleaseTo(const CaseFile& file, std::string_view member,
                             std::string_view recipient, std::string_view recipient_name,
                             std::int64_t at_us);

// Exactly what the consent names; names of outsiders without regard to case.
bool IsTo(const v1::Consent& consent, std::string_view recipient, std::string_view recipient_name);

// Whether `member` has a consent for `purpose` in force. A minor's own assent does not count as
// one.
bool HasConsentAt(const CaseFile& file, std::string_view member, v1::ConsentPurpose purpose,
                  std::int64_t at_us);

// What is wrong with a consent about to be granted: (field, what was expected), every fault. Fields
// are relative to the consent.
std::vector<std::pair<std::string, std::string>> FaultsOf(const v1::Consent& consent,
                                                          const CaseFile& file,
                                                          std::int64_t now_us);

// What each purpose gates, in words a person understands.
std::string_view WhatItGates(v1::ConsentPurpose purpose);

}  // namespace rapport::intake
