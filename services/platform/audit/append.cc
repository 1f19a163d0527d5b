#include "platform/audit/append.h"

#include "platform/audit/audit_record.h"
#include "platform/base/status_macros.h"

#include <utility>

namespace rapport::audit {

Task<absl::Status> Append(CallContext& context, db::Db& db, crypto::KeyRing& keys,
                          AuditChain& chain, std::string agency, internal::v1::AuditRecord record) {
  std::vector<internal::v1::AuditRecord> records;
  records.push_back(std::move(record));
  co_return co_await Append(context, db, keys, chain, std::move(agency), std::move(records));
}

Task<absl::Status> Append(CallContext& context, db::Db& db, crypto::KeyRing& keys,
                          AuditChain& chain, std::string agency,
                          std::vector<internal::v1::AuditRecord> records) {
  CO_ASSIGN_OR_RETURN(const auto sealer,
                      co_await keys.FindOrCreate(context, agency, "", crypto::KeyClass::kRecord));
  std::vector<AuditChain::Entry> lines;
  lines.reserve(records.size());
  for (const internal::v1::AuditRecord& record : records) {
    lines.push_back({.family = record.family(),
                     .at_us = record.at_us(),
                     .recorded_us = record.recorded_us(),
                     .sealed = SealRecord(*sealer, chain.service(), agency, record)});
  }
  co_return co_await db.Write(context, [&](db::Tx& tx) -> absl::Status {
    for (const AuditChain::Entry& line : lines) {
      RETURN_IF_ERROR(chain.Append(tx, agency, line).status());
    }
    return absl::OkStatus();
  });
}

}  // namespace rapport::audit
