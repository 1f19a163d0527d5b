#include "admin/chain_heads.h"

#include "platform/audit/audit_chain.h"
#include "platform/base/status_macros.h"
#include "platform/db/run_sync.h"

namespace rapport::admin {
namespace {

constexpr char kSelectHead[] = "SELECT audit_sequence, mac FROM audit_head WHERE agency_id = $1";

}  // namespace

absl::StatusOr<std::vector<ChainHead>> HeadsOf(const Store& data) {
  std::vector<ChainHead> heads;
  const auto read = [&](db::Tx& tx) -> absl::Status {
    heads.clear();
    ASSIGN_OR_RETURN(const auto agencies, audit::AuditChain::Agencies(tx));
    for (const std::string& agency : agencies) {
      RETURN_IF_ERROR(tx.Run(kSelectHead, {agency}, [&](const db::Row& row) {
                          heads.push_back({agency, row.Int(0), std::string(row.Bytes(1))});
                        }).status());
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(db::RunSync(*data.db, LongCall(), read, false));
  return heads;
}

}  // namespace rapport::admin
