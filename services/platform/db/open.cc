#include "platform/db/open.h"

#include "platform/base/status_macros.h"
#include "platform/db/postgres_db.h"
#include "platform/db/sqlite_db.h"

#include <utility>

namespace rapport::db {
namespace {

absl::StatusOr<OpenedDb> OpenPostgres(OpenOptions options) {
  ASSIGN_OR_RETURN(auto db, PostgresDb::Open({.url = std::move(options.where),
                                              .schema = std::move(options.schema),
                                              .participant = options.participant,
                                              .isolation = options.isolation,
                                              .connections = options.connections}));
  const PostgresDb* const counts = db.get();
  return OpenedDb{.db = std::move(db),
                  .figures =
                      [counts] {
                        const PostgresDb::Stats stats = counts->stats();
                        return Figures{.commits = stats.transactions,
                                       .transactions = stats.transactions,
                                       .queued = stats.queued};
                      },
                  .empty_log = [] {}};
}

}  // namespace

OpenedDb Describe(std::unique_ptr<SqliteDb> db) {
  SqliteDb* const kept = db.get();
  return OpenedDb{.db = std::move(db),
                  .figures =
                      [kept] {
                        const SqliteDb::Stats stats = kept->stats();
                        return Figures{.commits = stats.commits,
                                       .transactions = stats.transactions,
                                       .queued = stats.queued,
                                       .checkpoints = stats.checkpoints,
                                       .wal_pages = stats.wal_pages};
                      },
                  .empty_log = [kept] { kept->EmptyLog(); }};
}

bool IsPostgres(std::string_view where) {
  return where.starts_with("postgres://") || where.starts_with("postgresql://");
}

std::string KeysSchemaOf(std::string_view service) { return std::string(service) + "_keys"; }

absl::StatusOr<OpenedDb> Open(OpenOptions options) {
  if (IsPostgres(options.where)) return OpenPostgres(std::move(options));
  if (options.where.find("://") != std::string::npos) {
    return absl::InvalidArgumentError("a database is a SQLite file or postgres://...");
  }
  ASSIGN_OR_RETURN(auto db, SqliteDb::Open({.path = std::move(options.where),
                                            .participant = options.participant,
                                            .on_fatal = std::move(options.on_fatal)}));
  return Describe(std::move(db));
}

}  // namespace rapport::db
