// A straight line through scores over sessions, by ordinary least squares.
//
// Called for the alliance map and for reports. Pure, thread-safe.
#pragma once

#include <optional>
#include <span>

namespace rapport::alliance {

// One point: `x` is the number of the session, `y` the score.
struct TrendPoint {
  double x = 0;
  double y = 0;
};

// The fitted line. `y = intercept + slope * x`; errors assume independent normal residuals.
struct Trend {
  int n = 0;
  double intercept = 0;
  double slope = 0;           // score points per unit of x
  double standard_error = 0;  // of the slope, with n - 2 degrees of freedom
  double low = 0;             // 95 per cent interval of the slope
  double high = 0;
  // P of a slope this far from 0 if there were none, two-sided. Absent: all y are equal.
  std::optional<double> p;
  // Share of the variance of y that the line explains. Absent: all y are equal.
  std::optional<double> r_squared;
};

// Absent: fewer than 3 points, or all x are equal.
std::optional<Trend> FitTrend(std::span<const TrendPoint> points);

}  // namespace rapport::alliance
