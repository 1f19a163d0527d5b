// Rules without a model: what products on the market do, and each single test of domain.md 8.4.
//
// Each looks at one rater's ratings of one helper, as they stand on the form, and speaks of
// ruptures only. Pure.
#pragma once

#include "bench/signals/course.h"

#include <string>
#include <vector>

namespace rapport::bench {

enum class Rule : std::uint8_t {
  kMarket,  // SRS total below 36, or at least 1 point below the last (domain.md 2.4): R0 or R1
  kR0,
  kR1,
  // Below the last, in units of the reliable change 1.96 sqrt(2) SD sqrt(error), by the score that
  // fell most of all scores and their mean. As a score to set thresholds on ..
  kDropSinceLast,
  kR2,  // .. and at 1
  kR3a,
  kR3b,  // 1 and 2 s* below the mean of up to 6 before, at least 3
  kR4,   // XmR chart of up to 6 before, at least 5: beyond a limit, 2 of 3, or 6 falling
  kR6,   // one of task, goal, bond falls by 2 of 10 while the mean falls less than reliably
};
const char* NameOf(Rule rule);

// Statements without posterior. A score that is not a number: the rule does not apply (another
// form, another claim, no rating) or has too little history to speak.
Statements Apply(Rule rule, const Family& family);

}  // namespace rapport::bench
