// Invitation codes: an invitation as a person types it, "harbour-7KQF-2MTX-9B3D", instead of its
// token, which is too long to be typed. The agency's name, ten letters at random and two that only
// who has the suite secret can add, so that of a thousand wrong ones all but one are known as such
// without a look at what is stored. Pure, thread-safe.
#pragma once

#include "platform/crypto/agencies.h"
#include "platform/crypto/suite_secret.h"

#include <optional>
#include <string>
#include <string_view>

namespace rapport::crypto {

std::string NewInvitationCode(const SuiteSecret& secret, std::string_view agency);

// Which active agency's code was typed; capitals, blanks and dashes are no matter, nor an O for a
// 0, an I or L for a 1. Nullopt: nobody's of this installation. That it has an agency does not mean
// that it opens anything.
std::optional<std::string> AgencyOfCode(const SuiteSecret& secret, const Agencies& agencies,
                                        std::string_view typed);

// What is looked up of a code: its letters without the agency's name, however they were typed.
// Empty: it has none.
std::string LettersOfCode(std::string_view typed);

}  // namespace rapport::crypto
