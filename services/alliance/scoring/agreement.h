// Within-group agreement: r_wg of one value, r_wg(J) of several items.
//
// Called for agency reports, never for one family's own page: with two to four raters the index is
// unstable. Formulas: James, Demaree and Wolf 1984. Pure.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace rapport::alliance {

// Variance of answers given at random among `options` equally likely ones, `spacing` apart:
// (A^2 - 1) / 12 * spacing^2. 4 for 1 to 7; 8.5 for 0 to 10 in tenths; 12.5 for five faces 2.5
// apart.
double UniformVariance(int options, double spacing);
// The same of a bipolar scale without a middle: the whole numbers from `lowest` below 0 to
// `highest` above it, without 0. 28 / 6 for -3 to 3.
double BipolarVariance(int lowest, int highest, double spacing);

// An index as it is shown, and as it was computed.
struct Agreement {
  double value = 0;  // in [0, 1]; 0 where the raw one is outside
  double raw = 0;
  int raters = 0;
};

// 1 - s^2 / `null_variance`, which is above 0. Absent: fewer than 2 raters.
std::optional<Agreement> RWg(std::span<const double> values, double null_variance);

// One row a rater, one column an item; a missing answer is absent. Raters with a missing answer are
// left out. J(1 - q) / (J(1 - q) + q), q = mean item variance / `null_variance`. Absent: fewer than
// 2 complete raters, no items, or rows of different length.
std::optional<Agreement> RWgJ(std::span<const std::vector<std::optional<double>>> ratings,
                              double null_variance);

}  // namespace rapport::alliance
