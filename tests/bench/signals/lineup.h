// Lineup: the detectors that are compared, in the order of the report, and which is which.
#pragma once

#include "bench/signals/report.h"

#include <vector>

namespace rapport::bench {

struct Lineup {
  std::vector<Detector> detectors;
  Roles roles;
};

// The bounds of the best possible, the method with the assumed figures and with those that an
// agency has fitted to its own families (others than are judged), and the rules. `why`: also
// detectors that know less than the best possible or more than the method, to see what lies between
// the two. `parameters` must outlive it.
Lineup MakeLineup(const Parameters& parameters, bool why);

}  // namespace rapport::bench
