// The product's method as a detector: FamilyMonitor told session by session what a family's forms,
// attendance and notes show. The only file that knows the method; it knows no simulated truth.
#pragma once

#include "alliance/signals/monitor_parameters.h"
#include "bench/signals/course.h"

#include <string_view>

namespace rapport::bench {

// The parameters that an agency has once it fitted them to these families' ratings, as
// FitSignalFigures does.
alliance::MonitorParameters FitMonitor(const alliance::MonitorParameters& assumed,
                                       const std::vector<Family>& families);

// What the monitor says of a family, by what is made of it. Asked once, since it takes longest.
struct Heard {
  Statements posteriors;  // a subject's score is its posterior
  // A subject's score is 1 while the service would have a signal about it open: by the thresholds,
  // hard triggers and repairs that it raises and closes by. No threshold is set on it.
  Statements raised;
  Statements alerts;  // the same without what is there to be watched
};
Heard AskMonitor(const alliance::MonitorParameters& parameters, const Family& family);

// An isolation's score is 1 from a session in which the test of that code fires until it passes.
Statements AskTrigger(std::string_view code, const Family& family);

}  // namespace rapport::bench
