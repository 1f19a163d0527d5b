#include "intake/member_roster.h"

#include <algorithm>

namespace rapport::intake {
namespace {

bool Attends(const v1::RosterMember& member) {
  return member.involvement() == v1::INVOLVEMENT_DIRECT;
}

void AddName(const v1::RosterMember& member, v1::Roster* shown) {
  v1::RosterMember& one = *shown->add_members();
  one.set_member(member.member());
  one.set_display_name(member.display_name());
}

}  // namespace

v1::Roster RosterForMember(const v1::Roster& now, std::span<const std::string> own,
                           const std::vector<Parted>& parted) {
  v1::Roster shown;
  shown.set_family(now.family());
  const auto is_own = [&](const v1::RosterMember& member) {
    return std::ranges::find(own, member.member()) != own.end();
  };
  const bool attends = std::ranges::any_of(now.members(), [&](const v1::RosterMember& member) {
    return is_own(member) && Attends(member);
  });
  for (const v1::RosterMember& member : now.members()) {
    if (std::ranges::find(parted, member.member(), &Parted::member) != parted.end()) continue;
    if (is_own(member) || (attends && Attends(member))) AddName(member, &shown);
  }
  for (const Parted& other : parted) {
    if (attends && other.then && Attends(*other.then)) AddName(*other.then, &shown);
  }
  std::ranges::sort(*shown.mutable_members(), {}, &v1::RosterMember::member);
  for (const v1::RosterHelper& helper : now.helpers()) {
    if (helper.involvement() != v1::INVOLVEMENT_DIRECT) continue;
    v1::RosterHelper& one = *shown.add_helpers();
    one.set_professional(helper.professional());
    one.set_display_name(helper.display_name());
  }
  return shown;
}

}  // namespace rapport::intake
