// Open: the one place that chooses an engine, by what a setting says: a path is a SQLite file,
// postgres://... a schema of a PostgreSQL database. Called at start-up and by tools; what it
// returns knows no engine any more.
#pragma once

#include "platform/db/db.h"
#include "platform/db/postgres_transaction.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace rapport::db {

// What engines count, each what it has.
struct Figures {
  std::uint64_t commits = 0;       // COMMITs
  std::uint64_t transactions = 0;  // pieces of work in them
  std::uint64_t queued = 0;        // pieces of work that wait now
  std::uint64_t checkpoints = 0;   // of SQLite's log
  std::uint64_t wal_pages = 0;     // ... and what is in it now
};

class SqliteDb;

struct OpenedDb {
  std::unique_ptr<Db> db;
  std::function<Figures()> figures;
  // See SqliteDb::EmptyLog. Nothing happens on PostgreSQL, whose log no client can empty
  // (DECISIONS 39).
  std::function<void()> empty_log;
};

struct OpenOptions {
  std::string where;   // a path or a URL
  std::string schema;  // on PostgreSQL
  Participant* participant = nullptr;
  // SQLite: see SqliteDb::Options.
  std::function<void(const absl::Status& why)> on_fatal;
  // PostgreSQL: see PostgresDb::Options.
  Isolation isolation = Isolation::kReadCommitted;
  int connections = 8;
};

bool IsPostgres(std::string_view where);
// The schema of a service's keys on PostgreSQL; that of its data has the service's name.
std::string KeysSchemaOf(std::string_view service);

// What is known of a file's engine, for those who open it themselves.
OpenedDb Describe(std::unique_ptr<SqliteDb> db);

// Outcomes as SqliteDb::Open and PostgresDb::Open. INVALID_ARGUMENT: a URL of something else.
absl::StatusOr<OpenedDb> Open(OpenOptions options);

}  // namespace rapport::db
