// The hard triggers of isolation: facts that are reason enough to ask, whatever else is known.
//
// Called by the isolation watch once a session and member. Rules: domain.md 8.7 and 12b.4. Pure.
#pragma once

#include "alliance/signals/family_state.h"

#include <optional>
#include <vector>

namespace rapport::alliance {

// What one session told of one member.
struct MemberSeen {
  MemberPresence presence;
  bool whole_family = true;
  bool rated = false;
  std::optional<double> room_share;  // of the range, 0 the worst
  std::optional<double> bond;        // average over helpers, SD
  std::vector<double> others;        // bonds of the other members with the same form, SD
};

// Takes the session in and runs every trigger; one that is not evaluable yet says so.
std::vector<SingleTest> TestSigns(const MemberSeen& seen, MemberState& state);

}  // namespace rapport::alliance
