// The wire side of intake: which method is served by which use case.
#pragma once

#include "intake/intake_service.h"
#include "platform/rpc/method.h"

namespace rapport::intake {

rpc::BoundService MakeIntakeRpc(IntakeService& service);
// Mesh only.
rpc::BoundService MakeAccessRpc(IntakeService& service);

}  // namespace rapport::intake
