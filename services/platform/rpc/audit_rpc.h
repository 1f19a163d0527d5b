// Binds rapport.audit.v1.AuditService, which every process serves for what it did itself.
#pragma once

#include "platform/audit/audit_queries.h"
#include "platform/rpc/method.h"

namespace rapport::rpc {

// `queries` must outlive it.
BoundService MakeAuditRpc(audit::AuditQueries& queries);

}  // namespace rapport::rpc
