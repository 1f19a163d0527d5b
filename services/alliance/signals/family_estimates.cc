#include "alliance/signals/family_estimates.h"

#include "alliance/signals/measures.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace rapport::alliance {
namespace {

constexpr double kTen = 10;

double Square(double value) { return value * value; }

std::optional<std::size_t> PartOf(v1::Content content) {
  switch (content) {
    case v1::CONTENT_TASK:
      return 0;
    case v1::CONTENT_GOAL:
      return 1;
    case v1::CONTENT_BOND:
      return 2;
    default:
      return std::nullopt;
  }
}

void Spread(const LevelParameters& level, const RatedSeries& rating,
            FamilyEstimates::Entry& entry) {
  entry.spread.fill(level.sd_share);
  double sum = 0;
  for (const Observation* one : rating.contents) {
    const double share = SdOf(level, *one) / (one->highest - one->lowest);
    if (const auto part = PartOf(one->content)) entry.spread[*part] = share;
    sum += share;
  }
  entry.whole_spread = sum / static_cast<double>(rating.contents.size());
}

}  // namespace

void FamilyEstimates::Advance(const SessionFacts& session) {
  const auto rated = RatedSeriesOf(level_, session.observations);
  // What the others tell of where a rater begins: those known, and those who begin with them.
  const auto begins_at = [&](const std::string& rater) {
    std::vector<Normal> others;
    for (const auto& [key, entry] : entries_) {
      if (key.rater == rater || key.interpersonal != v1::INTERPERSONAL_SELF) continue;
      others.push_back(entry.estimate.Level());
    }
    for (const auto& [key, rating] : rated) {
      if (key.rater == rater || entries_.contains(key)) continue;
      if (key.interpersonal != v1::INTERPERSONAL_SELF) continue;
      others.push_back({rating.Average(), rating.AverageError() + Square(level_.day_sd)});
    }
    return PooledLevel(level_, others);
  };
  std::vector<std::pair<SeriesKey, Entry>> begun;
  for (const auto& [key, rating] : rated) {
    if (entries_.contains(key)) continue;
    begun.emplace_back(key, Entry{.estimate = RunningEstimate(level_, begins_at(key.rater))});
  }
  for (auto& [key, entry] : begun) entries_.emplace(std::move(key), std::move(entry));
  for (auto& [key, entry] : entries_) {
    const auto found = rated.find(key);
    entry.rated = found != rated.end();
    if (!entry.rated) {
      entry.estimate.Observe(level_, session.number, entry.instrument, {});
      continue;
    }
    const RatedSeries& rating = found->second;
    entry.estimate.Observe(level_, session.number, rating.instrument, rating.measures);
    entry.instrument = rating.instrument;
    entry.has_parts = rating.has_parts;
    Spread(level_, rating, entry);
  }
}

EstimatedValue FamilyEstimates::Told(Normal normal, double spread) const {
  const double value = kTen * (level_.center_share + normal.mean * spread);
  return {.value = std::clamp(value, 0.0, kTen),
          .error = kTen * spread * std::sqrt(normal.variance)};
}

std::optional<EstimatedValue> FamilyEstimates::Part(const Entry& entry, std::size_t part) const {
  if (!entry.has_parts) return std::nullopt;
  return Told(entry.estimate.Part(part), entry.spread[part]);
}

EstimatedValue FamilyEstimates::Whole(const Entry& entry) const {
  return Told(entry.estimate.Whole(), entry.whole_spread);
}

}  // namespace rapport::alliance
