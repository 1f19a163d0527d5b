// RaisingFit: from which posterior on signals are raised, so that of an agency's own families as
// many are false as is meant to be.
//
// Called by the fit, family by family, after all other figures, never while a family is looked at.
// A signal that is opened at a moment when nothing goes on with probability 1 - q is false with
// that probability, so that
//
//   expected false alarms of a kind at a threshold = sum of (1 - q) over the signals it would open
//   expected quiet sessions                        = sum of (1 - q) over the rated sessions
//
// and the threshold is the one at which the first is `false_rate` of the second. Signals are opened
// and closed as the life cycle does it, triggers of isolation included. Posteriors at which signals
// open are low, so that 1 - q is near 1 and the rate is nearly that at which signals open: it is
// right where the probabilities themselves are not. Drawn towards the assumed threshold by how
// little was seen. Pure.
#pragma once

#include "alliance/signals/monitor_parameters.h"
#include "alliance/signals/session_facts.h"

#include <array>
#include <span>
#include <vector>

namespace rapport::alliance {

// Rated sessions that the assumed thresholds weigh.
inline constexpr double kFitPriorRated = 500;

class RaisingFit {
 public:
  // `figures`: fitted but for the thresholds.
  explicit RaisingFit(const MonitorParameters& figures) : figures_(figures) {}

  // A family's held sessions, oldest first.
  void Add(std::span<const SessionFacts> family);
  RaisingParameters Fitted() const;

  // Rupture, split, isolation.
  enum Kind : std::uint8_t { kRupture, kSplit, kIsolation };
  static constexpr std::size_t kKinds = 3;
  // Expected false alarms over expected quiet sessions at this threshold.
  double FalseRate(Kind kind, double threshold) const;

 private:
  // One rated session of one subject.
  struct Look {
    float posterior = 0;
    float nothing = 1;      // probability that nothing concerns the subject
    bool standing = false;  // a trigger raises whatever the posterior
  };
  using Course = std::vector<Look>;
  double Threshold(Kind kind, double assumed) const;

  MonitorParameters figures_;
  std::array<std::vector<Course>, kKinds> courses_;
};

}  // namespace rapport::alliance
