// How far people agree on a goal: the goal consensus index and misreadings. The index, its
// thresholds and the values of stances are the suite's own rule; no published index exists. That
// each side's belief about the other's goal is asked beside the goals themselves follows the
// Norwegian couple study, in which partners who both wanted to improve separated in 7.8 % of cases
// and those who both wanted to clarify in 56 %. Pure.
#pragma once

#include "goals/values.h"

#include <rapport/goals/v1/plan.pb.h>

#include <optional>
#include <span>
#include <vector>

namespace rapport::goals {

// endorses 1, accepts 0.75, neutral 0.5, objects 0. Nullopt: unaware or unspecified.
std::optional<double> ValueOf(v1::StanceKind kind);

struct Consensus {
  std::optional<double> index;     // 0 to 1; nullopt: nobody has a known stance but unaware
  std::optional<double> coverage;  // 0 to 1; nullopt: there is no member
  bool shared = false;
};

// Of the members' stances to one goal, one entry a member, unspecified where none is known:
// index = sum of values / n over those with a value, coverage = n / members. Shared: index at least
// 0.75, nobody objects, coverage 1. Does not depend on the order.
Consensus ConsensusOf(std::span<const v1::StanceKind> members);

// |perceived - actual| > 0.5, of members' beliefs about people whose own stance has a value.
// `stances` are the newest stances to one goal; the result is in their order.
std::vector<v1::Misreading> MisreadingsOf(std::span<const v1::Stance* const> stances);

}  // namespace rapport::goals
