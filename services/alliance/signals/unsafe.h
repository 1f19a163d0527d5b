// Unsafe: a member says that a hard thing cannot be said here without paying for it later.
//
// Called by the family monitor for each rating with a safety score. One low answer is enough: this
// is about harm, so no statistic stands between the answer and the clinician. Pure.
#pragma once

#include "alliance/signals/draft.h"

namespace rapport::alliance {

// One decided draft for each safety score of the session. Tests: U.low and U.drop. Raised at or
// below the low share of the range, an alert; or, to be watched, when the answer fell since the
// last one by more than errors and days make of 1 in 100 quiet pairs. Over after an answer in the
// upper half of the range.
void AdvanceSafety(const MonitorParameters& parameters, const SessionFacts& session,
                   FamilyMonitor& monitor, std::vector<Draft>& drafts);

}  // namespace rapport::alliance
