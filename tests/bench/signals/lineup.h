// Lineup: the detectors that are compared, in the order of the report, and which is which.
#pragma once

#include "bench/signals/report.h"

#include <vector>

namespace rapport::bench {

struct Lineup {
  std::vector<Detector> detectors;
  Roles roles;
};

// The bounds of the best possible, the method, and the rules. `parameters` must outlive it.
Lineup MakeLineup(const Parameters& parameters);

}  // namespace rapport::bench
