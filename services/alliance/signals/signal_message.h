// From an assessment of the family monitor to the signal that people see.
//
// Called by the alliance service, which adds name, times, state and session, and keeps one open
// signal for each key. The posterior is not in it: it is nobody's to read before an agency's own
// data have confirmed it (domain.md 12b.2). Pure, thread-safe.
#pragma once

#include "alliance/signals/family_monitor.h"
#include "alliance/signals/suggestions.h"

namespace rapport::alliance {

// Whether the assessment is to be a signal: open, on evidence that is enough to say something.
bool Speaks(const Assessment& assessment);

// An alert: strong evidence, a trigger of isolation (of domain.md 8.7, but a cut-off), what
// somebody told, any doubt about safety; else something to watch.
v1::SignalLevel LevelOf(const Assessment& assessment);

// Kind, level, evidence, member, target, content, words, tests, instrument and versions.
// `session` is the one it was assessed after; `who` is the member, `level` the family's level of
// need.
v1::Signal SignalOf(const Assessment& assessment, const SessionFacts& session, WhoIsLow who,
                    NeedLevel level);

}  // namespace rapport::alliance
