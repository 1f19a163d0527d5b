// Stores: a service's data or its keys as a whole, wherever they are: in use by nobody else as a
// file, in a schema of PostgreSQL, or in a copy. For the commands that copy, compare and check
// whole databases. One thread.
#pragma once

#include "admin/table_rows.h"
#include "platform/base/call_context.h"
#include "platform/db/db.h"
#include "platform/db/schema_versions.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::admin {

enum class Holds : std::uint8_t { kData, kKeys };
std::string_view NameOf(Holds holds);  // "data", "keys"
const db::MigrationSet& SchemaOf(Holds holds);

// Waits as long as a large database takes.
struct LongCall : CallContext {
  LongCall();
};

struct Store {
  std::string where;
  std::vector<db::AppliedStep> schema;
  std::vector<std::unique_ptr<TableRows>> tables;
  std::unique_ptr<db::Db> db;  // goes before `tables`
};

// FAILED_PRECONDITION: it has no schema, or one that this program does not know. A file that is in
// use by a service is UNAVAILABLE. `where`: a path that is there, or a URL.
absl::StatusOr<Store> OpenStore(const std::string& where, const std::string& service, Holds holds);
// A file with these steps of this program's schema, empty, which no service uses.
absl::StatusOr<Store> MakeStore(const std::string& path, Holds holds,
                                const std::vector<db::AppliedStep>& schema);
// A copy that nobody changes.
absl::StatusOr<Store> OpenCopy(const std::string& path, Holds holds);

// Of one moment.
absl::StatusOr<Sums> SumsOf(const Store& store);

// Everything in `from` at one moment into `to`, in one transaction there: all of it or nothing,
// whatever ends the process. Then both are compared, row by row. A `to` that holds exactly that
// already counts as copied before. FAILED_PRECONDITION: `to` holds something else, or they have not
// the same schema. DATA_LOSS: they differ after all.
absl::StatusOr<Sums> CopyInto(const Store& from, const Store& to);

// The same, and the events of `to` begin a new history (records/event_history.h), of `agencies` too
// that `from` does not know: in that transaction.
absl::Status RestoreInto(const Store& from, const Store& to, const std::set<std::string>& agencies);
// For a `to` that holds what `from` does already.
absl::Status BeginHistory(const Store& to, const std::set<std::string>& agencies);
// Whether `to` holds what RestoreInto puts there. `sums`: of `from`.
absl::StatusOr<bool> IsRestored(const Store& from, const Sums& sums, const Store& to);

}  // namespace rapport::admin
