#include "admin/stores.h"

#include "admin/whole_files.h"
#include "platform/base/clock.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/migrations.h"
#include "platform/db/open.h"
#include "platform/db/postgres_db.h"
#include "platform/db/run_sync.h"
#include "platform/db/sqlite_db.h"
#include "platform/db/sqlite_snapshot.h"
#include "platform/records/migrations.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <utility>

namespace rapport::admin {
namespace {

constexpr auto kLongest = std::chrono::hours(24 * 7);

// What this program knows of the schema that the database says it has.
absl::Status Describe(Store& store, Holds holds) {
  const db::MigrationSet& known = SchemaOf(holds);
  const auto versions = db::ReadVersions(*store.db);
  if (absl::IsInternal(versions.status())) return Refuse(store.where, "has no schema");
  RETURN_IF_ERROR(versions.status());
  if (versions->empty()) return Refuse(store.where, "has no schema");
  std::set<std::int64_t> applied;
  for (const db::AppliedStep& step : *versions) {
    const bool same =
        step.component == known.component && std::ranges::any_of(known.steps, [&](const auto& one) {
          return one.number == step.number && one.sha256 == step.sha256;
        });
    if (!same) {
      return Refuse(store.where, Concat({step.component, " ", step.name,
                                         " is not of this program's schema of ", NameOf(holds)}));
    }
    applied.insert(step.number);
  }
  store.schema = *versions;
  ASSIGN_OR_RETURN(store.tables, RowsOf(known, applied));
  return absl::OkStatus();
}

absl::StatusOr<bool> IsEmpty(const Store& store) {
  bool any = false;
  RETURN_IF_ERROR(db::RunSync(
      *store.db, LongCall(),
      [&](db::Tx& tx) -> absl::Status {
        for (const auto& table : store.tables) {
          ASSIGN_OR_RETURN(const bool here, table->AnyRow(tx));
          any = any || here;
        }
        return absl::OkStatus();
      },
      false));
  return !any;
}

absl::StatusOr<Sums> Copy(const Store& from, const Store& to) {
  Sums sums;
  const auto write = [&](db::Tx& source, db::Tx& target) -> absl::Status {
    sums.clear();
    for (const auto& table : from.tables) {
      ASSIGN_OR_RETURN(sums[table->name()], table->Copy(source, target));
    }
    return absl::OkStatus();
  };
  const LongCall call;
  RETURN_IF_ERROR(db::RunSync(
      *from.db, call,
      [&](db::Tx& source) {
        return db::RunSync(
            *to.db, call, [&](db::Tx& target) { return write(source, target); }, true);
      },
      false));
  return sums;
}

}  // namespace

LongCall::LongCall() {
  arrived = SteadyClock::now();
  deadline = arrived + kLongest;
}

std::string_view NameOf(Holds holds) { return holds == Holds::kData ? "data" : "keys"; }

const db::MigrationSet& SchemaOf(Holds holds) {
  return holds == Holds::kData ? records::Migrations() : crypto::Migrations();
}

absl::StatusOr<Store> OpenStore(const std::string& where, const std::string& service, Holds holds) {
  Store store{.where = where};
  if (db::IsPostgres(where)) {
    // A URL may hold a password.
    store.where = holds == Holds::kData ? service : db::KeysSchemaOf(service);
    ASSIGN_OR_RETURN(
        store.db,
        db::PostgresDb::Open(
            {.url = where,
             .schema = store.where,
             .connections = 2,
             .longest_work = std::chrono::duration_cast<std::chrono::minutes>(kLongest)}));
  } else {
    if (!std::filesystem::is_regular_file(where)) return Refuse(where, "is no file");
    ASSIGN_OR_RETURN(store.db, db::SqliteDb::Open({.path = where}));
  }
  RETURN_IF_ERROR(Describe(store, holds));
  return store;
}

absl::StatusOr<Store> MakeStore(const std::string& path, Holds holds,
                                const std::vector<db::AppliedStep>& schema) {
  Store store{.where = path};
  ASSIGN_OR_RETURN(store.db, db::SqliteDb::Open({.path = path}));
  std::vector<db::Migration> steps;
  std::ranges::copy_if(SchemaOf(holds).steps, std::back_inserter(steps), [&](const auto& step) {
    return std::ranges::find(schema, step.number, &db::AppliedStep::number) != schema.end();
  });
  const db::MigrationSet set{SchemaOf(holds).component, steps};
  RETURN_IF_ERROR(db::Migrate(*store.db, {&set, 1}, RealMicros(), {.contract = true}).status());
  RETURN_IF_ERROR(Describe(store, holds));
  return store;
}

absl::StatusOr<Store> OpenCopy(const std::string& path, Holds holds) {
  Store store{.where = path};
  ASSIGN_OR_RETURN(store.db, db::OpenSnapshot(path));
  RETURN_IF_ERROR(Describe(store, holds));
  return store;
}

absl::StatusOr<Sums> SumsOf(const Store& store) {
  Sums sums;
  RETURN_IF_ERROR(db::RunSync(
      *store.db, LongCall(),
      [&](db::Tx& tx) -> absl::Status {
        for (const auto& table : store.tables) {
          ASSIGN_OR_RETURN(sums[table->name()], table->Sum(tx));
        }
        return absl::OkStatus();
      },
      false));
  return sums;
}

absl::StatusOr<Sums> CopyInto(const Store& from, const Store& to) {
  if (from.schema != to.schema) {
    return Refuse(to.where, Concat({"has another schema than ", from.where,
                                    "; bring the older of the two to this release's first"}));
  }
  ASSIGN_OR_RETURN(const bool empty, IsEmpty(to));
  Sums copied;
  if (empty) {
    auto sums = Copy(from, to);
    // Done or not, nobody knows: what is there now says it.
    if (db::IsCommitUnknown(sums.status())) sums = SumsOf(from);
    RETURN_IF_ERROR(sums.status());
    copied = *std::move(sums);
  } else {
    ASSIGN_OR_RETURN(copied, SumsOf(from));
  }
  ASSIGN_OR_RETURN(const Sums there, SumsOf(to));
  if (there == copied) return copied;
  if (!empty)
    return Refuse(to.where, Concat({"is not empty, and not what ", from.where, " holds"}));
  return absl::DataLossError(Concat({to.where, " does not hold what was copied into it"}));
}

}  // namespace rapport::admin
