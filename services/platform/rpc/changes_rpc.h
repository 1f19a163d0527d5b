// Binds rapport.changes.v1.ChangesService, which every process serves for its own resources.
#pragma once

#include "platform/rpc/changes_service.h"
#include "platform/rpc/method.h"

namespace rapport::rpc {

// `service` must outlive it.
BoundService MakeChangesRpc(ChangesService& service);

}  // namespace rapport::rpc
