// What a rater's day adds to one series, as far as the rest of the session tells.
//
// Called by the family monitor before its filters look. A bad day for everybody is nobody's
// rupture: what all raters' surprises share is the family's day, what one rater's targets share is
// the rater's. Each series is judged by the others alone. Pure.
#pragma once

#include "alliance/signals/event_filter.h"

#include <span>
#include <vector>

namespace rapport::alliance {

// One series before it is looked at.
struct Surprise {
  int rater = 0;          // the same number: the same rater
  double value = 0;       // average of its measures against what was expected
  double variance = 0;    // of that expectation and of the measures' error, without the day
  double day_square = 0;  // of the rater's own day
  double event = 0;       // probability that an event begins or ends here
};

// What the day adds. `own` scales with the rater's noise, `shared` does not.
struct DayView {
  double mean = 0;
  double own_variance = 0;
  double shared_variance = 0;
};

// In the order of `surprises`. Conditional normal distribution given the other series. Another
// rater's series that is likely to be an event itself counts less; the rater's own count fully,
// since a fall in all of them is no rupture with one of the targets.
std::vector<DayView> DayViews(const MonitorParameters& parameters,
                              std::span<const Surprise> surprises);

}  // namespace rapport::alliance
