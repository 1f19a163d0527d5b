#include "intake/membership_rules.h"

#include "intake/person_rules.h"

#include <algorithm>

namespace rapport::intake {
namespace {

namespace membership {

using State = MembershipState;
using Event = MembershipEvent;

constexpr MembershipMachine::Row kRows[] = {
    {State::kNone, Event::kCreate, State::kBelongs, "whoever works on a case that is not closed"},
    {State::kBelongs, Event::kEnd, State::kLeft, "with a reason"},
    {State::kBelongs, Event::kResume, State::kBelongs, "the person leaves first (EndMembership)",
     "ALREADY_MEMBER"},
    {State::kBelongs, Event::kCorrectToIn, State::kBelongs, "other times, with a reason"},
    {State::kBelongs, Event::kCorrectToOut, State::kLeft, "had left, or never belonged"},
    {State::kLeft, Event::kEnd, State::kLeft, "it has ended; history is not changed",
     "ALREADY_ENDED"},
    {State::kLeft, Event::kResume, State::kBelongs, "comes back to a case that is not closed"},
    {State::kLeft, Event::kCorrectToIn, State::kBelongs, "had not left"},
    {State::kLeft, Event::kCorrectToOut, State::kLeft, "other times, with a reason"},
};

constexpr std::string_view kStates[] = {"", "BELONGS", "LEFT"};
constexpr std::string_view kEvents[] = {"create", "end", "resume", "correct", "correct"};

}  // namespace membership

namespace invite {

using State = MemberInviteState;
using Event = MemberInviteEvent;

constexpr std::string_view kUnknown = "NOT_FOUND";
constexpr std::string_view kAnotherCode = "another code (CreateMemberInvite)";

constexpr MemberInviteMachine::Row kRows[] = {
    {State::kNone, Event::kCreate, State::kWaits, "whoever works on the case; for 14 days"},
    {State::kWaits, Event::kTime, State::kExpired, "14 days are over"},
    {State::kWaits, Event::kRedeem, State::kSpent, "the account is the member's"},
    {State::kWaits, Event::kRedeemByAnother, State::kWaits,
     "the member does so themself, or an administrator links the account (LinkAccount)",
     "INVITE_FOR_ANOTHER"},
    {State::kWaits, Event::kReplace, State::kSpent, "another code is made for the member"},
    {State::kWaits, Event::kLink, State::kSpent, "an administrator links an account"},
    {State::kExpired, Event::kRedeem, State::kExpired, kAnotherCode, kUnknown},
    {State::kExpired, Event::kRedeemByAnother, State::kExpired, kAnotherCode, kUnknown},
    {State::kExpired, Event::kReplace, State::kSpent, "another code is made for the member"},
    {State::kExpired, Event::kLink, State::kSpent, "an administrator links an account"},
    {State::kSpent, Event::kRedeem, State::kSpent, kAnotherCode, kUnknown},
    {State::kSpent, Event::kRedeemByAnother, State::kSpent, kAnotherCode, kUnknown},
};

constexpr std::string_view kStates[] = {"", "WAITS", "EXPIRED", "SPENT"};
constexpr std::string_view kEvents[] = {"create",  "time", "redeem", "redeem by another account",
                                        "replace", "link"};

}  // namespace invite

bool Has(const internal::v1::StoredMember& member, const std::string& account) {
  return std::ranges::find(member.subjects(), account) != member.subjects().end();
}

// Releases that did not keep when it was linked: when the person came into the family.
std::int64_t LinkedUs(const internal::v1::StoredMember& member, const std::string& account) {
  const auto link = std::ranges::find(
      member.links(), account, [](const auto& one) -> const std::string& { return one.subject(); });
  if (link != member.links().end()) return link->at_us();
  const auto& periods = member.member().periods();
  return periods.empty() ? 0 : Micros(periods.begin()->start_time());
}

bool WasOfAgeBefore(const v1::Member& other, std::int64_t majority_us, const absl::TimeZone& zone) {
  const auto theirs_us = MajorityUs(other, zone);
  return theirs_us ? *theirs_us < majority_us : IsAdultsRole(other.role());
}

}  // namespace

const MembershipMachine& MembershipLife() {
  static constexpr MembershipMachine kLife(
      "membership", membership::kRows,
      [](MembershipState state) {
        return std::string(membership::kStates[static_cast<std::size_t>(state)]);
      },
      [](MembershipEvent event) { return membership::kEvents[static_cast<std::size_t>(event)]; });
  return kLife;
}

MembershipState MembershipStateAt(const v1::Member& member, std::int64_t now_us) {
  const MembershipMachine& life = MembershipLife();
  const MembershipState created = life.After(MembershipState::kNone, MembershipEvent::kCreate);
  return BelongsAt(member, now_us) ? created : life.After(created, MembershipEvent::kEnd);
}

const MemberInviteMachine& MemberInviteLife() {
  static constexpr MemberInviteMachine kLife(
      "member_invite", invite::kRows,
      [](MemberInviteState state) {
        return std::string(invite::kStates[static_cast<std::size_t>(state)]);
      },
      [](MemberInviteEvent event) { return invite::kEvents[static_cast<std::size_t>(event)]; });
  return kLife;
}

MemberInviteState MemberInviteStateAt(const internal::v1::StoredMember& member,
                                      std::string_view hash, std::int64_t now_us) {
  const MemberInviteMachine& life = MemberInviteLife();
  const MemberInviteState created =
      life.After(MemberInviteState::kNone, MemberInviteEvent::kCreate);
  if (member.invite_hash() != hash) return life.After(created, MemberInviteEvent::kRedeem);
  return member.invite_expires_us() <= now_us ? life.After(created, MemberInviteEvent::kTime)
                                              : created;
}

std::vector<std::string> AccountsAt(const internal::v1::StoredMember& member,
                                    const std::vector<const internal::v1::StoredMember*>& family,
                                    const absl::TimeZone& zone, std::int64_t now_us) {
  const auto majority_us = MajorityUs(member.member(), zone);
  std::vector<std::string> accounts;
  for (const std::string& account : member.subjects()) {
    const bool came_of_age =
        majority_us && LinkedUs(member, account) < *majority_us && *majority_us <= now_us;
    const bool anothers = came_of_age && std::ranges::any_of(family, [&](const auto* other) {
                            return other->member().name() != member.member().name() &&
                                   Has(*other, account) &&
                                   WasOfAgeBefore(other->member(), *majority_us, zone);
                          });
    if (!anothers) accounts.push_back(account);
  }
  return accounts;
}

}  // namespace rapport::intake
