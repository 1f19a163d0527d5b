// Break-glass: how long an opening lasts, where it stands, who may review it. Pure.
#pragma once

#include "intake/case_file.h"
#include "platform/base/access_facts.h"
#include "platform/base/machine.h"

#include <rapport/intake/v1/break_glass.pb.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rapport::intake {

// A privacy officer concludes within this of the beginning.
inline constexpr std::int64_t kReviewWithinUs = 72ll * 3'600 * 1'000'000;

// So many may a clinician have within a day, over all families: more is no emergency but a habit.
inline constexpr int kMostADay = 3;
inline constexpr std::int64_t kDayUs = 24ll * 3'600 * 1'000'000;

// When it opens the record: until somebody ends it, else until it expires.
Period PeriodOf(const v1::BreakGlass& grant);

// What happens to one; kTime: it expires.
enum class BreakGlassEvent : std::uint8_t { kGrant, kEnd, kTime, kReview };
using BreakGlassMachine = Machine<v1::BreakGlassState, BreakGlassEvent>;
const BreakGlassMachine& BreakGlassLife();

v1::BreakGlassState StateAt(const v1::BreakGlass& grant, std::int64_t at_us);

// Letters of a reason: with fewer nobody can review it.
inline constexpr int kLeastReason = 10;

// What is wrong with a request for one: (field, what was expected), every fault.
std::vector<std::pair<std::string, std::string>> FaultsOf(
    const v1::GrantBreakGlassRequest& request);

// What is wrong with a review: (field, what was expected), every fault.
std::vector<std::pair<std::string, std::string>> FaultsOf(
    const v1::ReviewBreakGlassRequest& request);

}  // namespace rapport::intake
