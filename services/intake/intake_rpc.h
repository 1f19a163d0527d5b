// The wire side of intake: which method is served by which use case.
#pragma once

#include "intake/erasure_service.h"
#include "intake/intake_history.h"
#include "intake/intake_service.h"
#include "intake/record_request_service.h"
#include "platform/rpc/method.h"

namespace rapport::intake {

rpc::BoundService MakeIntakeRpc(IntakeService& service, ErasureService& erasures,
                                RecordRequestService& requests, IntakeHistory& history);
// Mesh only.
rpc::BoundService MakeAccessRpc(IntakeService& service);

}  // namespace rapport::intake
