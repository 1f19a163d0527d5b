#include "alliance/signals/day_factor.h"

#include <algorithm>
#include <cmath>

namespace rapport::alliance {
namespace {

double Square(double value) { return value * value; }

// Probability that the surprise is an event's and not the day's, from its size alone.
double EventShare(const EventParameters& event, const Surprise& surprise, double variance) {
  const double size = std::copysign(event.size_mean, surprise.value);
  const double with =
      surprise.event * std::exp(LogNormal(surprise.value - size, variance + Square(event.size_sd)));
  const double without = (1 - surprise.event) * std::exp(LogNormal(surprise.value, variance));
  return with + without > 0 ? with / (with + without) : 1;
}

}  // namespace

std::vector<Normal> FamilyDays(const MonitorParameters& parameters,
                               std::span<const Surprise> surprises) {
  const double family = Square(parameters.level.family_day_sd);
  if (family <= 0) return std::vector<Normal>(surprises.size());
  double precision = 1 / family, pull = 0;  // of all
  std::vector<double> weights;
  for (const Surprise& one : surprises) {
    const double variance = family + one.day_square + one.variance;
    const double event = std::min(EventShare(parameters.rupture, one, variance), 0.999);
    weights.push_back(1 / (variance / (1 - event) - family));
    precision += weights.back();
    pull += weights.back() * one.value;
  }
  std::vector<Normal> days;
  for (std::size_t i = 0; i < surprises.size(); ++i) {
    const double others = precision - weights[i];
    days.push_back({(pull - weights[i] * surprises[i].value) / others, 1 / others});
  }
  return days;
}

}  // namespace rapport::alliance
