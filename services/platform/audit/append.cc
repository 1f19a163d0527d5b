#include "platform/audit/append.h"

#include "platform/audit/audit_record.h"
#include "platform/base/status_macros.h"

namespace rapport::audit {

Task<absl::Status> Append(CallContext& context, db::Db& db, crypto::KeyRing& keys,
                          AuditChain& chain, std::string agency, internal::v1::AuditRecord record) {
  CO_ASSIGN_OR_RETURN(const auto sealer,
                      co_await keys.FindOrCreate(context, agency, "", crypto::KeyClass::kRecord));
  const AuditChain::Entry entry{.family = record.family(),
                                .at_us = record.at_us(),
                                .recorded_us = record.recorded_us(),
                                .sealed = SealRecord(*sealer, chain.service(), agency, record)};
  co_return co_await db.Write(context,
                              [&](db::Tx& tx) { return chain.Append(tx, agency, entry).status(); });
}

}  // namespace rapport::audit
