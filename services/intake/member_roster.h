// The roster as one of the family's members may see it: what the people around them are called.
// Pure.
#pragma once

#include <rapport/intake/v1/roster.pb.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rapport::intake {

// Somebody who is arranged separately from the member, as the roster had them when the two were
// parted. Nullopt: it had not.
struct Parted {
  std::string member;  // a name
  std::optional<v1::RosterMember> then;
};

// Names alone, in an order that tells nothing: of `own`, of who helps directly, and, where the
// member attends, of who else does. What staff noted of a person, and that somebody is involved who
// does not attend, is not theirs to see. Who is parted from them stands there as they did then,
// whatever they did since.
v1::Roster RosterForMember(const v1::Roster& now, std::span<const std::string> own,
                           const std::vector<Parted>& parted);

}  // namespace rapport::intake
