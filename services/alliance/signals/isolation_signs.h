// The triggers of isolation: facts that are reason enough to ask; which of them raise by
// themselves, codes.h says.
//
// Called by the isolation watch once a session and member. Rules: domain.md 8.7 and 12b.4. Pure.
#pragma once

#include "alliance/signals/family_state.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rapport::alliance {

// What one session told of one member.
struct MemberSeen {
  MemberPresence presence;
  bool whole_family = true;
  bool rated = false;
  bool complete = true;              // no rating of the session is still due
  std::optional<double> room_share;  // of the range, 0 the worst
  std::optional<double> bond;        // average over helpers, SD; of one form if others gave it too
  std::vector<double> others;        // bonds of the other members with the same form, SD
};

// Takes the session in and runs every trigger that looks at one member alone. One that is not
// evaluable yet says so, and so does one that would only say again what an earlier session showed:
// it fires on what is new.
std::vector<SingleTest> TestSigns(const MemberSeen& seen, MemberState& state);

// The best bond that one member gave of a helper with one form: who has one good bond is not
// isolated.
struct BestBond {
  MemberState* state = nullptr;
  std::string form;
  double value = 0;              // SD
  double points = 0;             // as the form gives it
  std::optional<double> cutoff;  // in points; absent: none is published
  bool lower_better = false;
};

// What one best bond shows.
struct LowBond {
  SingleTest fall;    // far below their own before
  SingleTest cutoff;  // beyond the form's cut-off
};

// Takes in the session's best bonds, one of each form of each member who rated, and tests each
// against the member's own with that form before and against what happened to the others; in their
// order.
std::vector<LowBond> TestLowBonds(std::span<const BestBond> bonds);

}  // namespace rapport::alliance
