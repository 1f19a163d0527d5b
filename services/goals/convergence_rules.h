// Homework beside the alliance: what doers see of task and goal, and whether they do more where
// they agree more on the tasks (research: domain.md 7.2). For professionals only. Pure.
#pragma once

#include "goals/alliance_source.h"
#include "goals/values.h"

#include <rapport/goals/v1/homework.pb.h>
#include <rapport/goals/v1/progress.pb.h>

#include <optional>
#include <string>
#include <vector>

namespace rapport::goals {

// Fewer pairs give no correlation, and nobody is asked for estimates.
inline constexpr int kLeastPairs = 6;

// One for each helper whom a doer rated: the session that they rated last. Doers in the order of
// the terms, helpers in the order of the estimates.
std::vector<v1::DoerAlliance> DoerAllianceOf(const v1::HomeworkTerms& terms,
                                             const Estimates& estimates);

// What pairs there are of `member`, and how the two sides go together. Sessions are those held.
v1::TaskConvergence TaskConvergenceOf(const Work& work, const std::string& member,
                                      const std::vector<HeldSession>& sessions,
                                      const Estimates& estimates);

// Pearson's correlation of x and y, which are of the same length, -1 to 1. Nullopt: fewer than
// kLeastPairs, or one of them never changes.
std::optional<double> CorrelationOf(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace rapport::goals
