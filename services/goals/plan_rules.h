// The plan: one goal's row, and what each member works on for the other services. Pure.
#pragma once

#include "goals/values.h"

#include <rapport/goals/v1/plan.pb.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rapport::goals {

// The row of a goal that `who` may see. A member's has their own cell and those that others share,
// and nothing computed over others.
v1::PlanGoal RowOf(const v1::Goal& goal, const Onlooker& who, const CaseView& view,
                   const Work& work);

// What kind of homework fits a family at this level of need, 1 to 4 (intake's level plan; domain.md
// 9.1); unspecified where it was not assessed.
intake::v1::HomeworkStyle StyleFor(int level_of_need);

// What isolation needs to know of a member.
struct MemberWork {
  std::string member;          // name
  bool has_goal = false;       // owns or endorses an active goal
  std::int64_t agreed_us = 0;  // newest agreement of homework they do; 0: none
  friend bool operator==(const MemberWork&, const MemberWork&) = default;
};
// In the order of the view's members.
std::vector<MemberWork> WorkOfMembers(const CaseView& view, const Work& work);

}  // namespace rapport::goals
