// The day a family shares, as each rater's is told by the others' ratings of the same session.
//
// Called by the family monitor before its filters look. A bad day for everybody is nobody's
// rupture. What a rater's own day adds is told by what they say of other helpers
// (`EventFilter::Observe`). Pure.
#pragma once

#include "alliance/signals/event_filter.h"

#include <span>
#include <vector>

namespace rapport::alliance {

// What one rater said in a session, over all they rated, before it is looked at.
struct Surprise {
  double value = 0;       // average of the measures against what was expected
  double variance = 0;    // of that expectation and of the measures' error, without the day
  double day_square = 0;  // of the rater's own day
  double event = 0;       // probability that an event begins or ends here
};

// In the order of `surprises`, one for each rater. With s_j the surprises of the others and v_j
// their variances about the family's day f, which is N(0, family_day_sd^2),
//
//   1 / var f = 1 / family_day_sd^2 + sum 1 / v_j,   mean f = var f * sum s_j / v_j
//
// where a surprise that is likely to be an event itself has a larger v_j.
std::vector<Normal> FamilyDays(const MonitorParameters& parameters,
                               std::span<const Surprise> surprises);

}  // namespace rapport::alliance
