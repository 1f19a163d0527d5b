#include "platform/records/event_history.h"

#include "platform/audit/audit_row.h"
#include "platform/base/status_macros.h"

#include <algorithm>

namespace rapport::records {
namespace {

constexpr char kSelectNewest[] =
    "SELECT outbox_sequence FROM audit_head ORDER BY outbox_sequence DESC LIMIT 1";
constexpr char kBegin[] =
    "INSERT INTO audit_head (agency_id, audit_sequence, mac, outbox_sequence)"
    " VALUES ($1, $2, $3, $4) ON CONFLICT (agency_id) DO NOTHING";
constexpr char kRaise[] = "UPDATE audit_head SET outbox_sequence = $1";

}  // namespace

absl::StatusOr<std::int64_t> NewestHistory(db::Tx& tx) {
  std::int64_t newest = 0;
  RETURN_IF_ERROR(
      tx.Run(kSelectNewest, {}, [&](const db::Row& row) { newest = row.Int(0); }).status());
  return HistoryOf(newest);
}

absl::Status BeginHistory(db::Tx& tx, const std::set<std::string>& more, std::int64_t now_us) {
  ASSIGN_OR_RETURN(const std::int64_t newest, NewestHistory(tx));
  const std::int64_t history = std::max(now_us / 1'000'000, newest + 1);
  const db::Blob no_line{audit::GenesisMac()};
  for (const std::string& agency : more) {
    RETURN_IF_ERROR(tx.Run(kBegin, {agency, 0, no_line, BeforeHistory(history)}).status());
  }
  return tx.Run(kRaise, {BeforeHistory(history)}).status();
}

}  // namespace rapport::records
