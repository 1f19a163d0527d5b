// Drop below own baseline: is a rater's latest rating of a target lower than their own before?
//
// Called after each rating, with that rater's ratings of that target. After Gumz and others 2012:
// of the deviation within the person and between persons the stricter counts. Thresholds rest on
// alpha or a convention until an agency has data of its own, so that no test alone makes an alert.
// Looks at nothing later than the latest rating: a stored result stays what it was. Never compares
// two instruments. Pure, thread-safe.
#pragma once

#include "alliance/scoring/series.h"
#include "alliance/signals/finding.h"

#include <map>
#include <optional>
#include <span>

namespace rapport::alliance {

// One rating of the target: what was defined of task, goal, bond and their total.
struct RatingPoints {
  std::map<v1::Content, ScorePoint> points;
  // Given while a drop signal about this rater and target was open: it shows the drop, so that it
  // is no part of what is normal. The rating that raised the signal is under it too.
  bool under_signal = false;
};

// Ratings a baseline has at most, and needs at least.
inline constexpr std::size_t kBaselineMost = 6;
inline constexpr std::size_t kBaselineLeast = 3;

// How far a value lies below what was normal.
struct BaselineDrop {
  double drop = 0;   // mean - value, turned so that above 0 is worse
  double scale = 0;  // s*: the greater of own_sd and the SD between raters
  double mean = 0;
  double own_sd = 0;
};
// `baseline` holds values of the same score, newest first, at most kBaselineMost of them. Absent:
// it has fewer than kBaselineLeast, or the SD between raters is not known.
std::optional<BaselineDrop> DropFromMean(const ScorePoint& latest,
                                         std::span<const double> baseline);

// The three tests of one content of the last rating, oldest rating first: R2, R3a, R3b. Empty: the
// last rating does not have the content, or there is none.
//
// R2: the drop since the last rating with the same instrument is at least the score's reliable
// change, and at least 1.96 * sqrt(2) times the baseline's SD where there is a baseline. R3a: the
// value is at least s* below the baseline's mean; R3b: at least 2 s*. s* is the greater of the
// baseline's SD and the SD between raters. The baseline is up to 6 ratings before, with the same
// instrument and none under a signal; it needs 3.
std::vector<v1::SignalTest> TestDrop(std::span<const RatingPoints> ratings, v1::Content content);

// All contents together. Per content R2 and R3b is strong, R2 and R3a or R3b alone is moderate, one
// of R2 and R3a is weak; a moderate or better finding in two of task, goal and bond is strong.
// Weak: a notice. Moderate: raised as WATCH. Strong: raised as ALERT.
//
// Simulated with the pulse's assumed errors, not measured: of 100 eighth ratings of a steady rater
// 3 raise something and 0.2 an alert (8 and 1.3 when days differ by an SD of 0.9 points); of 100 in
// which trust truly fell by 4 of 10 points, 97 raise something and 69 an alert.
Finding EvaluateDrop(std::span<const RatingPoints> ratings);

}  // namespace rapport::alliance
