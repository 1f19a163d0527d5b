#include "alliance/signals/measures.h"

#include <algorithm>
#include <set>

namespace rapport::alliance {
namespace {

constexpr double kLeastError = 0.01;

enum class Role : std::uint8_t { kNone, kPart, kExtra, kTotal };

// An extra measures the whole with items of its own; a total is made of the parts.
Role RoleOf(v1::Content content) {
  switch (content) {
    case v1::CONTENT_TASK:
    case v1::CONTENT_GOAL:
    case v1::CONTENT_BOND:
      return Role::kPart;
    case v1::CONTENT_OVERALL:
    case v1::CONTENT_PURPOSE:
      return Role::kExtra;
    case v1::CONTENT_ALLIANCE:
      return Role::kTotal;
    default:
      return Role::kNone;
  }
}

Parts WeightsOf(v1::Content content) {
  switch (content) {
    case v1::CONTENT_TASK:
      return {1, 0, 0};
    case v1::CONTENT_GOAL:
      return {0, 1, 0};
    case v1::CONTENT_BOND:
      return {0, 0, 1};
    default:
      return kWholeAlliance;
  }
}

// What an answer at an end of the scale says: it lies there or beyond.
Measure MeasureOf(const LevelParameters& level, const Observation& observation) {
  const double half = std::max(observation.step / 2, 1e-9);
  double value = observation.value;
  int end = 0;
  if (value >= observation.highest - half) {
    value = observation.highest - observation.step / 2;
    end = 1;
  } else if (value <= observation.lowest + half) {
    value = observation.lowest + observation.step / 2;
    end = -1;
  }
  return {.weights = WeightsOf(observation.content),
          .value = Standardized(level, observation, value),
          .error_variance = ErrorVariance(level, observation),
          .end = observation.lower_better ? -end : end};
}

bool IsSeries(const Observation& observation) {
  const Role role = RoleOf(observation.content);
  if (role == Role::kNone || observation.highest <= observation.lowest) return false;
  if (observation.interpersonal == v1::INTERPERSONAL_SELF) {
    return observation.content != v1::CONTENT_PURPOSE;
  }
  return observation.interpersonal == v1::INTERPERSONAL_WITHIN;
}

}  // namespace

double SdOf(const LevelParameters& level, const Observation& observation) {
  if (observation.sd && *observation.sd > 0) return *observation.sd;
  return level.sd_share * (observation.highest - observation.lowest);
}

double Standardized(const LevelParameters& level, const Observation& observation, double value) {
  const double range = observation.highest - observation.lowest;
  const double above_worst =
      observation.lower_better ? observation.highest - value : value - observation.lowest;
  return (above_worst - level.center_share * range) / SdOf(level, observation);
}

double ErrorVariance(const LevelParameters& level, const Observation& observation) {
  const double sd = SdOf(level, observation);
  const double rounding = observation.step * observation.step / 12 / (sd * sd);
  double error = 1 - (observation.single_item ? level.single_item_reliability : level.alpha);
  if (observation.standard_error) {
    error = *observation.standard_error * *observation.standard_error / (sd * sd);
  }
  return std::max(error + rounding, kLeastError);
}

double RatedSeries::Average() const {
  double sum = 0;
  for (const Measure& measure : measures) sum += measure.value;
  return sum / static_cast<double>(measures.size());
}

double RatedSeries::AverageError() const {
  double sum = 0;
  for (const Measure& measure : measures) sum += measure.error_variance;
  return sum / static_cast<double>(measures.size() * measures.size());
}

Parts RatedSeries::AverageWeights() const {
  Parts average{};
  for (const Measure& measure : measures) {
    for (std::size_t i = 0; i < kParts; ++i) {
      average[i] += measure.weights[i] / static_cast<double>(measures.size());
    }
  }
  return average;
}

std::map<SeriesKey, RatedSeries> RatedSeriesOf(const LevelParameters& level,
                                               std::span<const Observation> observations) {
  std::map<SeriesKey, RatedSeries> all;
  for (const Observation& observation : observations) {
    if (!IsSeries(observation)) continue;
    RatedSeries& series = all[{observation.rater, observation.target, observation.interpersonal}];
    series.contents.push_back(&observation);
    series.instrument = observation.instrument;
    series.provisional = series.provisional || observation.provisional;
    series.has_parts = series.has_parts || RoleOf(observation.content) == Role::kPart;
  }
  for (auto& [key, series] : all) {
    for (const Observation* observation : series.contents) {
      if (series.has_parts && RoleOf(observation->content) == Role::kTotal) continue;
      series.measures.push_back(MeasureOf(level, *observation));
      series.measured.push_back(observation);
    }
  }
  return all;
}

Normal RatedSeries::AverageOf(std::string_view form) const {
  Normal average;
  double count = 0;
  for (std::size_t i = 0; i < measures.size(); ++i) {
    if (measured[i]->instrument != form) continue;
    average.mean += measures[i].value;
    average.variance += measures[i].error_variance;
    count += 1;
  }
  return {average.mean / count, average.variance / (count * count)};
}

void AlignForms(const LevelParameters& level, std::map<SeriesKey, RatedSeries>& rated,
                FamilyMonitor& monitor) {
  for (auto& [key, rating] : rated) {
    std::set<std::string_view> forms;
    for (const Observation* one : rating.measured) forms.insert(one->instrument);
    if (forms.size() < 2) continue;
    const auto found = monitor.series.find(key);
    std::vector<FormOffset> unknown;
    std::vector<FormOffset>& offsets =
        found == monitor.series.end() ? unknown : found->second.forms;
    for (const std::string_view form : forms) FormOf(level, form, offsets);
    const std::string_view best = *std::ranges::min_element(forms, {}, [&](std::string_view form) {
      return FormOf(level, form, offsets).offset.variance;
    });
    rating.instrument = best;
    const Normal base = FormOf(level, best, offsets).offset;
    const Normal there = rating.AverageOf(best);
    for (const std::string_view form : forms) {
      if (form == best) continue;
      const Normal here = rating.AverageOf(form);
      FormOffset& offset = FormOf(level, form, offsets);
      const Normal before = offset.offset;
      // It is one offset for all of them: what their average says is as unsure as it.
      const auto count = std::ranges::count(rating.measured, form, &Observation::instrument);
      for (std::size_t i = 0; i < rating.measures.size(); ++i) {
        if (rating.measured[i]->instrument != form) continue;
        rating.measures[i].value -= before.mean - base.mean;
        rating.measures[i].error_variance += before.variance * static_cast<double>(count);
      }
      const double error = here.variance + there.variance;
      LearnForm({before.mean, before.variance + error}, {here.mean - there.mean + base.mean, 0},
                offset);
    }
  }
}

}  // namespace rapport::alliance
