// ProcessMetrics: CPU time, memory, open files and start of this process, read from /proc when
// somebody scrapes. What the system does not tell (as when open files are hidden) is left out.
#pragma once

#include "platform/runtime/telemetry/metrics.h"

#include <array>

namespace rapport::runtime {

// The series exist as long as the returned object.
[[nodiscard]] std::array<telemetry::Observation, 4> ObserveProcess();

}  // namespace rapport::runtime
