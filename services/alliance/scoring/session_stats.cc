#include "alliance/scoring/session_stats.h"

#include "alliance/scoring/numbers.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace rapport::alliance {

SessionStats StatsOf(std::span<const std::optional<double>> scores,
                     std::optional<double> previous_mean) {
  SessionStats stats;
  std::vector<double> defined;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!scores[i]) continue;
    const double score = *scores[i];
    defined.push_back(score);
    if (!stats.min || score < *stats.min - 1e-9 * std::max(1.0, std::fabs(*stats.min))) {
      stats.lowest = i;
    }
    stats.min = stats.min ? std::min(*stats.min, score) : score;
    stats.max = stats.max ? std::max(*stats.max, score) : score;
  }
  stats.n = static_cast<int>(defined.size());
  if (defined.empty()) return stats;
  stats.mean = Mean(defined);
  stats.sd = SampleDeviation(defined);
  stats.gap = *stats.max - *stats.min;
  if (previous_mean) stats.change = *stats.mean - *previous_mean;
  return stats;
}

}  // namespace rapport::alliance
