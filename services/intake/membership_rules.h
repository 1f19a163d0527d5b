// Memberships and the codes by which members' accounts are linked: where each stands, and what may
// happen to it. Pure.
#pragma once

#include "platform/base/machine.h"

#include <rapport/internal/v1/intake_records.pb.h>

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::intake {

// Somebody's of a family, whatever they were before: one entry for all their times there. A
// correction replaces the times, so that they are in it by now or are not.
enum class MembershipState : std::uint8_t { kNone, kBelongs, kLeft };
enum class MembershipEvent : std::uint8_t { kCreate, kEnd, kResume, kCorrectToIn, kCorrectToOut };
using MembershipMachine = Machine<MembershipState, MembershipEvent>;
const MembershipMachine& MembershipLife();
MembershipState MembershipStateAt(const v1::Member& member, std::int64_t now_us);

// One code. A code that opens nothing is not told why.
enum class MemberInviteState : std::uint8_t { kNone, kWaits, kExpired, kSpent };
// kRedeem: by an account that may be the member's; kRedeemByAnother: by a professional's, or by
// another person's of the family; kLink: an administrator links an account without it.
enum class MemberInviteEvent : std::uint8_t {
  kCreate,
  kTime,
  kRedeem,
  kRedeemByAnother,
  kReplace,
  kLink
};
using MemberInviteMachine = Machine<MemberInviteState, MemberInviteEvent>;
const MemberInviteMachine& MemberInviteLife();
// The code with `hash`, as far as it is the member's.
MemberInviteState MemberInviteStateAt(const internal::v1::StoredMember& member,
                                      std::string_view hash, std::int64_t now_us);

// The accounts that are the member's at `now_us`. On the day on which somebody comes of age that of
// another of `family` who was of age before is theirs no more: what a parent did for a small child
// ends then. What an administrator links after that day stays.
std::vector<std::string> AccountsAt(const internal::v1::StoredMember& member,
                                    const std::vector<const internal::v1::StoredMember*>& family,
                                    const absl::TimeZone& zone, std::int64_t now_us);

}  // namespace rapport::intake
