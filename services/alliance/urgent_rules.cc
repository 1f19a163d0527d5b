#include "alliance/urgent_rules.h"

namespace rapport::alliance {
namespace {

using State = UrgentState;
using Event = UrgentEvent;

constexpr std::string_view kRefused = "URGENT_TASK_STATE";
constexpr std::string_view kWaiting = "a task that nobody acknowledged yet";

// A report after the last line is another task.
constexpr UrgentMachine::Row kRows[] = {
    {State::kNone, Event::kReport, State::kOpen, "not safe, or wants to talk soon"},
    {State::kOpen, Event::kReport, State::kOpen, "said again, perhaps worse"},
    {State::kOpen, Event::kTime, State::kOpen, "put before more people"},
    {State::kOpen, Event::kSee, State::kSeen, "put before supervisors and who is on duty"},
    {State::kOpen, Event::kAcknowledge, State::kAcknowledged, "somebody looks after it"},
    {State::kSeen, Event::kReport, State::kSeen, "said again"},
    {State::kSeen, Event::kTime, State::kSeen, "put before more people"},
    {State::kSeen, Event::kSee, State::kSeen, kWaiting, kRefused},
    {State::kSeen, Event::kAcknowledge, State::kAcknowledged, "somebody looks after it"},
    {State::kAcknowledged, Event::kSee, State::kAcknowledged, kWaiting, kRefused},
    {State::kAcknowledged, Event::kAcknowledge, State::kAcknowledged, kWaiting, kRefused},
};

constexpr std::string_view kStates[] = {"", "OPEN", "SEEN", "ACKNOWLEDGED"};
constexpr std::string_view kEvents[] = {"report", "time", "a trainee sees it", "acknowledge"};

}  // namespace

const UrgentMachine& UrgentLife() {
  static constexpr UrgentMachine kLife(
      "urgent_task", kRows,
      [](State state) { return std::string(kStates[static_cast<std::size_t>(state)]); },
      [](Event event) { return kEvents[static_cast<std::size_t>(event)]; });
  return kLife;
}

State StateOf(const v1::UrgentTask& task) {
  if (task.state() == v1::URGENT_TASK_STATE_UNSPECIFIED) return State::kNone;
  if (task.state() == v1::URGENT_TASK_STATE_ACKNOWLEDGED) return State::kAcknowledged;
  return task.has_acknowledge_time() ? State::kSeen : State::kOpen;
}

v1::UrgentTaskState ShownState(State state) {
  if (state == State::kNone) return v1::URGENT_TASK_STATE_UNSPECIFIED;
  return state == State::kAcknowledged ? v1::URGENT_TASK_STATE_ACKNOWLEDGED
                                       : v1::URGENT_TASK_STATE_OPEN;
}

}  // namespace rapport::alliance
