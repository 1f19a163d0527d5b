// Trial: detectors before simulated families, seed by seed.
//
// Thresholds are set on the families of the tuning seeds, everything reported is counted on others.
// One thread; memory is that of one seed's families, and of all tuning seeds' together.
#pragma once

#include "bench/signals/judge.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rapport::bench {

// Of families that thresholds are set on: seeds from here on are never reported.
inline constexpr int kTuning = 1'000'000;

// What states things for several detectors at once, because the work is the same.
using Panel = std::function<std::vector<Statements>(const Family&)>;

struct Detector {
  std::string name;
  std::function<Statements(const Family&)> state;  // none: `panel` does
  std::shared_ptr<const Panel> panel;
  std::size_t place = 0;   // of its statements among the panel's; each once
  bool swept = false;      // its threshold is set; otherwise it is 1
  bool posterior = false;  // it gives one
  bool all_claims = false;
  Claim claim = Claim::kRupture;  // the only one it speaks of, without all
};

// What one detector did at one choice of thresholds.
struct Performance {
  std::array<double, kClaims> thresholds{1, 1, 1};
  std::vector<std::array<Counts, kKinds>> seeds;

  Counts Total(int kind) const;
  Counts Ruptures() const;  // sudden and slow
  Counts Pooled() const;
};

struct EventResult {
  EventFacts facts;
  std::vector<int> found_after;  // by detector; -1: not
};

struct Trial {
  std::vector<Detector> detectors;
  std::vector<Performance> at_target;  // by detector: thresholds at the target of false alarms
  // By detector that gives posteriors: ruptures, at the share of them that drop-since-last finds.
  std::vector<Performance> at_share;
  std::vector<std::array<Calibration, kClaims>> calibrations;  // by detector
  std::vector<EventResult> events;
  long families = 0, sessions = 0;
  std::vector<double> seconds;  // by detector, of CPU; a panel's stand at its first
};

// `drop` is the place of drop-since-last among the detectors.
Trial RunTrial(const Parameters& parameters, std::vector<Detector> detectors, std::size_t drop);

// The courses of as many families as have `sessions` sessions together.
std::vector<Course> SimulateCourses(const Parameters& parameters, int seed, int sessions,
                                    Trial& trial);

}  // namespace rapport::bench
