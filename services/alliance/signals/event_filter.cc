#include "alliance/signals/event_filter.h"

#include <algorithm>
#include <cmath>

namespace rapport::alliance {
namespace {

// Hypotheses this improbable are dropped: at most 87 of them, together about 1 in 1,000.
constexpr double kNegligible = 1e-5;

// Of what the others gained under an event, once it has lasted.
constexpr double kRiseLeft = 0.5;

double Square(double value) { return value * value; }

// Collects a mixture and gives the Gaussian with its mean and covariance.
template <std::size_t N>
class Merger {
 public:
  void Add(double weight, const Gaussian<N>& part) {
    if (weight <= 0) return;
    // The first one is the origin, so that nothing is lost to the size of the means.
    if (weight_ == 0) origin_ = part.mean;
    weight_ += weight;
    typename Gaussian<N>::Vector from{};
    for (std::size_t i = 0; i < N; ++i) from[i] = part.mean[i] - origin_[i];
    for (std::size_t i = 0; i < N; ++i) {
      sum_.mean[i] += weight * from[i];
      for (std::size_t j = 0; j < N; ++j) {
        sum_.cov[i][j] += weight * (part.cov[i][j] + from[i] * from[j]);
      }
    }
  }
  double weight() const { return weight_; }
  Gaussian<N> Merged() const {
    Gaussian<N> merged = sum_;
    if (weight_ == 0) return merged;
    for (std::size_t i = 0; i < N; ++i) merged.mean[i] /= weight_;
    for (std::size_t i = 0; i < N; ++i) {
      for (std::size_t j = 0; j < N; ++j) {
        merged.cov[i][j] = merged.cov[i][j] / weight_ - merged.mean[i] * merged.mean[j];
      }
    }
    for (std::size_t i = 0; i < N; ++i) merged.mean[i] += origin_[i];
    return merged;
  }

