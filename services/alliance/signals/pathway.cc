#include "alliance/signals/pathway.h"

#include "alliance/scoring/error.h"
#include "alliance/scoring/normal.h"
#include "alliance/signals/stage_course.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace rapport::alliance {
namespace {

// How often a rating in which nothing happened may name a stage: one against all else that is known
// of the rater, and where the whole rating is compared with those before.
constexpr double kStageRate = 0.05, kWholeRate = 0.01;

// The mean of several values and its error.
struct MeanValue {
  double value = 0;
  double error = 0;
  std::size_t count = 0;
};
std::optional<MeanValue> MeanOf(std::span<const StageValue> values) {
  if (values.empty()) return std::nullopt;
  const auto n = static_cast<double>(values.size());
  MeanValue mean{.count = values.size()};
  double squares = 0;
  for (const StageValue& one : values) {
    mean.value += one.value / n;
    squares += one.error * one.error / (n * n);
  }
  mean.error = std::sqrt(squares);
  return mean;
}

std::optional<MeanValue> OwnBefore(std::span<const StageValues> before, std::size_t stage) {
  std::array<StageValue, kPathwaySessions> found;
  std::size_t n = 0;
  for (std::size_t i = before.size(); i-- > 0 && n < kPathwaySessions;) {
    if (before[i][stage]) found[n++] = *before[i][stage];
  }
  return MeanOf(std::span(found).first(n));
}

std::optional<MeanValue> OtherStages(const StageValues& latest, std::size_t stage) {
  std::array<StageValue, kStages> found;
  std::size_t n = 0;
  for (std::size_t i = 0; i < kStages; ++i) {
    if (i != stage && latest[i]) found[n++] = *latest[i];
  }
  return MeanOf(std::span(found).first(n));
}

// A stage's distance below what was to be expected, and the SD of it when nothing happened.
struct Shortfall {
  double by = 0;
  double sd = 0;
};

// The shortfall from which on a stage is weak, the same for all: so large that the quiet rating
// names any with kStageRate at most. Stages that are measured poorly get more of the rate; by the
// same share for each, single items would hardly ever be named.
double LeastShortfall(std::span<const Shortfall> stages) {
  double low = 0, high = 0;
  for (const Shortfall& one : stages) {
    high = std::max(high, one.sd * NormalQuantile(1 - kStageRate / kStages));
  }
  for (int step = 0; step < 40; ++step) {
    const double middle = (low + high) / 2;
    double rate = 0;
    for (const Shortfall& one : stages) rate += NormalBelow(-middle / one.sd);
    (rate > kStageRate ? low : high) = middle;
  }
  return high;
}

// Whether the whole rating lies below those before.
bool WholeFell(const StageValues& latest, const std::array<std::optional<MeanValue>, kStages>& own,
               const LevelParameters& level) {
  double fall = 0, errors = 0, sd = 0;
  std::size_t stages = 0, sessions = kPathwaySessions;
  for (std::size_t i = 0; i < kStages; ++i) {
    if (!latest[i] || !own[i]) continue;
    ++stages;
    sessions = std::min(sessions, own[i]->count);
    fall += own[i]->value - latest[i]->value;
    errors += latest[i]->error * latest[i]->error + own[i]->error * own[i]->error;
    sd += latest[i]->sd;
  }
  if (stages == 0) return false;
  const auto n = static_cast<double>(stages);
  const double days = ComesAndGoes(level) * (1 + 1.0 / static_cast<double>(sessions));
  const double error = std::sqrt(errors / (n * n) + days * (sd / n) * (sd / n));
  return fall / n > NormalQuantile(1 - kWholeRate) * error;
}

bool BelowByError(const StageValue& value, const MeanValue& own) {
  return own.value - value.value > kCritical95 * std::hypot(value.error, own.error);
}

// A weak stage lies below what it is farthest below.
StageState WeakState(const StageValues& latest, std::size_t stage,
                     const std::optional<MeanValue>& own) {
  const auto others = OtherStages(latest, stage);
  const bool own_farther = own && (!others || own->value >= others->value);
  return own_farther ? StageState::kBelowOwn : StageState::kBelowOthers;
}

}  // namespace

Pathway PathwayOf(const StageValues& latest, std::span<const StageValues> before,
                  const LevelParameters& level) {
  StageCourse course(level);
  for (const StageValues& rating : before) course.TakeIn(rating);
  Pathway pathway;
  std::array<std::optional<MeanValue>, kStages> own;
  std::array<Shortfall, kStages> shortfalls;
  std::vector<Shortfall> measured;
  double sum = 0;
  for (std::size_t i = 0; i < kStages; ++i) {
    own[i] = OwnBefore(before, i);
    if (!latest[i]) continue;
    sum += latest[i]->value;
    const Normal expected = course.Expected(latest, i);
    shortfalls[i] = {.by = expected.mean - latest[i]->value / latest[i]->sd,
                     .sd = std::sqrt(expected.variance)};
    measured.push_back(shortfalls[i]);
  }
  const double least = LeastShortfall(measured);
  const bool whole_fell = WholeFell(latest, own, level);
  for (std::size_t i = 0; i < kStages; ++i) {
    if (!latest[i]) continue;
    StageState& state = pathway.states[i];
    state = StageState::kFine;
    if (whole_fell && own[i] && BelowByError(*latest[i], *own[i])) state = StageState::kBelowOwn;
    if (shortfalls[i].by > least) state = WeakState(latest, i, own[i]);
    if (state != StageState::kFine && !pathway.first_weak) {
      pathway.first_weak = static_cast<Stage>(i);
    }
  }
  const auto count = static_cast<double>(measured.size());
  pathway.low_overall = !measured.empty() && !pathway.first_weak && sum / count < kLowOverall;
  return pathway;
}

}  // namespace rapport::alliance
