#include "alliance/signals/beside.h"

#include "alliance/signals/day_factor.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <string>
#include <utility>

namespace rapport::alliance {
namespace {

double Square(double value) { return value * value; }

// One series of the session before it is looked at.
struct Foreseen {
  Normal expected;      // events included, without the day and the form's offset
  Normal fall;          // of it, what is expected to be an event's
  double surprise = 0;  // average of its measures against the expectation
  double error = 0;     // variance of the measures' error and the form's offset
  double going_on = 0;  // probability that an event was going on
};

Foreseen Foresee(const RatedOne& one, double noise_square) {
  const EventFilter& filter = *one.series->filter;
  const Parts weights = one.rating->AverageWeights();
  const Normal expected = filter.Predict(one.model, weights, true);
  const Normal quiet = filter.Predict(one.model, weights, false);
  return {.expected = expected,
          .fall = {quiet.mean - expected.mean, std::max(0.0, expected.variance - quiet.variance)},
          .surprise = one.rating->Average() - expected.mean - one.form.mean,
          .error = one.rating->AverageError() * noise_square + one.form.variance,
          .going_on = filter.Posterior()};
}

// How noisy each rater is: the mean over what they rated.
std::map<std::string, double> NoiseSquares(const std::vector<RatedOne>& all) {
  std::map<std::string, std::pair<double, double>> sums;
  for (const RatedOne& one : all) {
    auto& [sum, count] = sums[one.key->rater];
    sum += one.series->filter->NoiseSquare(one.model);
    count += 1;
  }
  std::map<std::string, double> squares;
  for (const auto& [rater, sum] : sums) squares[rater] = sum.first / sum.second;
  return squares;
}

// One surprise of each rater, over all they rated: by their levels it goes together, by errors it
// averages out. In the order of raters.
std::vector<Surprise> SurprisesOf(const MonitorParameters& parameters,
                                  const std::vector<RatedOne>& all,
                                  const std::vector<Foreseen>& foreseen,
                                  const std::map<std::string, double>& noise_squares) {
  std::vector<Surprise> surprises;
  for (const auto& [rater, noise_square] : noise_squares) {
    Surprise sum{.day_square = Square(parameters.level.day_sd) * noise_square};
    double count = 0, error = 0, still = 1;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].key->rater != rater) continue;
      const Foreseen& one = foreseen[i];
      count += 1;
      sum.value += one.surprise;
      sum.variance += one.expected.variance;
      error += one.error;
      still *= 1 - (parameters.rupture.onset * (1 - one.going_on) +
                    parameters.rupture.repair * one.going_on);
    }
    sum.value /= count;
    sum.variance = sum.variance / count + error / (count * count);
    sum.event = 1 - still;
    surprises.push_back(sum);
  }
  return surprises;
}

// Probability that what moved `other` against `one` is an event there, which began or ended: a
// Gaussian of its size against the errors and levels of both.
double MovedThere(const EventParameters& event, const Foreseen& one, const Foreseen& other) {
  const double moved = other.surprise - one.surprise;
  const double variance = one.expected.variance + one.error + other.expected.variance + other.error;
  const double chance =
      moved < 0 ? event.onset * (1 - other.going_on) : event.repair * other.going_on;
  const double size = std::copysign(event.size_mean, moved);
  const double with = chance * std::exp(LogNormal(moved - size, variance + Square(event.size_sd)));
  const double without = (1 - chance) * std::exp(LogNormal(moved, variance));
  return with + without > 0 ? std::min(with / (with + without), 0.999) : 0.999;
}

// What the rater of `all[self]` said of others in the same session, as it were without the events
// that are thought to go on there; and that it is about whom it was about before.
std::optional<Elsewhere> ElsewhereOf(const MonitorParameters& parameters,
                                     std::vector<RatedOne>& all,
                                     const std::vector<Foreseen>& foreseen, std::size_t self) {
  Elsewhere sum;
  std::vector<std::string> whom;
  bool same_sort = true;  // of target
  double count = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == self || all[i].key->rater != all[self].key->rater) continue;
    const Foreseen& other = foreseen[i];
    const double doubt = MovedThere(parameters.rupture, foreseen[self], other);
    count += 1;
    sum.value += all[i].rating->Average() - all[i].form.mean + other.fall.mean;
    sum.error_variance += all[i].rating->AverageError();
    sum.doubt_variance += other.fall.variance + all[i].form.variance +
                          (other.expected.variance + other.error) * doubt / (1 - doubt);
    whom.push_back(all[i].key->target);
    same_sort = same_sort && all[i].key->interpersonal == all[self].key->interpersonal;
  }
  if (whom.empty()) return std::nullopt;
  sum.value /= count;
  sum.error_variance /= count * count;
  sum.doubt_variance /= count * count;
  Series& series = *all[self].series;
  if (series.elsewhere != whom) {
    const double each = Square(same_sort ? parameters.level.pair_sd : parameters.level.rater_sd);
    series.filter->MeetElsewhere(each * (1 + 1 / count));
    series.elsewhere = std::move(whom);
  }
  return sum;
}

}  // namespace

std::vector<Beside> LookBeside(const MonitorParameters& parameters, std::vector<RatedOne>& all) {
  const std::map<std::string, double> noise_squares = NoiseSquares(all);
  std::vector<Foreseen> foreseen;
  foreseen.reserve(all.size());
  for (const RatedOne& one : all) {
    foreseen.push_back(Foresee(one, noise_squares.at(one.key->rater)));
  }
  const std::vector<Normal> days =
      FamilyDays(parameters, SurprisesOf(parameters, all, foreseen, noise_squares));
  std::vector<Beside> beside;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto rater = noise_squares.find(all[i].key->rater);
    const auto place = static_cast<std::size_t>(std::distance(noise_squares.begin(), rater));
    beside.push_back({.noise_square = rater->second,
                      .family_day = days[place],
                      .elsewhere = ElsewhereOf(parameters, all, foreseen, i)});
  }
  return beside;
}

}  // namespace rapport::alliance
