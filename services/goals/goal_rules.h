// Goals and stances: which moves a goal makes, what a goal or a stance must be, who sees what of
// them. Pure: resource messages and names in, faults, unmet conditions and shown messages out.
#pragma once

#include "goals/values.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::goals {

// One legal move of a goal.
struct GoalMove {
  v1::GoalState from;
  v1::GoalState to;
  const char* meaning;
};
// The whole table, and as a Graphviz digraph.
std::span<const GoalMove> GoalMoves();
std::string GoalLifeDot();
bool IsMove(v1::GoalState from, v1::GoalState to);
// Empty: the goal takes stances and may end. Otherwise GOAL_ENDED.
std::vector<Unmet> UnmetForChange(const v1::Goal& goal);
// Empty, or CASE_NOT_OPEN.
std::vector<Unmet> UnmetForNewWork(const CaseView& view);

// Owners against scope and roster; a member proposes what they own, in the client system.
Faults FaultsOfGoal(const v1::Goal& goal, const Actor& proposer, const CaseView& view);
// Holder, note and beliefs; `actor` is the holder and who called.
Faults FaultsOfStance(const v1::Stance& stance, const Actor& actor, const CaseView& view);

// Every owner endorses or accepts it. A goal without owners is agreed with whoever proposed it.
bool OwnersAgree(const v1::Goal& goal, const Work& work);

// The clinician had arranged the member who looks and `person` separately at `at_us`, and has
// still: what `person` did then is not for them.
bool WasApart(const Onlooker& who, const CaseView& view, std::string_view person,
              std::int64_t at_us);

// A member sees goals they own or that are shared. Of people they are arranged separately from they
// see, silently, nothing that these proposed or own since.
bool MaySee(const Onlooker& who, const CaseView& view, const v1::Goal& goal);
// `who` is shown what is for owners and professionals.
bool IsForOwners(const Onlooker& who, const v1::Goal& goal);
// What `who` sees of a goal they may see: how it ended and its levels of attainment are told to
// owners and professionals, when it changed last to who owns it alone and professionals.
v1::Goal Shown(const Onlooker& who, v1::Goal goal);
// Nullopt: the stance is not for `who`. A member sees their own without the clinician's note, and
// of others what they share, without beliefs; of people arranged separately not what they set
// since.
std::optional<v1::Stance> Shown(const Onlooker& who, const CaseView& view, v1::Stance stance);

}  // namespace rapport::goals
