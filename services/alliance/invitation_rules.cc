#include "alliance/invitation_rules.h"

namespace rapport::alliance {
namespace {

using State = InvitationState;
using Event = InvitationEvent;

// A code that opens nothing is told nothing of why.
constexpr std::string_view kRefused = "INVITATION_USED";
constexpr std::string_view kAnother = "another invitation";

constexpr InvitationMachine::Row kRows[] = {
    {State::kNone, Event::kCreate, State::kGood, "for a form that waits"},
    {State::kGood, Event::kFill, State::kUsed, "a rating comes"},
    {State::kGood, Event::kReplace, State::kReplaced, "another one is made for the form"},
    {State::kGood, Event::kTime, State::kExpired, "its time, or the form's, is over"},
    {State::kUsed, Event::kFill, State::kUsed, kAnother, kRefused},
    {State::kReplaced, Event::kFill, State::kReplaced, kAnother, kRefused},
    {State::kExpired, Event::kFill, State::kExpired, kAnother, kRefused},
    {State::kExpired, Event::kReplace, State::kReplaced, "another one is made for the form"},
};

constexpr std::string_view kStates[] = {"", "GOOD", "USED", "REPLACED", "EXPIRED"};
constexpr std::string_view kEvents[] = {"create", "fill in", "replace", "time"};

}  // namespace

const InvitationMachine& InvitationLife() {
  static constexpr InvitationMachine kLife(
      "rating_invitation", kRows,
      [](State state) { return std::string(kStates[static_cast<std::size_t>(state)]); },
      [](Event event) { return kEvents[static_cast<std::size_t>(event)]; });
  return kLife;
}

State StateOf(const internal::v1::StoredRatingInvitation& invitation, bool used,
              std::int64_t now_us) {
  const InvitationMachine& life = InvitationLife();
  const State created = life.After(State::kNone, Event::kCreate);
  if (used) return life.After(created, Event::kFill);
  if (invitation.superseded()) return life.After(created, Event::kReplace);
  return now_us >= invitation.expires_us() ? life.After(created, Event::kTime) : created;
}

}  // namespace rapport::alliance
