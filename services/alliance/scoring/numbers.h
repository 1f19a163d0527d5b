// Sums, means and variances in one fixed order: from the first value to the last, in IEEE double.
//
// Called by scoring and signals. The order is part of the result: the same values in the same order
// give the same bits on every machine (the build has no -ffast-math and no contraction). Pure.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace rapport::alliance {

inline double Sum(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

// Absent: no values.
inline std::optional<double> Mean(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  return Sum(values) / static_cast<double>(values.size());
}

// About the mean, with n - 1. Two passes, since one pass loses digits. Absent: fewer than 2 values.
inline std::optional<double> SampleVariance(std::span<const double> values) {
  if (values.size() < 2) return std::nullopt;
  const double mean = *Mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / static_cast<double>(values.size() - 1);
}

inline std::optional<double> SampleDeviation(std::span<const double> values) {
  const std::optional<double> variance = SampleVariance(values);
  if (!variance) return std::nullopt;
  return std::sqrt(*variance);
}

// The middle value, or the mean of the two in the middle. Absent: no values.
inline std::optional<double> Median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
}

}  // namespace rapport::alliance
