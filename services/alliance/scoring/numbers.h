// How numbers are held, added and rounded in scoring and signals; sums, means and variances.
//
// An answer is a whole number of steps and a step a whole number of thousandths (Scale): no answer
// is ever a fraction, so that 0.1 + 0.2 is 3 steps and never 0.30000000000000004. Items are
// reversed and added as whole numbers of 64 bits, which no order of answers can change, and divided
// once: an item score is the double nearest to the exact quotient. From there on everything is IEEE
// double without -ffast-math and without contraction, added in one fixed order (here from the first
// value to the last; composites in the order of their definition), so that the same ratings give
// the same bits on every machine, after a restart and in a rebuild. Decimals of a fixed number of
// digits are not used: 13/3 has none, and a mean rounded when it is stored would make sums of
// subscales disagree with their total and a change of exactly the threshold depend on which of two
// roundings came first. Nothing in here rounds. Exports take the shortest digits that read back as
// the same double (std::to_chars), tables for people one or two decimals; comparisons that must not
// turn on a last bit allow 1e-9 of the size and say so. Tolerances against other packages:
// tests/data/oracle/README.md.
//
// Called by scoring and signals. Pure.
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
