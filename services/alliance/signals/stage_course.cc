#include "alliance/signals/stage_course.h"

namespace rapport::alliance {
namespace {

// Nobody is compared with other raters: where somebody's level lies is left to their own answers.
constexpr double kAnyLevelVariance = 100;
constexpr std::size_t kDay = kStages;

}  // namespace

StageCourse::StageCourse(const LevelParameters& level) : level_(level) {
  for (std::size_t i = 0; i < kStages; ++i) {
    state_.mean[i] = level.center_share * 10 / StageValue().sd;
    for (std::size_t j = 0; j < kStages; ++j) state_.cov[i][j] = kAnyLevelVariance;
    state_.cov[i][i] += level.part_sd * level.part_sd;
  }
}

StageCourse::State StageCourse::WithDay() const {
  State state = state_;
  state.mean[kDay] = 0;
  for (std::size_t i = 0; i < kStages; ++i) state.cov[i][kDay] = state.cov[kDay][i] = 0;
  state.cov[kDay][kDay] = ComesAndGoes(level_);
  return state;
}

void StageCourse::Observe(const StageValue& value, std::size_t stage, State& state) {
  State::Vector seen{};
  seen[stage] = seen[kDay] = 1;
  const double error = value.error / value.sd;
  state.Observe(seen, value.value / value.sd, error * error);
}

void StageCourse::TakeIn(const StageValues& rating) {
  State state = WithDay();
  for (std::size_t i = 0; i < kStages; ++i) {
    if (rating[i]) Observe(*rating[i], i, state);
  }
  for (std::size_t i = 0; i < kStages; ++i) {
    for (std::size_t j = 0; j < kStages; ++j) state.cov[i][j] += level_.drift_sd * level_.drift_sd;
    state.cov[i][i] += level_.part_drift_sd * level_.part_drift_sd;
  }
  state_ = state;
}

Normal StageCourse::Expected(const StageValues& latest, std::size_t stage) const {
  State state = WithDay();
  for (std::size_t i = 0; i < kStages; ++i) {
    if (i != stage && latest[i]) Observe(*latest[i], i, state);
  }
  State::Vector seen{};
  seen[stage] = seen[kDay] = 1;
  const double error = latest[stage]->error / latest[stage]->sd;
  const State::View view = state.Look(seen, error * error);
  return {.mean = view.mean, .variance = view.variance};
}

}  // namespace rapport::alliance
