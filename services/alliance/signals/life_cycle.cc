#include "alliance/signals/life_cycle.h"

#include "platform/base/strings.h"

#include <algorithm>

namespace rapport::alliance {
namespace {

constexpr v1::SignalState kOpen = v1::SIGNAL_STATE_OPEN;
constexpr v1::SignalState kAcknowledged = v1::SIGNAL_STATE_ACKNOWLEDGED;
constexpr v1::SignalState kWorking = v1::SIGNAL_STATE_WORKING;
constexpr v1::SignalState kSnoozed = v1::SIGNAL_STATE_SNOOZED;
constexpr v1::SignalState kClosed = v1::SIGNAL_STATE_CLOSED;
using Step = SignalStep;

constexpr SignalTransition kTable[] = {
    {kOpen, Step::kAcknowledge, kAcknowledged},
    {kOpen, Step::kBeginRepair, kWorking},
    {kOpen, Step::kEndRepair, kClosed},
    {kOpen, Step::kDismiss, kClosed},
    {kOpen, Step::kSnooze, kSnoozed},
    {kOpen, Step::kRenew, kOpen},
    {kOpen, Step::kStrengthen, kOpen},
    {kOpen, Step::kSaidAgain, kOpen},
    {kOpen, Step::kRecover, kClosed},
    {kOpen, Step::kCaseEnds, kClosed},
    {kAcknowledged, Step::kBeginRepair, kWorking},
    {kAcknowledged, Step::kEndRepair, kClosed},
    {kAcknowledged, Step::kDismiss, kClosed},
    {kAcknowledged, Step::kSnooze, kSnoozed},
    {kAcknowledged, Step::kRenew, kAcknowledged},
    {kAcknowledged, Step::kStrengthen, kOpen},  // worse than what was seen
    {kAcknowledged, Step::kSaidAgain, kOpen},
    {kAcknowledged, Step::kRecover, kClosed},
    {kAcknowledged, Step::kCaseEnds, kClosed},
    {kWorking, Step::kBeginRepair, kWorking},  // another attempt
    {kWorking, Step::kEndRepair, kClosed},
    {kWorking, Step::kDismiss, kClosed},
    {kWorking, Step::kSnooze, kSnoozed},
    {kWorking, Step::kRenew, kWorking},
    {kWorking, Step::kStrengthen, kWorking},
    {kWorking, Step::kSaidAgain, kOpen},
    {kWorking, Step::kRecover, kClosed},
    {kWorking, Step::kCaseEnds, kClosed},
    {kSnoozed, Step::kAcknowledge, kAcknowledged},
    {kSnoozed, Step::kBeginRepair, kWorking},
    {kSnoozed, Step::kEndRepair, kClosed},
    {kSnoozed, Step::kDismiss, kClosed},
    {kSnoozed, Step::kSnooze, kSnoozed},  // another time
    {kSnoozed, Step::kWake, kOpen},
    {kSnoozed, Step::kRenew, kSnoozed},
    {kSnoozed, Step::kStrengthen, kOpen},
    {kSnoozed, Step::kSaidAgain, kOpen},
    {kSnoozed, Step::kRecover, kClosed},
    {kSnoozed, Step::kCaseEnds, kClosed},
};

std::string_view StateName(v1::SignalState state) {
  switch (state) {
    case kOpen:
      return "open";
    case kAcknowledged:
      return "acknowledged";
    case kWorking:
      return "working";
    case kSnoozed:
      return "snoozed";
    case kClosed:
      return "closed";
    default:
      return "unspecified";
  }
}

}  // namespace

std::span<const SignalTransition> SignalTransitions() { return kTable; }

std::optional<v1::SignalState> NextState(v1::SignalState from, SignalStep step) {
  const auto* found = std::ranges::find_if(
      kTable, [&](const SignalTransition& t) { return t.from == from && t.step == step; });
  if (found == std::end(kTable)) return std::nullopt;
  return found->to;
}

bool OutcomeFits(SignalStep step, v1::SignalOutcome outcome) {
  switch (step) {
    case Step::kEndRepair:
      return outcome == v1::SIGNAL_OUTCOME_REPAIRED || outcome == v1::SIGNAL_OUTCOME_PARTLY ||
             outcome == v1::SIGNAL_OUTCOME_UNREPAIRED;
    case Step::kDismiss:
      return outcome == v1::SIGNAL_OUTCOME_DISMISSED;
    case Step::kRecover:
      return outcome == v1::SIGNAL_OUTCOME_REPAIRED || outcome == v1::SIGNAL_OUTCOME_PARTLY ||
             outcome == v1::SIGNAL_OUTCOME_OVER;
    case Step::kCaseEnds:
      return outcome == v1::SIGNAL_OUTCOME_REPAIRED || outcome == v1::SIGNAL_OUTCOME_PARTLY ||
             outcome == v1::SIGNAL_OUTCOME_UNREPAIRED || outcome == v1::SIGNAL_OUTCOME_OVER;
    default:
      return outcome == v1::SIGNAL_OUTCOME_UNSPECIFIED;
  }
}

bool IsOpen(v1::SignalState state) {
  return state != kClosed && state != v1::SIGNAL_STATE_UNSPECIFIED;
}

std::string_view StepName(SignalStep step) {
  switch (step) {
    case Step::kAcknowledge:
      return "acknowledge";
    case Step::kBeginRepair:
      return "begin repair";
    case Step::kEndRepair:
      return "end repair";
    case Step::kDismiss:
      return "dismiss";
    case Step::kSnooze:
      return "snooze";
    case Step::kWake:
      return "wake";
    case Step::kRenew:
      return "fires again";
    case Step::kStrengthen:
      return "fires stronger";
    case Step::kSaidAgain:
      return "said again";
    case Step::kRecover:
      return "recovers";
    case Step::kCaseEnds:
      return "case ends";
  }
  return "";
}

std::string SignalLifeCycleGraph() {
  std::string graph = "digraph signal {\n  rankdir=LR;\n  raised [shape=point];\n";
  graph += "  closed [shape=doublecircle label=\"closed\\n{repaired, partly,\\nunrepaired, ";
  graph += "dismissed, over}\"];\n  raised -> open;\n";
  for (const SignalTransition& t : kTable) {
    graph += Concat({"  ", StateName(t.from), " -> ", StateName(t.to), " [label=\"",
                     StepName(t.step), "\"];\n"});
  }
  return graph + "}\n";
}

}  // namespace rapport::alliance
