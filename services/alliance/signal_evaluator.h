// SignalEvaluator: looks at a family's file after something changed and says which signals to
// raise, renew or close. Used by the event handler, inside the changes of the event it serves.
//
// The family monitor has been told the whole history, so that a late or corrected rating counts
// from the session it belongs to; what is done about it is done to the signals of now. Looking
// twice at the same state changes nothing: a signal is renewed once a session. Pure; thread-safe.
#pragma once

#include "alliance/file_view.h"
#include "alliance/signals/family_monitor.h"
#include "alliance/signals/shown_before.h"

#include <span>
#include <vector>

namespace rapport::alliance {

// A signal to write.
struct SignalChange {
  const StoredSignal* before = nullptr;  // null: new
  internal::v1::StoredSignal after;
  // A member said that it is hardly safe to speak, of a session of which nobody had heard it: a
  // safety screen is due.
  bool hardly_safe = false;
};

// What the monitor says of a family.
struct FamilyAssessment {
  std::span<const Assessment> last;     // after the last session
  std::span<const ShownBefore> before;  // shown by the sessions before it
};

// `history`, which `assessed` is of, is not empty and all of HistoryOf(view). What was said or
// shown without any reckoning in a session before the last is told like what the last one shows,
// once, when its answer comes, and is an alert if it was one in time. Who says once more that it is
// hardly safe opens what was seen, put off or worked on. One of a key (renewal.h) is open at a
// time. One that was closed is not raised again for the session it was about, nor for the same
// event unless the evidence has grown; isolation and unsafe are, by every later session that itself
// shows them in earnest. All but unsafe are closed when the ratings are back or no longer show
// them; one that was not repaired within five attended sessions, of more than weak evidence,
// becomes an alert and stays for a person to close, and so does one that somebody told of: ratings
// don't take back what was said. What only a session showed that nobody came to after all is over
// too, for the reason that the record was wrong.
std::vector<SignalChange> EvaluateSignals(const FileView& view, const MonitorParameters& parameters,
                                          std::span<const SessionFacts> history,
                                          const FamilyAssessment& assessed);

// The case is closed: every open signal ends as it stands (domain.md 8.5), but that somebody said
// that it is hardly safe: people close that, and it stays in the caseload until they do. A fall as
// far as it was regained; where ratings don't tell, unrepaired; a ceiling, or an answer to safety
// that was lower than before, is over. `assessments` are the last, empty without a session.
std::vector<SignalChange> EndSignals(const FileView& view, std::span<const Assessment> assessments);

}  // namespace rapport::alliance
