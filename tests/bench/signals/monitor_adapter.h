// The product's method as a detector: FamilyMonitor told session by session what a family's forms,
// attendance and notes show. The only file that knows the method; it knows no simulated truth.
#pragma once

#include "bench/signals/course.h"

namespace rapport::bench {

// With the parameters the product ships. A subject's score is its posterior.
Statements AskMonitor(const Family& family);

}  // namespace rapport::bench
