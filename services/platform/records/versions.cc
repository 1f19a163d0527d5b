#include "platform/records/versions.h"

#include "platform/base/status_macros.h"

namespace rapport::records {
namespace {

constexpr char kSelectVersions[] =
    "SELECT kind, id, version FROM record"
    " WHERE agency_id = $1 AND family_id = $2 AND kind >= $3 AND kind <= $4 ORDER BY kind, id";
constexpr char kSelectLastEvent[] = "SELECT outbox_sequence FROM audit_head WHERE agency_id = $1";

}  // namespace

absl::StatusOr<std::vector<RecordVersion>> VersionsOfFamily(db::Tx& tx, std::string_view agency,
                                                            std::string_view family, int first_kind,
                                                            int last_kind) {
  std::vector<RecordVersion> versions;
  RETURN_IF_ERROR(tx.Run(kSelectVersions, {agency, db::Blob{family}, first_kind, last_kind},
                         [&](const db::Row& row) {
                           versions.push_back({.kind = static_cast<int>(row.Int(0)),
                                               .id = std::string(row.Bytes(1)),
                                               .version = row.Int(2)});
                         })
                      .status());
  return versions;
}

absl::StatusOr<std::int64_t> LastEvent(db::Tx& tx, std::string_view agency) {
  std::int64_t sequence = 0;
  RETURN_IF_ERROR(tx.Run(kSelectLastEvent, {agency}, [&](const db::Row& row) {
                      sequence = row.Int(0);
                    }).status());
  return sequence;
}

}  // namespace rapport::records
