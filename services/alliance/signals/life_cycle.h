// The life cycle of a signal, as one table.
//
// Called by the alliance service before every change of a signal's state; a step that the table
// does not have is refused. Pure, thread-safe.
#pragma once

#include "rapport/alliance/v1/signal.pb.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rapport::alliance {

// What can happen to a signal.
enum class SignalStep : std::uint8_t {
  kAcknowledge,  // a clinician has seen it
  kBeginRepair,  // a repair was recorded, without an outcome
  kEndRepair,    // a repair was recorded, with one
  kDismiss,
  kSnooze,
  kWake,        // the snooze is over
  kRenew,       // the rule fired again, no stronger than before
  kStrengthen,  // the rule fired again with a higher level or evidence
  kSaidAgain,   // a member said once more that it is hardly safe: nobody has seen that yet
  kRecover,     // the ratings are back, half way or the data no longer show it
  kCaseEnds,    // the case was closed: it ends as it stands
};

// A change that is allowed.
struct SignalTransition {
  v1::SignalState from = v1::SIGNAL_STATE_UNSPECIFIED;
  SignalStep step = SignalStep::kAcknowledge;
  v1::SignalState to = v1::SIGNAL_STATE_UNSPECIFIED;
};

// The whole table; a pair of state and step stands in it at most once.
std::span<const SignalTransition> SignalTransitions();

// Where the step leads. Absent: not allowed in this state.
std::optional<v1::SignalState> NextState(v1::SignalState from, SignalStep step);

// Whether a signal that takes this step may end so: an ended repair is repaired, partly or
// unrepaired, a recovery repaired, partly or over, a closed case repaired, partly, unrepaired or
// over, a dismissal dismissed, and nothing else has an outcome.
bool OutcomeFits(SignalStep step, v1::SignalOutcome outcome);

// Everything but closed: such a signal keeps others of its key from being raised.
bool IsOpen(v1::SignalState state);

// `acknowledge`, `begin repair`, ...
std::string_view StepName(SignalStep step);

// The table in Graphviz's DOT language, states and steps in the order of the table.
std::string SignalLifeCycleGraph();

}  // namespace rapport::alliance
