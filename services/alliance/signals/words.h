// What a signal says to a clinician: one sentence with the numbers. What to do next is in
// suggestions.h.
//
// Called when a signal is raised or renewed. Own wording, kept in one place so that it can be read
// and translated as a whole. Never a name, never a diagnosis, never a probability. Pure,
// thread-safe.
#pragma once

#include "alliance/signals/family_monitor.h"
#include "alliance/signals/session_facts.h"

#include <string>

namespace rapport::alliance::words {

// One decimal, as people read scores: 7 is `7.0`.
std::string OneDecimal(double value);

// `session` is the one the assessment was made after. Never empty for a kind that is specified.
std::string SummaryOf(const Assessment& assessment, const SessionFacts& session);

}  // namespace rapport::alliance::words
