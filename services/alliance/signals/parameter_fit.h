// FitParameters: the level's parameters from an agency's own quiet stretches.
//
// Called by the command that refits, never while a family is looked at. By the method of moments,
// in closed form; each figure is drawn towards the one assumed before by how little was seen, so
// that a small agency keeps the defaults. Says nothing of events: how often they happen cannot be
// told from stretches chosen because nothing did. Pure.
#pragma once

#include "alliance/signals/monitor_parameters.h"

#include <string>
#include <vector>

namespace rapport::alliance {

// One rating in which nothing was going on: every part in SD, and each part's error variance.
struct QuietRating {
  int session = 0;  // number in the family; grows along a stretch
  Parts values{};
  Parts error_variances{};
};

// One rater's ratings of one target with one form, oldest first.
struct QuietStretch {
  std::string family;
  std::string rater;
  std::vector<QuietRating> ratings;
};

// The figures below which an agency's own data weigh less than what was assumed.
inline constexpr double kFitPriorDifferences = 100;  // successive ratings
inline constexpr double kFitPriorRaters = 50;
inline constexpr double kFitPriorFamilies = 30;

// What was fitted, in the same order as LevelParameters; `version` is one higher.
MonitorParameters FitParameters(const MonitorParameters& before,
                                const std::vector<QuietStretch>& stretches);

}  // namespace rapport::alliance
