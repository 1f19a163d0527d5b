#include "alliance/scoring/series.h"

#include "alliance/scoring/trend.h"

#include <algorithm>

namespace rapport::alliance {

std::optional<ScorePoint> PointOf(const v1::Instrument& instrument, const Scores& scores,
                                  v1::Content content, v1::Interpersonal interpersonal,
                                  int session_number, int rater_age_years) {
  const v1::ScoreDefinition* definition = FindScore(instrument, content, interpersonal);
  if (definition == nullptr) return std::nullopt;
  const v1::Score* score = FindScored(scores, definition->code());
  if (score == nullptr || !score->has_value()) return std::nullopt;
  const ScoreRange range = RangeOf(instrument, *definition);
  ScorePoint point{.session_number = session_number,
                   .instrument = instrument.name(),
                   .value = score->value(),
                   .lowest = range.lowest,
                   .highest = range.highest,
                   .sd = FindDeviation(instrument, definition->code(), rater_age_years)};
  if (score->has_standard_error()) point.standard_error = score->standard_error();
  if (score->has_reliable_change()) point.reliable_change = score->reliable_change();
  point.lower_better = instrument.direction() == v1::DIRECTION_LOWER_BETTER;
  point.beyond_cutoff = score->beyond_cutoff();
  point.provisional = score->provisional();
  return point;
}

std::optional<v1::MapValue> Estimate(std::span<const ScorePoint> series) {
  if (series.empty()) return std::nullopt;
  const ScorePoint& latest = series.back();
  v1::MapValue estimate;
  estimate.set_value(latest.value);
  estimate.set_lowest(latest.lowest);
  estimate.set_highest(latest.highest);
  estimate.set_provisional(latest.provisional);
  estimate.set_instrument(latest.instrument);
  estimate.set_beyond_cutoff(latest.beyond_cutoff);
  if (latest.standard_error) estimate.set_standard_error(*latest.standard_error);

  std::vector<TrendPoint> points;
  for (auto point = series.rbegin(); point != series.rend(); ++point) {
    if (points.size() == kSlopeRatings) break;
    if (point->instrument != latest.instrument) continue;
    points.push_back({.x = static_cast<double>(point->session_number), .y = point->value});
  }
  std::reverse(points.begin(), points.end());
  if (const std::optional<Trend> trend = FitTrend(points)) {
    estimate.set_slope(trend->slope);
    estimate.set_slope_standard_error(trend->standard_error);
    estimate.set_slope_ratings(trend->n);
  }
  return estimate;
}

}  // namespace rapport::alliance
