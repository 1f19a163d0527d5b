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

// Log of the sum of what these are the logs of. Not of none.
double LogSum(std::span<const double> logs) {
  const double highest = std::ranges::max(logs);
  double sum = 0;
  for (const double one : logs) sum += std::exp(one - highest);
  return highest + std::log(sum);
}

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

// `into` gets the first of what `from` knows; one that has more keeps the rest.
template <std::size_t N, std::size_t M>
void CopyFirst(const Gaussian<M>& from, Gaussian<N>& into) {
  constexpr std::size_t kSame = std::min(N, M);
  for (std::size_t i = 0; i < kSame; ++i) {
    into.mean[i] = from.mean[i];
    for (std::size_t j = 0; j < kSame; ++j) into.cov[i][j] = from.cov[i][j];
  }
}

}  // namespace

EventFilter::EventFilter(const EventModel& model, Normal level, const Parts& part_variances)
    : focuses_(model.focuses.size()) {
  State state;
  const double movement = Square(model.level.movement_sd);
  for (std::size_t i = 0; i < kParts; ++i) {
    state.mean[i] = level.mean;
    for (std::size_t j = 0; j < kParts; ++j) state.cov[i][j] = level.variance;
    state.cov[i][i] += part_variances[i];
  }
  state.cov[kMovement][kMovement] = movement;
  for (std::uint8_t noise = 0; noise < kNoises; ++noise) {
    bank_.push_back({.noise = noise, .weight = model.noise_shares[noise], .state = state});
  }
  Normalize();
}

void EventFilter::ResetSize(State& state, double mean, double variance) {
  for (State::Vector& row : state.cov) row[kSize] = 0;
  state.cov[kSize].fill(0);
  state.mean[kSize] = mean;
  state.cov[kSize][kSize] = variance;
}

std::size_t EventFilter::PlaceOf(const Shape& shape) {
  if (shape.course == Course::kQuiet) return 0;
  const int first = shape.course == Course::kSudden ? 0 : kSuddenAges;
  return 1 + shape.focus * kAges + static_cast<std::size_t>(first + shape.age);
}

double EventFilter::Grown(const Shape& shape) {
  if (shape.course == Course::kQuiet) return 0;
  if (shape.course == Course::kSudden) return 1;
  return static_cast<double>(shape.age + 1) / kSlowSessions;
}

