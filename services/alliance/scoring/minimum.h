// The least value of a smooth function of a few bounded variables, without derivatives.
//
// Called by the mixed models on their likelihood, which has one valley. Pure.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace rapport::alliance {

// Brent's method (1973, chapter 5) on [low, high]: golden sections, and parabolas where they fit.
// Good to about the square root of a double's precision, which is all that values alone can tell.
template <typename Function>
double Minimum(const Function& function, double low, double high) {
  constexpr double kGolden = 0.3819660112501051;
  constexpr double kTolerance = 1.5e-8;
  double best = low + kGolden * (high - low);
  double second = best;
  double third = best;
  double best_value = function(best);
  double second_value = best_value;
  double third_value = best_value;
  double step = 0;
  double before = 0;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    const double tolerance = kTolerance * std::fabs(best) + 1e-12;
    if (std::fabs(best - middle) <= 2 * tolerance - (high - low) / 2) break;
    bool parabola = false;
    if (std::fabs(before) > tolerance) {
      const double r = (best - second) * (best_value - third_value);
      double q = (best - third) * (best_value - second_value);
      double p = (best - third) * q - (best - second) * r;
      q = 2 * (q - r);
      if (q > 0) p = -p;
      q = std::fabs(q);
      if (std::fabs(p) < std::fabs(q * before / 2) && p > q * (low - best) &&
          p < q * (high - best)) {
        before = step;
        step = p / q;
        parabola = true;
      }
    }
    if (!parabola) {
      before = best < middle ? high - best : low - best;
      step = kGolden * before;
    }
    const double at = best + (std::fabs(step) >= tolerance ? step : std::copysign(tolerance, step));
    const double value = function(at);
    if (value <= best_value) {
      (at < best ? high : low) = best;
      third = second, third_value = second_value;
      second = best, second_value = best_value;
      best = at, best_value = value;
      continue;
    }
    (at < best ? low : high) = at;
    if (value <= second_value || second == best) {
      third = second, third_value = second_value;
      second = at, second_value = value;
    } else if (value <= third_value || third == best || third == second) {
      third = at, third_value = value;
    }
  }
  return best;
}

// Powell's method (1964) within [low, high] of every variable: one variable after the other, then
// along the way they went together, until a round no longer lowers the value by more than rounding
// does. False: not within `max_rounds`; `at` is the best so far.
template <typename Function>
bool MinimumWithin(const Function& function, double low, double high, int max_rounds,
                   std::vector<double>& at) {
  double value = function(at);
  for (int round = 0; round < max_rounds; ++round) {
    const std::vector<double> before = at;
    for (double& variable : at) {
      variable = Minimum(
          [&](double x) {
            variable = x;
            return function(at);
          },
          low, high);
    }
    // The longest step from here that leaves nothing outside.
    double longest = 10;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const double way = at[i] - before[i];
      if (way != 0) longest = std::min(longest, ((way > 0 ? high : low) - at[i]) / way);
    }
    const std::vector<double> reached = at;
    const auto along = [&](double step) {
      for (std::size_t i = 0; i < at.size(); ++i)
        at[i] = reached[i] + step * (reached[i] - before[i]);
      return function(at);
    };
    const double reached_value = function(reached);
    if (longest > 0 && at.size() > 1) {
      const double step = Minimum(along, 0, longest);
      if (along(step) > reached_value) at = reached;
    }
    const double now = function(at);
    if (value - now <= 1e-13 * std::fabs(value)) return true;
    value = now;
  }
  return false;
}

}  // namespace rapport::alliance
