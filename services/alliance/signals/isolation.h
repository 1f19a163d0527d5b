// Isolation: is somebody in the family being left out of the work?
//
// Called after each rating, each held session and each change of goals, for each member. A rule of
// this suite: none is published. Suppressed where a plan or a young age explains the silence,
// without telling which. Pure, thread-safe.
#pragma once

#include "alliance/signals/finding.h"
#include "alliance/signals/isolation_facts.h"

#include <cstddef>

namespace rapport::alliance {

inline constexpr double kIsolationAlert = 0.50;
inline constexpr double kIsolationWatch = 0.35;
// With less of the weights known, the index alone is weak evidence.
inline constexpr int kSolidWeightPercent = 70;

// Every member has one entry for each session of the family. An alert by any hard trigger or an
// index of 0.50; a watch from 0.35. Evidence: strong with two triggers, or one and the index;
// moderate with one trigger, or the index at 0.50 on most of its weight; weak otherwise.
Finding EvaluateIsolation(const FamilyFacts& family, std::size_t member);

}  // namespace rapport::alliance
