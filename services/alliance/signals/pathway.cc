#include "alliance/signals/pathway.h"

#include "alliance/scoring/error.h"

#include <cmath>

namespace rapport::alliance {
namespace {

// The mean of several values and its error.
std::optional<StageValue> MeanOf(std::span<const StageValue> values) {
  if (values.empty()) return std::nullopt;
  const auto n = static_cast<double>(values.size());
  StageValue mean;
  double squares = 0;
  for (const StageValue& one : values) {
    mean.value += one.value / n;
    squares += one.error * one.error / (n * n);
  }
  mean.error = std::sqrt(squares);
  return mean;
}

bool ReliablyBelow(const StageValue& value, const std::optional<StageValue>& reference) {
  if (!reference) return false;
  const double error = std::hypot(value.error, reference->error);
  return reference->value - value.value > kCritical95 * error;
}

std::optional<StageValue> OwnBefore(std::span<const StageValues> before, std::size_t stage) {
  std::array<StageValue, kPathwaySessions> found;
  std::size_t n = 0;
  for (std::size_t i = before.size(); i-- > 0 && n < kPathwaySessions;) {
    if (before[i][stage]) found[n++] = *before[i][stage];
  }
  return MeanOf(std::span(found).first(n));
}

std::optional<StageValue> OtherStages(const StageValues& latest, std::size_t stage) {
  std::array<StageValue, kStages> found;
  std::size_t n = 0;
  for (std::size_t i = 0; i < kStages; ++i) {
    if (i != stage && latest[i]) found[n++] = *latest[i];
  }
  return MeanOf(std::span(found).first(n));
}

}  // namespace

Pathway PathwayOf(const StageValues& latest, std::span<const StageValues> before) {
  Pathway pathway;
  double sum = 0;
  int measured = 0;
  for (std::size_t i = 0; i < kStages; ++i) {
    if (!latest[i]) continue;
    sum += latest[i]->value;
    ++measured;
    StageState& state = pathway.states[i];
    state = StageState::kFine;
    if (ReliablyBelow(*latest[i], OtherStages(latest, i))) state = StageState::kBelowOthers;
    if (ReliablyBelow(*latest[i], OwnBefore(before, i))) state = StageState::kBelowOwn;
    if (state != StageState::kFine && !pathway.first_weak) {
      pathway.first_weak = static_cast<Stage>(i);
    }
  }
  pathway.low_overall = measured > 0 && !pathway.first_weak && sum / measured < kLowOverall;
  return pathway;
}

}  // namespace rapport::alliance
