#include "platform/db/schema_versions.h"

#include "platform/base/status_macros.h"
#include "platform/db/run_sync.h"

namespace rapport::db {
namespace {

constexpr char kSelectVersions[] =
    "SELECT component, number, name, sha256 FROM schema_version ORDER BY component, number";

}  // namespace

absl::StatusOr<std::vector<AppliedStep>> ReadVersions(Db& db) {
  std::vector<AppliedStep> versions;
  const auto read = [&](Tx& tx) {
    return tx
        .Run(kSelectVersions, {},
             [&](const Row& row) {
               versions.push_back({std::string(row.Bytes(0)), row.Int(1), std::string(row.Bytes(2)),
                                   std::string(row.Bytes(3))});
             })
        .status();
  };
  RETURN_IF_ERROR(RunSync(db, read, false));
  return versions;
}

}  // namespace rapport::db
