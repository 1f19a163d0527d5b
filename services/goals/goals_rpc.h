// The wire side of the goals service: which method is served by which use case.
#pragma once

#include "goals/goals_service.h"
#include "platform/rpc/method.h"

namespace rapport::goals {

// `service` must outlive it.
rpc::BoundService MakeGoalsRpc(GoalsService& service);

}  // namespace rapport::goals
