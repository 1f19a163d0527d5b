// The wire side of alliance: which method is served by which use case.
#pragma once

#include "alliance/alliance_service.h"
#include "alliance/signal_watch.h"
#include "platform/rpc/method.h"

namespace rapport::alliance {

// Both must outlive it.
rpc::BoundService MakeAllianceRpc(AllianceService& service, SignalWatch& watch);

}  // namespace rapport::alliance
