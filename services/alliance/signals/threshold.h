// How a value is compared with a threshold. Used by the single tests. Pure, thread-safe.
#pragma once

#include <algorithm>
#include <cmath>

namespace rapport::alliance {

// Equal within rounding counts as reached: 1e-9 of the threshold's size.
inline double ThresholdSlack(double threshold) {
  return 1e-9 * std::max(1.0, std::fabs(threshold));
}
inline bool AtLeast(double value, double threshold) {
  return value >= threshold - ThresholdSlack(threshold);
}
inline bool AtMost(double value, double threshold) {
  return value <= threshold + ThresholdSlack(threshold);
}

}  // namespace rapport::alliance
