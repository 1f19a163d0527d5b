#include "alliance/scoring/estimate.h"

#include <algorithm>
#include <cmath>

namespace rapport::alliance {
namespace {

double Square(double value) { return value * value; }

// After so many sessions without a rating the movement is forgotten to the last digit.
constexpr int kLongestGap = 400;
constexpr double kLeastOffsetVariance = 1e-6;

}  // namespace

FormOffset& FormOf(const LevelParameters& level, std::string_view instrument,
                   std::vector<FormOffset>& forms) {
  for (FormOffset& form : forms) {
    if (form.instrument == instrument) return form;
  }
  const double variance = forms.empty() ? 0 : Square(level.form_sd);
  return forms.emplace_back(FormOffset{std::string(instrument), {0, variance}});
}

void LearnForm(Normal before, Normal after, FormOffset& form) {
  if (form.offset.variance <= 0) return;
  const double gain = form.offset.variance / before.variance;
  const double less = std::max(0.0, before.variance - after.variance);
  form.offset.mean += gain * (after.mean - before.mean);
  form.offset.variance = std::max(form.offset.variance - gain * gain * less, kLeastOffsetVariance);
}

Normal PooledLevel(const LevelParameters& level, std::span<const Normal> others) {
  const double rater = Square(level.rater_sd);
  double precision = 1 / Square(level.family_sd);
  double pull = 0;
  for (const Normal& other : others) {
    precision += 1 / (other.variance + rater);
    pull += other.mean / (other.variance + rater);
  }
  return {pull / precision, 1 / precision + rater};
}

RunningEstimate::RunningEstimate(const LevelParameters& level, Normal prior) {
  for (std::size_t i = 0; i < kParts; ++i) {
    state_.mean[i] = prior.mean;
    for (std::size_t j = 0; j < kParts; ++j) state_.cov[i][j] = prior.variance;
    state_.cov[i][i] += Square(level.part_sd);
  }
  state_.cov[kMovement][kMovement] = Square(level.movement_sd);
}

void RunningEstimate::Pass(const LevelParameters& level, int sessions, State& state) {
  const int n = std::clamp(sessions, 0, kLongestGap);
  const double keep = std::pow(level.movement_keep, n);
  for (std::size_t i = 0; i < kParts; ++i) {
    for (std::size_t j = 0; j < kParts; ++j) state.cov[i][j] += n * Square(level.drift_sd);
    state.cov[i][i] += n * Square(level.part_drift_sd);
  }
  state.mean[kMovement] *= keep;
  for (std::size_t i = 0; i < kDay; ++i) {
    state.cov[i][kMovement] *= keep;
    state.cov[kMovement][i] *= keep;
  }
  state.cov[kMovement][kMovement] += (1 - keep * keep) * Square(level.movement_sd);
}

void RunningEstimate::Observe(const LevelParameters& level, int session,
                              std::string_view instrument, std::span<const Measure> measures) {
  if (ratings_ > 0) Pass(level, session - last_session_, state_);
  last_session_ = session;
  if (measures.empty()) return;
  ++ratings_;
  FormOffset& form = FormOf(level, instrument, forms_);
  const Normal before{form.offset.mean,
                      form.offset.variance + Square(level.day_sd) + Square(level.family_day_sd)};
  state_.mean[kDay] = before.mean;
  for (std::size_t i = 0; i < kDay; ++i) state_.cov[i][kDay] = state_.cov[kDay][i] = 0;
  state_.cov[kDay][kDay] = before.variance;
  for (const Measure& measure : measures) {
    State::Vector direction{};
    for (std::size_t i = 0; i < kParts; ++i) {
      direction[i] = measure.weights[i];
      direction[kMovement] += measure.weights[i];
    }
    direction[kDay] = direction[kMovement];
    if (measure.end == 0) {
      state_.Observe(direction, measure.value, measure.error_variance);
    } else {
      state_.ObserveBeyond(direction, measure.value, measure.end, measure.error_variance);
    }
  }
  LearnForm(before, {state_.mean[kDay], state_.cov[kDay][kDay]}, form);
}

Normal RunningEstimate::Part(std::size_t part) const {
  State::Vector direction{};
  direction[part] = direction[kMovement] = 1;
  const State::View view = state_.Look(direction, 0);
  return {view.mean, view.variance};
}

Normal RunningEstimate::Whole() const {
  const State::View view = state_.Look({1.0 / 3, 1.0 / 3, 1.0 / 3, 1, 0}, 0);
  return {view.mean, view.variance};
}

Normal RunningEstimate::WholeAfter(const LevelParameters& level, int sessions) const {
  RunningEstimate later = *this;
  Pass(level, sessions, later.state_);
  return later.Whole();
}

Normal RunningEstimate::Level() const {
  const State::View view = state_.Look({1.0 / 3, 1.0 / 3, 1.0 / 3, 0, 0}, 0);
  return {view.mean, view.variance};
}

}  // namespace rapport::alliance
