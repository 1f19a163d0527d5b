#include "intake/supervision_rules.h"

namespace rapport::intake {
namespace {

using State = SupervisionState;
using Event = SupervisionEvent;

constexpr SupervisionMachine::Row kRows[] = {
    {State::kNone, Event::kAssign, State::kGoesOn, "an administrator, or another supervisor"},
    {State::kGoesOn, Event::kAssign, State::kGoesOn, "it ends first (EndSupervision)",
     "ALREADY_EXISTS"},
    {State::kGoesOn, Event::kEnd, State::kEnded, "an administrator, or a supervisor"},
    {State::kEnded, Event::kAssign, State::kEnded, "anew: another one begins"},
    {State::kEnded, Event::kEnd, State::kEnded, "it has ended; history is not changed",
     "ALREADY_ENDED"},
};

constexpr std::string_view kStates[] = {"", "ONGOING", "ENDED"};
constexpr std::string_view kEvents[] = {"assign", "end"};

}  // namespace

const SupervisionMachine& SupervisionLife() {
  static constexpr SupervisionMachine kLife(
      "supervision", kRows,
      [](State state) { return std::string(kStates[static_cast<std::size_t>(state)]); },
      [](Event event) { return kEvents[static_cast<std::size_t>(event)]; });
  return kLife;
}

State SupervisionStateAt(std::int64_t end_us, std::int64_t at_us) {
  const State assigned = SupervisionLife().After(State::kNone, Event::kAssign);
  return end_us != 0 && end_us <= at_us ? SupervisionLife().After(assigned, Event::kEnd) : assigned;
}

std::string InTheWay(const internal::v1::StoredProfessional& supervisee,
                     std::string_view supervisor, std::int64_t from_us) {
  for (const auto& one : supervisee.supervisions()) {
    if (one.supervisor() == supervisor &&
        !SupervisionLife().Takes(SupervisionStateAt(one.to_us(), from_us), Event::kAssign)) {
      return one.id();
    }
  }
  return "";
}

}  // namespace rapport::intake