EventFilter::DayState::Vector EventFilter::Direction(const EventModel& model, const Shape& shape,
                                                     const Parts& weights) {
  DayState::Vector direction{};
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

void EventFilter::MoveOn(const EventModel& model, bool quiet, State& state) {
  const LevelParameters& level = model.level;
  const double keep = level.movement_keep;
  for (std::size_t i = 0; i < kParts; ++i) {
    for (std::size_t j = 0; j < kParts; ++j) state.cov[i][j] += Square(level.drift_sd);
    state.cov[i][i] += Square(level.part_drift_sd);
  }
  state.mean[kMovement] *= keep;
  for (std::size_t i = 0; i < state.mean.size(); ++i) {
    state.cov[i][kMovement] *= keep;
    state.cov[kMovement][i] *= keep;
  }
  state.cov[kMovement][kMovement] += (1 - keep * keep) * Square(level.movement_sd);
  // Nothing to move where the rater rates nobody else.
  if (state.cov[kElsewhere][kElsewhere] > 0) {
    state.cov[kElsewhere][kElsewhere] += Square(level.drift_sd);
  }
  if (!quiet) state.cov[kSize][kSize] += Square(model.event.size_walk_sd);
}

void EventFilter::PassOne(const EventModel& model, std::span<Hypothesis> from,
                          std::vector<Hypothesis>& to) const {
  const EventParameters& event = model.event;
  const std::uint8_t noise = from.front().noise;
  std::array<const Hypothesis*, 1 + kMostFocuses * kAges> at{};
  for (Hypothesis& one : from) {
    MoveOn(model, one.shape.course == Course::kQuiet, one.state);
    at[PlaceOf(one.shape)] = &one;
  }
  const Hypothesis* quiet = at[0];
  Merger<6> quiet_now;
  const double onset = quiet == nullptr || !started_ ? 0 : quiet->weight * event.onset;
  if (quiet != nullptr) quiet_now.Add(quiet->weight - onset, quiet->state);
  const std::size_t place = to.size();
  to.push_back({.noise = noise});
  for (std::uint8_t focus = 0; focus < focuses_; ++focus) {
    Merger<6> old;
    const auto begin = [&](Course course, double weight) {
      if (weight < kNegligible) return;
      Hypothesis& fresh = to.emplace_back(noise, Shape{course, focus, 0}, weight, quiet->state);
      ResetSize(fresh.state, event.size_mean, Square(event.size_sd));
    };
    // From one age to the next, into what is old at the end, or over.
    const auto grow_older = [&](Course course, std::uint8_t age, bool is_old) {
      const Hypothesis* one = at[PlaceOf({course, focus, age})];
      if (one == nullptr) return;
      quiet_now.Add(one->weight * event.repair, one->state);
      const double stays = one->weight * (1 - event.repair);
      if (is_old) {
        old.Add(stays, one->state);
      } else {
        to.emplace_back(noise, Shape{course, focus, ++age}, stays, one->state);
      }
    };
    const double begins = onset * model.focuses[focus].share;
    begin(Course::kSudden, begins * (1 - event.slow_share));
    for (std::uint8_t age = 0; age < kSuddenAges; ++age) {
      grow_older(Course::kSudden, age, age + 2 >= kSuddenAges);
    }
    const std::size_t old_place = to.size();
    to.push_back({.noise = noise, .shape = {Course::kSudden, focus, kSuddenAges - 1}});
    begin(Course::kSlow, begins * event.slow_share);
    for (std::uint8_t age = 0; age < kSlowSessions; ++age) {
      grow_older(Course::kSlow, age, age + 1 >= kSlowSessions);
    }
    to[old_place].weight = old.weight();
    to[old_place].state = old.Merged();
  }
  to[place].weight = quiet_now.weight();
  to[place].state = quiet_now.Merged();
  ResetSize(to[place].state, 0, 0);  // of those that are over
}

void EventFilter::Pass(const EventModel& model) {
  std::vector<Hypothesis> next;
  next.reserve(kNoises * (1 + focuses_ * kAges));
  for (auto from = bank_.begin(); from != bank_.end();) {
    const auto until = std::find_if(
        from, bank_.end(), [&](const Hypothesis& one) { return one.noise != from->noise; });
    PassOne(model, {from, until}, next);
    from = until;
  }
  std::erase_if(next, [](const Hypothesis& one) { return one.weight == 0; });
  next.shrink_to_fit();
  bank_ = std::move(next);
  day_ = {};
  evidence_ = 0;
}

double EventFilter::Rises(const Shape& shape) {
  // What others gained long ago has become their level.
  const bool old = shape.course == Course::kSudden && shape.age == kSuddenAges - 1;
  return (old ? kRiseLeft : 1) * Grown(shape);
}

// o = family's day + rise + error. Given the whole day d = family's + own, whose share b =
// shared / (shared + own) is expected to be the family's, o is b d + rise + an independent rest.
double EventFilter::Take(const Company& company, const Shape& shape, double own_variance,
                         double shared_variance, DayState& state) {
  const double share = shared_variance / (shared_variance + own_variance);
  DayState::Vector direction{};
  direction[kDay] = share;
  direction[kSize] = company.rise * Rises(shape);
  return state.Observe(direction, company.value, share * own_variance + company.error_variance);
}

// The average elsewhere = this level + distance + movement + day + error.
double EventFilter::Take(const Elsewhere& elsewhere, double scale, DayState& state) {
  DayState::Vector direction{};
  for (std::size_t i = 0; i < kParts; ++i) direction[i] = kWholeAlliance[i];
  direction[kMovement] = direction[kDay] = direction[kElsewhere] = 1;
  return state.Observe(direction, elsewhere.value,
                       scale * elsewhere.error_variance + elsewhere.doubt_variance);
}

void EventFilter::MeetElsewhere(double variance) {
  for (Hypothesis& one : bank_) {
    for (State::Vector& row : one.state.cov) row[kElsewhere] = 0;
    one.state.cov[kElsewhere].fill(0);
    one.state.mean[kElsewhere] = 0;
    one.state.cov[kElsewhere][kElsewhere] = variance;
  }
}

void EventFilter::Observe(const EventModel& model, std::span<const Measure> measures, Normal day,
                          double shared_variance, double log_odds,
                          const std::optional<Elsewhere>& elsewhere) {
  Update(model, measures, day, shared_variance, log_odds, nullptr,
         elsewhere ? &*elsewhere : nullptr);
}

void EventFilter::ObserveBeside(const EventModel& model, std::span<const Measure> measures,
                                Normal day, double shared_variance, const Company& company) {
  Update(model, measures, day, shared_variance, 0, &company, nullptr);
}

void EventFilter::Update(const EventModel& model, std::span<const Measure> measures, Normal day,
                         double shared_variance, double log_odds, const Company* company,
                         const Elsewhere* elsewhere) {
  std::erase_if(bank_, [](const Hypothesis& one) { return one.weight < kNegligible; });
  std::vector<double> logs;
  logs.reserve(bank_.size());
  std::vector<Normal> days;
  days.reserve(bank_.size());
  std::vector<double> before;  // what the answers themselves say
  before.reserve(bank_.size());
  for (Hypothesis& hypothesis : bank_) {
    const double scale = Square(model.noise_scales[hypothesis.noise]);
    const Shape& shape = hypothesis.shape;
    DayState state;
    CopyFirst(hypothesis.state, state);
    state.mean[kDay] = day.mean;
    state.cov[kDay][kDay] = scale * day.variance + shared_variance;
    double log = std::log(hypothesis.weight) + log_odds * Grown(shape);
    if (company != nullptr) {
      log += Take(*company, shape, scale * day.variance, shared_variance, state);
    }
    if (elsewhere != nullptr) log += Take(*elsewhere, scale, state);
    before.push_back(log);
    for (const Measure& measure : measures) {
      const DayState::Vector direction = Direction(model, shape, measure.weights);
      const double error = measure.error_variance * scale;
      log += measure.end == 0 ? state.Observe(direction, measure.value, error)
                              : state.ObserveBeyond(direction, measure.value, measure.end, error);
    }
    CopyFirst(state, hypothesis.state);
    days.push_back({state.mean[kDay], state.cov[kDay][kDay]});
    logs.push_back(log);
  }
  const double highest = std::ranges::max(logs);
  Merger<1> day_now;
  double sum = 0;
  for (std::size_t i = 0; i < bank_.size(); ++i) {
    bank_[i].weight = std::exp(logs[i] - highest);
    sum += bank_[i].weight;
    day_now.Add(bank_[i].weight, {.mean = {days[i].mean}, .cov = {{{days[i].variance}}}});
  }
  const Gaussian<1> merged = day_now.Merged();
  day_ = {merged.mean[0], merged.cov[0][0]};
  evidence_ = highest + std::log(sum) - LogSum(before);
  started_ = true;
  Normalize();
}

Normal EventFilter::Predict(const EventModel& model, const Parts& weights, bool with_events) const {
  double weight = 0;
  double mean = 0;
  double square = 0;
  for (const Hypothesis& one : bank_) {
    const DayState::Vector with_day = Direction(model, with_events ? one.shape : Shape{}, weights);
    State::Vector direction;
    std::copy_n(with_day.begin(), direction.size(), direction.begin());
    const State::View view = one.state.Look(direction, 0);
    weight += one.weight;
    mean += one.weight * view.mean;
    square += one.weight * (view.variance + Square(view.mean));
  }
  mean /= weight;
  return {mean, std::max(0.0, square / weight - Square(mean))};
}

double EventFilter::NoiseSquare(const EventModel& model) const {
  double sum = 0;
  for (const Hypothesis& one : bank_) {
    sum += one.weight * Square(model.noise_scales[one.noise]);
  }
  return sum;
}

std::array<double, 3> EventFilter::NoiseShares() const {
  std::array<double, 3> shares{};
  for (const Hypothesis& one : bank_) shares[one.noise] += one.weight;
  return shares;
}

double EventFilter::Posterior() const {
  double sum = 0;
  for (const Hypothesis& one : bank_) {
    if (one.shape.course != Course::kQuiet) sum += one.weight;
  }
  return std::min(1.0, sum);
}

double EventFilter::Posterior(std::size_t focus) const {
  double sum = 0;
  for (const Hypothesis& one : bank_) {
    if (one.shape.course != Course::kQuiet && one.shape.focus == focus) sum += one.weight;
  }
  return sum;
}

double EventFilter::Depth() const {
  double sum = 0;
  for (const Hypothesis& one : bank_) sum += one.weight * Grown(one.shape) * one.state.mean[kSize];
  const double all = Posterior();
  return all > 0 ? sum / all : 0;
}

int EventFilter::Age() const {
  std::array<double, kSlowSessions> ages{};
  for (const Hypothesis& one : bank_) {
    if (one.shape.course != Course::kQuiet) ages[one.shape.age] += one.weight;
  }
  return static_cast<int>(std::ranges::max_element(ages) - ages.begin());
}

void EventFilter::Normalize() {
  double sum = 0;
  for (const Hypothesis& hypothesis : bank_) sum += hypothesis.weight;
  for (Hypothesis& hypothesis : bank_) hypothesis.weight /= sum;
}

}  // namespace rapport::alliance
