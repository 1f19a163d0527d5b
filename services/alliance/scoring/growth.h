// Expected response to therapy, from an agency's own closed cases.
//
// Called by the trajectory. Model of domain.md 8.2: with the first score y1 and the number t of the
// rating, y_t = b0 + b1 y1 + (b2 + b3 y1) ln t + u0 + u1 ln t + e, where a rater's u0 and u1 vary
// together and e is independent; fitted by restricted maximum likelihood. Published trajectories
// are their owners'; nothing of them is in here. Pure, thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rapport::alliance {

// The ratings of one rater with one instrument over one case, in order. `values[0]` is the first.
struct GrowthCase {
  std::vector<double> values;
  bool successful = false;             // the case's own ending: goals reached
  std::optional<std::uint32_t> rater;  // absent: somebody without another case
};
// How many different raters the cases are of.
int RatersOf(std::span<const GrowthCase> cases);

// Fewest raters, each with at least kFewestPoints values, that a model rests on.
inline constexpr int kFewestRaters = 200;
inline constexpr int kFewestPoints = 3;

struct GrowthModel {
  int raters = 0;
  int values = 0;  // without the first ones, which are predictors
  double centre = 0;
  std::array<double, 4> effects = {};  // b0 to b3, of scores less `centre`
  double intercept_variance = 0;       // of u0
  double slope_variance = 0;           // of u1
  double covariance = 0;
  double residual = 0;        // variance of e
  double log_likelihood = 0;  // restricted

  // What is expected of the t-th rating, t at least 1, after a first one of `first`.
  double Expected(double first, int t) const;
  // Between raters and errors, of one such rating.
  double Variance(int t) const;
  // The value that a share of raters, in (0, 1), stays below.
  double Percentile(double first, int t, double share) const;
};

// Of these cases as they are, whatever their number. Absent: fewer than 5 with kFewestPoints
// values, or nothing that the effects could be told from.
std::optional<GrowthModel> FitGrowth(std::span<const GrowthCase> cases);

// What a rater's course is compared with.
struct Trajectory {
  int raters = 0;                         // different, that the model could rest on
  int successful_raters = 0;              // of them, with a case that was successful
  int missing = 0;                        // more that are needed; 0: there is a model
  std::optional<GrowthModel> all;         // the failure line is its 25th percentile
  std::optional<GrowthModel> successful;  // the success line is its median
};

// Below kFewestRaters there is no model and `missing` says how many raters are wanted; of the
// successful ones likewise. Only reliable change around the first score is then to be shown.
Trajectory TrajectoryOf(std::span<const GrowthCase> cases);

}  // namespace rapport::alliance
