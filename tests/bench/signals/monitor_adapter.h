// The product's method as a detector: FamilyMonitor told session by session what a family's forms,
// attendance and notes show. The only file that knows the method; it knows no simulated truth.
#pragma once

#include "alliance/signals/monitor_parameters.h"
#include "bench/signals/course.h"

#include <cstdint>
#include <string_view>

namespace rapport::bench {

// The parameters that an agency has once it fitted them to these families' ratings, as
// FitSignalFigures does.
alliance::MonitorParameters FitMonitor(const alliance::MonitorParameters& assumed,
                                       const std::vector<Family>& families);

// A subject's score is its posterior.
Statements AskMonitor(const alliance::MonitorParameters& parameters, const Family& family);

// What of the service's signals counts: all of them, or alerts without what is there to be watched.
enum class Told : std::uint8_t { kAll, kAlerts };

// A subject's score is 1 while the service would have a signal about it open: by the thresholds,
// hard triggers and repairs that it raises and closes by. No threshold is set on it.
Statements AskAsRaised(const alliance::MonitorParameters& parameters, const Family& family,
                       Told told = Told::kAll);

// An isolation's score is 1 from a session in which the test of that code fires until it passes.
Statements AskTrigger(std::string_view code, const Family& family);

}  // namespace rapport::bench
