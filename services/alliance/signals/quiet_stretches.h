// Quiet stretches: a family's ratings in which, as far as the family monitor can tell, nothing was
// going on; what the figures are fitted to.
//
// Called by the fit, with a family's history. Pure.
#pragma once

#include "alliance/signals/monitor_parameters.h"
#include "alliance/signals/parameter_fit.h"
#include "alliance/signals/session_facts.h"

#include <span>
#include <string>
#include <vector>

namespace rapport::alliance {

// One stretch for each rater, target and form without an interruption; those of at least two
// ratings. A rating counts that tells task, goal and bond apart, not all of them at ends of their
// scale, while less than weak evidence speaks for a rupture of its series.
std::vector<QuietStretch> QuietStretchesOf(const MonitorParameters& parameters,
                                           const std::string& family,
                                           std::span<const SessionFacts> history);

}  // namespace rapport::alliance
