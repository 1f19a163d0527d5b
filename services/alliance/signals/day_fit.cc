#include "alliance/signals/day_fit.h"

#include "alliance/signals/measures.h"
#include "alliance/signals/rupture.h"

#include <algorithm>
#include <cmath>

namespace rapport::alliance {
namespace {

// The grid: a fifth to 2.3 times the assumed SD, a share of days of .04 to .74.
constexpr std::size_t kSizes = 7, kSmaller = 4;  // of them below the assumed
constexpr std::size_t kShares = 6, kLess = 3;
constexpr double kSizeStep = 0.405;  // log of 1.5
constexpr double kShareStep = 0.85;
// How far the figures of agencies lie from the assumed: SD of a candidate's size and share.
constexpr double kPriorSize = 0.5, kPriorShare = 1.0;

double Square(double value) { return value * value; }

double Steps(std::size_t place, std::size_t middle) {
  return static_cast<double>(place) - static_cast<double>(middle);
}

void Set(const LevelParameters& assumed, double size, double share, LevelParameters& level) {
  const double own = Square(assumed.day_sd);
  const double family = Square(assumed.family_day_sd) * std::exp(share);
  const double days =
      std::exp(size) * std::sqrt((own + Square(assumed.family_day_sd)) / (own + family));
  level.movement_sd = assumed.movement_sd * std::exp(size);
  level.day_sd = days * std::sqrt(own);
  level.family_day_sd = days * std::sqrt(family);
}

// Where the parabola through three evenly spaced points is highest: steps from the middle one,
// which is the highest of them.
double Peak(double before, double middle, double after) {
  const double bend = before - 2 * middle + after;
  return bend < 0 ? std::clamp((before - after) / 2 / bend, -0.5, 0.5) : 0;
}

}  // namespace

DayFit::DayFit(const MonitorParameters& assumed) : assumed_(assumed.level) {
  Candidate one{.parameters = assumed};
  // Events in one part take most of the time, and tell little of days.
  one.parameters.rupture.focus_share = 0;
  one.parameters.noise_shares = {0, 1, 0};
  for (std::size_t i = 0; i < kSizes; ++i) {
    for (std::size_t j = 0; j < kShares; ++j) {
      one.size = Steps(i, kSmaller) * kSizeStep;
      one.share = Steps(j, kLess) * kShareStep;
      Set(assumed_, one.size, one.share, one.parameters.level);
      candidates_.push_back(one);
    }
  }
}

void DayFit::Add(std::span<const SessionFacts> family) {
  for (Candidate& one : candidates_) {
    FamilyMonitor monitor;
    for (const SessionFacts& session : family) {
      const LevelParameters& level = one.parameters.level;
      RatedSession rated = RatedSeriesOf(level, session.observations);
      AlignForms(level, rated, monitor);
      one.log_density += ObserveRatings(one.parameters, session, rated, monitor);
    }
  }
}

double DayFit::Worth(std::size_t size, std::size_t share) const {
  const Candidate& one = candidates_[size * kShares + share];
  return one.log_density - (Square(one.size / kPriorSize) + Square(one.share / kPriorShare)) / 2;
}

void DayFit::Into(LevelParameters& level) const {
  std::size_t i = kSmaller, j = kLess;  // the best
  for (std::size_t size = 0; size < kSizes; ++size) {
    for (std::size_t share = 0; share < kShares; ++share) {
      if (Worth(size, share) > Worth(i, j)) i = size, j = share;
    }
  }
  double size = Steps(i, kSmaller), share = Steps(j, kLess);
  if (i > 0 && i + 1 < kSizes) size += Peak(Worth(i - 1, j), Worth(i, j), Worth(i + 1, j));
  if (j > 0 && j + 1 < kShares) share += Peak(Worth(i, j - 1), Worth(i, j), Worth(i, j + 1));
  Set(assumed_, size * kSizeStep, share * kShareStep, level);
}

}  // namespace rapport::alliance
