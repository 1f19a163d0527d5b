// DayFit: what comes and goes between sessions, from all of an agency's ratings.
//
// Called by the fit, family by family, never while a family is looked at. Of a grid of figures
// about the assumed ones those are taken under which the rupture filters foresaw the ratings best:
// by the sum of the log densities they gave each session's answers before they saw them, less what
// it costs to be far from the assumed figures. Events, the ends of forms and odd days are in the
// density, so no rating is left out. Raters are taken to be alike for this: where all items of a
// rater agree, a noisy rater and noisy days look the same. Pure.
#pragma once

#include "alliance/signals/monitor_parameters.h"
#include "alliance/signals/session_facts.h"

#include <cstddef>
#include <span>
#include <vector>

namespace rapport::alliance {

class DayFit {
 public:
  explicit DayFit(const MonitorParameters& assumed);

  // A family's held sessions, oldest first. Takes about five times as long as their signals.
  void Add(std::span<const SessionFacts> family);

  // Sets movement_sd, day_sd and family_day_sd, each above 0; as assumed while nothing was added.
  void Into(LevelParameters& level) const;

 private:
  struct Candidate {
    double size = 0;   // log of all three SD against the assumed ones
    double share = 0;  // log odds of the family's share of the variance of days, against the same
    MonitorParameters parameters;
    double log_density = 0;
  };
  double Worth(std::size_t size, std::size_t share) const;

  LevelParameters assumed_;
  std::vector<Candidate> candidates_;  // by size, then by share
};

}  // namespace rapport::alliance