 private:
  double weight_ = 0;
  typename Gaussian<N>::Vector origin_{};
  Gaussian<N> sum_;
};

// The size of a fall is new: known only by its prior, and independent of the rest.
template <std::size_t N>
void ResetSize(Gaussian<N>& state, std::size_t at, double mean, double variance) {
  for (std::size_t i = 0; i < N; ++i) state.cov[i][at] = state.cov[at][i] = 0;
  state.mean[at] = mean;
  state.cov[at][at] = variance;
}

}  // namespace

EventFilter::EventFilter(const EventModel& model, Normal level, const Parts& part_variances)
    : focuses_(model.focuses.size()), bank_(kNoises * Shapes()) {
  State state;
  const double movement = Square(model.level.movement_sd);
  for (std::size_t i = 0; i < kParts; ++i) {
    state.mean[i] = level.mean;
    for (std::size_t j = 0; j < kParts; ++j) state.cov[i][j] = level.variance;
    state.cov[i][i] += part_variances[i];
  }
  state.cov[kMovement][kMovement] = movement;
  for (std::size_t noise = 0; noise < kNoises; ++noise) {
    At(noise, 0) = {.weight = model.noise_shares[noise], .state = state};
  }
  Normalize();
}

EventFilter::Shape EventFilter::ShapeOf(std::size_t index) const {
  if (index == 0) return {};
  const auto age = static_cast<int>((index - 1) % kAges);
  const std::size_t focus = (index - 1) / kAges;
  if (age < kSuddenAges) return {Course::kSudden, focus, age};
  return {Course::kSlow, focus, age - kSuddenAges};
}

std::size_t EventFilter::IndexOf(const Shape& shape) const {
  if (shape.course == Course::kQuiet) return 0;
  const int first = shape.course == Course::kSudden ? 0 : kSuddenAges;
  return 1 + shape.focus * kAges + static_cast<std::size_t>(first + shape.age);
}

double EventFilter::Grown(const Shape& shape) {
  if (shape.course == Course::kQuiet) return 0;
  if (shape.course == Course::kSudden) return 1;
  return static_cast<double>(shape.age + 1) / kSlowSessions;
}

EventFilter::State::Vector EventFilter::Direction(const EventModel& model, const Shape& shape,
                                                  const Parts& weights) {
  State::Vector direction{};
  double total = 0;
  double fall = 0;
  for (std::size_t i = 0; i < kParts; ++i) {
    direction[i] = weights[i];
    total += weights[i] * model.day[i];
    if (shape.course != Course::kQuiet) fall += weights[i] * model.focuses[shape.focus].fall[i];
  }
  direction[kMovement] = total;
  direction[kSize] = -fall * Grown(shape);
  direction[kDay] = total;
  return direction;
}

void EventFilter::Pass(const EventModel& model) {
  const EventParameters& event = model.event;
  const LevelParameters& level = model.level;
  const double keep = level.movement_keep;
  const double onset = started_ ? event.onset : 0;
  const std::size_t shapes = Shapes();
  std::vector<Hypothesis> next(bank_.size());
  for (std::size_t noise = 0; noise < kNoises; ++noise) {
    // What remains of each hypothesis after the levels have moved on.
    for (std::size_t s = 0; s < shapes; ++s) {
      State& state = At(noise, s).state;
      if (At(noise, s).weight == 0) continue;
      for (std::size_t i = 0; i < kParts; ++i) {
        for (std::size_t j = 0; j < kParts; ++j) state.cov[i][j] += Square(level.drift_sd);
        state.cov[i][i] += Square(level.part_drift_sd);
      }
      state.mean[kMovement] *= keep;
      for (std::size_t i = 0; i < kDay; ++i) {
        state.cov[i][kMovement] *= keep;
        state.cov[kMovement][i] *= keep;
      }
      state.cov[kMovement][kMovement] += (1 - keep * keep) * Square(level.movement_sd);
      if (s != 0) state.cov[kSize][kSize] += Square(event.size_walk_sd);
      ResetSize(state, kDay, 0, 0);
    }
    const auto goes_to = [&](std::size_t s) { return &next[noise * shapes + s]; };
    Merger<6> quiet;
    quiet.Add(At(noise, 0).weight * (1 - onset), At(noise, 0).state);
    for (std::size_t focus = 0; focus < focuses_; ++focus) {
      Merger<6> old;
      for (const Course course : {Course::kSudden, Course::kSlow}) {
        const int ages = course == Course::kSudden ? kSuddenAges : kSlowSessions;
        for (int age = ages - 1; age >= 0; --age) {
          const Hypothesis& from = At(noise, IndexOf({course, focus, age}));
          if (from.weight == 0) continue;
          State over = from.state;
          ResetSize(over, kSize, 0, 0);
          quiet.Add(from.weight * event.repair, over);
          const double stays = from.weight * (1 - event.repair);
          const bool last = course == Course::kSudden ? age + 2 >= ages : age + 1 >= ages;
          if (last) {
            old.Add(stays, from.state);
          } else {
            *goes_to(IndexOf({course, focus, age + 1})) = {stays, from.state};
          }
        }
      }
      *goes_to(IndexOf({Course::kSudden, focus, kSuddenAges - 1})) = {old.weight(), old.Merged()};
      State fresh = At(noise, 0).state;
      ResetSize(fresh, kSize, event.size_mean, Square(event.size_sd));
      const double begins = At(noise, 0).weight * onset * model.focuses[focus].share;
      if (begins < kNegligible) continue;
      *goes_to(IndexOf({Course::kSudden, focus, 0})) = {begins * (1 - event.slow_share), fresh};
      *goes_to(IndexOf({Course::kSlow, focus, 0})) = {begins * event.slow_share, fresh};
    }
    *goes_to(0) = {quiet.weight(), quiet.Merged()};
  }
  bank_ = std::move(next);
  day_ = {};
}

double EventFilter::Rises(const Shape& shape) {
  // What others gained long ago has become their level.
  const bool old = shape.course == Course::kSudden && shape.age == kSuddenAges - 1;
  return (old ? kRiseLeft : 1) * Grown(shape);
}

// o = family's day + rise + error. Given the whole day d = family's + own, whose share b =
// shared / (shared + own) is expected to be the family's, o is b d + rise + an independent rest.
double EventFilter::Take(const Company& company, const Shape& shape, double own_variance,
                         double shared_variance, State& state) {
  const double share = shared_variance / (shared_variance + own_variance);
  State::Vector direction{};
  direction[kDay] = share;
  direction[kSize] = company.rise * Rises(shape);
  return state.Observe(direction, company.value, share * own_variance + company.error_variance);
}

void EventFilter::Observe(const EventModel& model, std::span<const Measure> measures, Normal day,
                          double shared_variance, double log_odds) {
  Update(model, measures, day, shared_variance, log_odds, nullptr);
}

void EventFilter::ObserveBeside(const EventModel& model, std::span<const Measure> measures,
                                Normal day, double shared_variance, const Company& company) {
  Update(model, measures, day, shared_variance, 0, &company);
}

void EventFilter::Update(const EventModel& model, std::span<const Measure> measures, Normal day,
                         double shared_variance, double log_odds, const Company* company) {
  std::vector<double> logs(bank_.size());
  double highest = -1e300;
  for (std::size_t noise = 0; noise < kNoises; ++noise) {
    const double scale = Square(model.noise_scales[noise]);
    for (std::size_t s = 0; s < Shapes(); ++s) {
      Hypothesis& hypothesis = At(noise, s);
      if (hypothesis.weight < kNegligible) {
        hypothesis.weight = 0;
        continue;
      }
      const Shape shape = ShapeOf(s);
      ResetSize(hypothesis.state, kDay, day.mean, scale * day.variance + shared_variance);
      double log = std::log(hypothesis.weight) + log_odds * Grown(shape);
      if (company != nullptr) {
        log += Take(*company, shape, scale * day.variance, shared_variance, hypothesis.state);
      }
      for (const Measure& measure : measures) {
        const State::Vector direction = Direction(model, shape, measure.weights);
        const double error = measure.error_variance * scale;
        log += measure.end == 0
                   ? hypothesis.state.Observe(direction, measure.value, error)
                   : hypothesis.state.ObserveBeyond(direction, measure.value, measure.end, error);
      }
      logs[noise * Shapes() + s] = log;
      highest = std::max(highest, log);
    }
  }
  Merger<6> all;
  for (std::size_t i = 0; i < bank_.size(); ++i) {
    if (bank_[i].weight == 0) continue;
    bank_[i].weight = std::exp(logs[i] - highest);
    all.Add(bank_[i].weight, bank_[i].state);
  }
  const State merged = all.Merged();
  day_ = {merged.mean[kDay], merged.cov[kDay][kDay]};
  started_ = true;
  Normalize();
}

Normal EventFilter::Predict(const EventModel& model, const Parts& weights, bool with_events) const {
  double weight = 0;
  double mean = 0;
  double square = 0;
  for (std::size_t i = 0; i < bank_.size(); ++i) {
    if (bank_[i].weight == 0) continue;
    Shape shape = ShapeOf(i % Shapes());
    if (!with_events) shape = {};
    State::Vector direction = Direction(model, shape, weights);
    direction[kDay] = 0;
    const State::View view = bank_[i].state.Look(direction, 0);
    weight += bank_[i].weight;
    mean += bank_[i].weight * view.mean;
    square += bank_[i].weight * (view.variance + Square(view.mean));
  }
  mean /= weight;
  return {mean, std::max(0.0, square / weight - Square(mean))};
}

double EventFilter::NoiseSquare(const EventModel& model) const {
  double sum = 0;
  for (std::size_t i = 0; i < bank_.size(); ++i) {
    sum += bank_[i].weight * Square(model.noise_scales[i / Shapes()]);
  }
  return sum;
}

double EventFilter::Posterior() const {
  double sum = 0;
  for (std::size_t focus = 0; focus < focuses_; ++focus) sum += Posterior(focus);
  return std::min(1.0, sum);
}

double EventFilter::Posterior(std::size_t focus) const {
  double sum = 0;
  for (std::size_t noise = 0; noise < kNoises; ++noise) {
    for (std::size_t a = 0; a < kAges; ++a) sum += At(noise, 1 + focus * kAges + a).weight;
  }
  return sum;
}

double EventFilter::SlowShare() const {
  double slow = 0;
  for (std::size_t i = 0; i < bank_.size(); ++i) {
    if (ShapeOf(i % Shapes()).course == Course::kSlow) slow += bank_[i].weight;
  }
  const double all = Posterior();
  return all > 0 ? slow / all : 0;
}

double EventFilter::NewShare() const {
  double fresh = 0;
  for (std::size_t i = 0; i < bank_.size(); ++i) {
    const Shape shape = ShapeOf(i % Shapes());
    if (shape.course != Course::kQuiet && shape.age == 0) fresh += bank_[i].weight;
  }
  const double all = Posterior();
  return all > 0 ? fresh / all : 0;
}

double EventFilter::Depth() const {
  double sum = 0;
  for (std::size_t i = 0; i < bank_.size(); ++i) {
    const Shape shape = ShapeOf(i % Shapes());
    sum += bank_[i].weight * Grown(shape) * bank_[i].state.mean[kSize];
  }
  const double all = Posterior();
  return all > 0 ? sum / all : 0;
}

void EventFilter::Normalize() {
  double sum = 0;
  for (const Hypothesis& hypothesis : bank_) sum += hypothesis.weight;
  for (Hypothesis& hypothesis : bank_) hypothesis.weight /= sum;
}

}  // namespace rapport::alliance
