// Progress over time: consensus after each change of a stance, and what became of homework. Pure:
// messages and times in, numbers out. The measures are the suite's own, named after what the
// literature on homework found missing (amount alone tells little; who agreed, whether it was
// talked over next time, what it leads to).
#pragma once

#include "goals/values.h"

#include <rapport/goals/v1/progress.pb.h>

#include <functional>
#include <string>
#include <vector>

namespace rapport::goals {

// Every version of the stances to one goal, in any order; one holder's oldest first.
using StanceVersions = std::vector<v1::Stance>;
// The members of the client system at a time, as names.
using MembersAt = std::function<std::vector<std::string>(std::int64_t at_us)>;

inline constexpr std::size_t kMostPoints = 200;

// One point for each time at which a member's stance was set, oldest first, the newest kMostPoints
// of them: the index over the members of that time. Empty without stances of members.
std::vector<v1::ConsensusPoint> ConsensusOverTime(StanceVersions versions,
                                                  const MembersAt& members_at);

// Of the whole family; sessions are those held.
v1::HomeworkProgress HomeworkProgressOf(const Work& work, const std::vector<HeldSession>& sessions);
// The doer's newest; null: they did not report.
const v1::HomeworkReport* NewestReport(const v1::Homework& homework, const std::string& doer);
// Of one doer: agreed homework and the newest report of each.
v1::DoerProgress DoerProgressOf(const Work& work, const std::string& member);

}  // namespace rapport::goals
