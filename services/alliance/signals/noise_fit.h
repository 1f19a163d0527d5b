// NoiseFit: how many of an agency's raters are how noisy.
//
// Called by the fit, family by family, after days and levels are fitted, never while a family is
// looked at. A rater's filter weighs three scales of noise that never change into each other, so
// that what it believes at the end, divided by what it began with, is the likelihood of each scale
// for that rater. The shares are those under which the likelihoods of all raters together are
// greatest, by expectation and maximisation (Dempster, Laird and Rubin 1977), with the assumed
// shares as the prior: as many raters more. Pure.
#pragma once

#include "alliance/signals/monitor_parameters.h"
#include "alliance/signals/session_facts.h"

#include <array>
#include <span>
#include <vector>

namespace rapport::alliance {

// Raters that the assumed shares weigh.
inline constexpr double kFitPriorNoises = 20;

class NoiseFit {
 public:
  // `figures`: fitted but for the shares.
  explicit NoiseFit(const MonitorParameters& figures) : figures_(figures) {}

  // A family's held sessions, oldest first.
  void Add(std::span<const SessionFacts> family);
  std::array<double, 3> Shares() const;

 private:
  MonitorParameters figures_;
  std::vector<std::array<double, 3>> likelihoods_;  // by rater, each up to a factor
};

}  // namespace rapport::alliance
