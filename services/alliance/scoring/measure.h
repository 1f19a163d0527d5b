// Measures in SD units, and what is assumed of how a rater's answers move when nothing happens.
//
// Used by the running estimate and by the signals: both look at the same numbers in the same way.
// Plain values.
#pragma once

#include <array>
#include <cstddef>

namespace rapport::alliance {

// Parts of an alliance: task, goal and bond; or fewer.
inline constexpr std::size_t kParts = 3;
using Parts = std::array<double, kParts>;
inline constexpr Parts kWholeAlliance = {1.0 / 3, 1.0 / 3, 1.0 / 3};

// One measured number: a weighted sum of the parts with an error, in SD, higher is better.
struct Measure {
  Parts weights{};
  double value = 0;
  double error_variance = 0;  // above 0
  int end = 0;                // 1: at the top of the scale or beyond; -1: at the bottom; 0: between
};

// The normal distribution of one number.
struct Normal {
  double mean = 0;
  double variance = 0;
};

// All SD are in units of the SD between raters that the instrument states. METHOD.md tells each
// figure's source; all are provisional until FigureFit has replaced them.
struct LevelParameters {
  double center_share = 0.78;   // typical score, as a share of the form's range
  double family_sd = 0.50;      // of families about the agency; with rater_sd: an ICC of .3
  double rater_sd = 0.75;       // of raters about their family
  double pair_sd = 0.30;        // of one helper about the rater's level: part of rater_sd
  double part_sd = 0.30;        // of task, goal and bond about the rater's level
  double drift_sd = 0.06;       // of the level, in a session
  double part_drift_sd = 0.03;  // of each part on its own
  double movement_sd = 0.20;    // of the movement that reverts to the level
  double movement_keep = 0.70;  // share of it left after one session
  double day_sd = 0.35;         // of the rater's day, the same for all they rate in a session
  double family_day_sd = 0.25;  // of the day the family shares
  double form_sd = 0.40;        // of a second form's level about the first's
  double alpha = 0.85;          // where a score states no error
  double single_item_reliability = 0.60;
  double sd_share = 0.18;  // SD between raters as a share of the range, where none is stated
};

}  // namespace rapport::alliance
