// The wire side of alliance: which method is served by which use case.
#pragma once

#include "alliance/alliance_service.h"
#include "platform/rpc/method.h"

namespace rapport::alliance {

rpc::BoundService MakeAllianceRpc(AllianceService& service);

}  // namespace rapport::alliance
