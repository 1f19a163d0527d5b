#include "admin/stores.h"

#include "admin/chain_heads.h"
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
#include "platform/records/event_history.h"
#include "platform/records/migrations.h"

#include <absl/functional/function_ref.h>

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

using Then = absl::FunctionRef<absl::Status(db::Tx&)>;

absl::StatusOr<Sums> Copy(const Store& from, const Store& to, Then then) {
  Sums sums;
  const auto write = [&](db::Tx& source, db::Tx& target) -> absl::Status {
    sums.clear();
    for (const auto& table : from.tables) {
      ASSIGN_OR_RETURN(sums[table->name()], table->Copy(source, target));
    }
    return then(target);
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

// `same`: whether `to` is what should be there, of which these are the sums.
absl::StatusOr<Sums> CopyOnce(const Store& from, const Store& to, Then then,
                              absl::FunctionRef<absl::StatusOr<bool>(const Sums&)> same) {
  if (from.schema != to.schema) {
    return Refuse(to.where, Concat({"has another schema than ", from.where,
                                    "; bring the older of the two to this release's first"}));
  }
  ASSIGN_OR_RETURN(const bool empty, IsEmpty(to));
  Sums copied;
  if (empty) {
    auto sums = Copy(from, to, then);
    // Done or not, nobody knows: what is there now says it.
    if (db::IsCommitUnknown(sums.status())) sums = SumsOf(from);
    RETURN_IF_ERROR(sums.status());
    copied = *std::move(sums);
  } else {
    ASSIGN_OR_RETURN(copied, SumsOf(from));
  }
  ASSIGN_OR_RETURN(const bool done, same(copied));
  if (done) return copied;
  if (!empty)
    return Refuse(to.where, Concat({"is not empty, and not what ", from.where, " holds"}));
  return absl::DataLossError(Concat({to.where, " does not hold what was copied into it"}));
}

absl::StatusOr<std::int64_t> HistoryOf(const Store& store) {
  std::int64_t history = 0;
  RETURN_IF_ERROR(db::RunSync(
      *store.db, LongCall(),
      [&](db::Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(history, records::NewestHistory(tx));
        return absl::OkStatus();
      },
      false));
  return history;
}

// Of chains that have a line.
absl::StatusOr<std::vector<ChainHead>> LastLinesOf(const Store& store) {
  ASSIGN_OR_RETURN(std::vector<ChainHead> heads, HeadsOf(store));
  std::erase_if(heads, [](const ChainHead& head) { return head.sequence == 0; });
  return heads;
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
  return CopyOnce(
      from, to, [](db::Tx&) { return absl::OkStatus(); },
      [&](const Sums& sums) -> absl::StatusOr<bool> {
        ASSIGN_OR_RETURN(const Sums there, SumsOf(to));
        return there == sums;
      });
}

absl::Status RestoreInto(const Store& from, const Store& to,
                         const std::set<std::string>& agencies) {
  const auto begin = [&](db::Tx& tx) { return records::BeginHistory(tx, agencies, RealMicros()); };
  return CopyOnce(from, to, begin, [&](const Sums& sums) { return IsRestored(from, sums, to); })
      .status();
}

absl::Status BeginHistory(const Store& to, const std::set<std::string>& agencies) {
  return db::RunSync(
      *to.db, LongCall(),
      [&](db::Tx& tx) { return records::BeginHistory(tx, agencies, RealMicros()); }, true);
}

// The heads of the chains are the same but for the numbers of events.
absl::StatusOr<bool> IsRestored(const Store& from, const Sums& sums, const Store& to) {
  constexpr char kHeads[] = "audit_head";
  if (from.schema != to.schema) return false;
  ASSIGN_OR_RETURN(Sums there, SumsOf(to));
  Sums expected = sums;
  expected.erase(kHeads);
  there.erase(kHeads);
  if (there != expected) return false;
  ASSIGN_OR_RETURN(const auto heads_from, LastLinesOf(from));
  ASSIGN_OR_RETURN(const auto heads_to, LastLinesOf(to));
  ASSIGN_OR_RETURN(const std::int64_t history_from, HistoryOf(from));
  ASSIGN_OR_RETURN(const std::int64_t history_to, HistoryOf(to));
  return heads_to == heads_from && history_to > history_from;
}

}  // namespace rapport::admin
