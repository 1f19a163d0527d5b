// Consents: which are in force, what must stand in one, who may give it. Pure.
#pragma once

#include "intake/case_file.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::intake {

v1::ConsentState StateAt(const v1::Consent& consent, std::int64_t at_us);

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
