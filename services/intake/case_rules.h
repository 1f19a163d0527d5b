// The life cycle of a case: which moves exist and what each needs. Pure.
#pragma once

#include "intake/case_file.h"

#include <rapport/intake/v1/family_requests.pb.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rapport::intake {

// One legal move.
struct Move {
  v1::FamilyState from;
  v1::FamilyState to;
  const char* meaning;
};

// The whole table.
std::span<const Move> Moves();
bool IsMove(v1::FamilyState from, v1::FamilyState to);
// The table as a Graphviz digraph.
std::string LifeCycleDot();

// Every condition of entering `to` that is not met at `now_us`; empty: the move may be made. An
// illegal move is itself one condition: ILLEGAL_TRANSITION, which names the legal ones. Safety is
// told as a screen that is due or an outcome to be settled, never whose answer or which.
// A case that an emergency opened may move to OPEN once more, which settles it.
std::vector<Unmet> UnmetFor(const CaseFile& file, v1::FamilyState to, v1::CaseEnding ending,
                            std::int64_t now_us);

// What whoever makes that move should know, though nothing forbids it.
std::vector<v1::TransitionWarning> WarningsFor(const CaseFile& file, v1::FamilyState to);

// Leaving the regular way, and coming back from the end, wants a reason in words: REASON_MISSING
// when there is none; nullopt: nothing is missing.
std::optional<Unmet> MissingReason(const v1::Family& family, v1::FamilyState from,
                                   v1::FamilyState to, std::string_view reason);

// The case enters a state that nothing forbids: times, episodes, what is due. From OPEN to OPEN it
// is the emergency that is settled.
void EnterState(v1::FamilyState from, v1::FamilyState to, std::string_view reason,
                v1::CaseEnding ending, std::int64_t now_us, v1::Family* family);

// What opening the case would still need; nothing of moves.
std::vector<Unmet> UnmetForOpen(const CaseFile& file, std::int64_t now_us);
// Of it the consents and what these rest on: that somebody attends, whose age is known.
std::vector<Unmet> UnmetConsents(const CaseFile& file, std::int64_t now_us);

// Whether the level was confirmed for the closing of the work that goes on, or ended last.
bool WasLookedBackOn(const CaseFile& file);

}  // namespace rapport::intake
