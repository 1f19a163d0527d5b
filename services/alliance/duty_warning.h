// DutyWarning: says where a member's concern would be before nobody but the family's own helpers,
// since the agency has nobody on duty: once when the process starts, and as a number in the
// metrics.
#pragma once

#include "platform/crypto/agencies.h"

#include <cstddef>

namespace rapport::alliance {

// A warning in the log for each active agency with nobody on duty. How many they are.
std::size_t WarnOfNobodyOnDuty(const crypto::Agencies& agencies);

}  // namespace rapport::alliance
