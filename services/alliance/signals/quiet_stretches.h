// A quiet family: its ratings in which, as far as the family monitor can tell, nothing was going
// on, and how often its members then show what isolated ones do.
//
// Called by the fit, with a family's history. Pure.
#pragma once

#include "alliance/signals/isolation_watch.h"
#include "alliance/signals/monitor_parameters.h"
#include "alliance/signals/session_facts.h"

#include <span>
#include <string>
#include <vector>

namespace rapport::alliance {

// One rating: every part in SD, and each part's error variance.
struct QuietRating {
  int session = 0;  // number in the family; grows along a stretch
  Parts values{};
  Parts error_variances{};
};

// One rater's ratings of one target with one form, oldest first.
struct QuietStretch {
  std::string family;
  std::string rater;
  std::vector<QuietRating> ratings;
};

struct QuietFamily {
  std::vector<QuietStretch> stretches;
  SignCounts signs;
};

// One stretch for each rater, target and form without an interruption; those of at least two
// ratings. A rating counts that tells task, goal and bond apart, not all of them at ends of their
// scale, while a rupture of its series is improbable (`DecisionParameters.weak`).
QuietFamily QuietFamilyOf(const MonitorParameters& parameters, const std::string& family,
                          std::span<const SessionFacts> history);

}  // namespace rapport::alliance
