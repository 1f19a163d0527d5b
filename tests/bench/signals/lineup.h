// Lineup: the detectors that are compared, in the order of the report, and which is which.
#pragma once

#include "bench/signals/report.h"

#include <string>
#include <vector>

namespace rapport::bench {

struct Lineup {
  std::vector<Detector> detectors;
  Roles roles;
};

// The bounds of the best possible, the method with the assumed figures and with those that an
// agency has fitted to its own families (others than are judged), the same as the service raises
// its signals, and the rules. `why`: also detectors that know less than the best possible or more
// than the method, to see what lies between the two. `parameters` must outlive it.
Lineup MakeLineup(const Parameters& parameters, bool why);

// On the families that thresholds are set on, with the assumed figures: what the service would
// raise at other posteriors, where its own come from, and what each trigger of isolation does
// alone.
std::string TuneTable(const Parameters& parameters);

}  // namespace rapport::bench
