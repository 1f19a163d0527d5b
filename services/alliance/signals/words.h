// What a signal says to a clinician: one sentence with the numbers, and one thing to do next.
//
// Called by the rules. Own wording, kept in one place so that it can be read and translated as a
// whole. Never a name, never a diagnosis, never a probability. Pure, thread-safe.
#pragma once

#include "alliance/scoring/series.h"
#include "alliance/signals/isolation_facts.h"
#include "rapport/alliance/v1/signal.pb.h"

#include <google/protobuf/repeated_ptr_field.h>

#include <string>
#include <string_view>

namespace rapport::alliance::words {

using Tests = google::protobuf::RepeatedPtrField<v1::SignalTest>;

// One decimal, as people read scores: 7 is `7.0`.
std::string OneDecimal(double value);

// `tests` are those of all contents; the sentence is about `content`.
std::string DropSummary(v1::Content content, const ScorePoint& latest, const Tests& tests);
std::string DropNextStep(v1::Content content);

// The strongest reasons first, at most three. `components` as far as known, `tests` the triggers.
std::string IsolationSummary(const IsolationIndex& index, const Tests& tests);
std::string IsolationNextStep(const IsolationIndex& index, const Tests& tests);

}  // namespace rapport::alliance::words
