#include "bench/signals/report.h"

#include <cmath>

namespace rapport::bench {
namespace {

using Pairs = std::vector<std::pair<double, double>>;

// Two-sided 95 % points of Student's t; 1.96 beyond the table, within 0.02.
double StudentT(std::size_t degrees) {
  constexpr double kPoints[] = {12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                                2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
                                2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
                                2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
  if (degrees == 0) return std::numeric_limits<double>::infinity();
  return degrees <= std::size(kPoints) ? kPoints[degrees - 1] : 1.98;
}

void SetInterval(const std::vector<double>& seeds, Estimate& estimate) {
  const auto count = static_cast<double>(seeds.size());
  double mean = 0, square = 0;
  for (const double seed : seeds) mean += seed / count;
  for (const double seed : seeds) square += (seed - mean) * (seed - mean);
  if (seeds.size() < 2) return;
  const double error = std::sqrt(square / (count - 1) / count);
  const double half = StudentT(seeds.size() - 1) * error;
  estimate.low = estimate.value - half;
  estimate.high = estimate.value + half;
}

Estimate Sum(const Pairs& seeds) {
  Estimate sum;
  for (const auto& [numerator, denominator] : seeds) {
    sum.numerator += numerator;
    sum.denominator += denominator;
  }
  sum.value = sum.denominator > 0 ? sum.numerator / sum.denominator : 0;
  sum.low = sum.high = sum.value;
  return sum;
}

}  // namespace

Estimate Over(const Pairs& seeds) {
  Estimate estimate = Sum(seeds);
  std::vector<double> shares;
  for (const auto& [numerator, denominator] : seeds) {
    if (denominator > 0) shares.push_back(numerator / denominator);
  }
  SetInterval(shares, estimate);
  return estimate;
}

Estimate RatioOver(const Pairs& numerators, const Pairs& denominators) {
  const Estimate above = Sum(numerators), below = Sum(denominators);
  Estimate estimate{.numerator = above.value, .denominator = below.value};
  if (below.value > 0) estimate.value = above.value / below.value;
  estimate.low = estimate.high = estimate.value;
  std::vector<double> ratios;
  for (std::size_t k = 0; k < numerators.size(); ++k) {
    const auto& [a, n] = numerators[k];
    const auto& [b, m] = denominators[k];
    if (n > 0 && m > 0 && b > 0) ratios.push_back(a / n / (b / m));
  }
  SetInterval(ratios, estimate);
  return estimate;
}

}  // namespace rapport::bench
