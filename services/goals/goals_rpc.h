// The wire side of the goals service: which method is served by which use case.
#pragma once

#include "goals/goals_history.h"
#include "goals/goals_service.h"
#include "platform/rpc/method.h"

namespace rapport::goals {

// Both must outlive it.
rpc::BoundService MakeGoalsRpc(GoalsService& service, GoalsHistory& history);

}  // namespace rapport::goals
