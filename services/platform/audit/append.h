// Append: one line of its own in an agency's audit trail, for what no commit of records writes:
// disclosures, refusals, a clock that was set. Thread-safe.
#pragma once

#include "platform/audit/audit_chain.h"
#include "platform/base/call_context.h"
#include "platform/base/task.h"
#include "platform/crypto/key_ring.h"
#include "platform/db/db.h"

#include <absl/status/status.h>
#include <rapport/internal/v1/sealed.pb.h>

#include <string>
#include <vector>

namespace rapport::audit {

// OK: the line is durable. `record` has its times and its family; the others must live until the
// task ends. Other outcomes as Db::Write.
Task<absl::Status> Append(CallContext& context, db::Db& db, crypto::KeyRing& keys,
                          AuditChain& chain, std::string agency, internal::v1::AuditRecord record);
// Several lines in one transaction: all or none.
Task<absl::Status> Append(CallContext& context, db::Db& db, crypto::KeyRing& keys,
                          AuditChain& chain, std::string agency,
                          std::vector<internal::v1::AuditRecord> records);

}  // namespace rapport::audit
