// SqliteConnection: one SQLite connection of one thread, statements prepared once and kept.
// SqliteTx: the same seen by a piece of work, ended by its first error.
//
// Used by the driver in this folder only. Not thread-safe.
#pragma once

#include "platform/db/db.h"

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::db {

class SqliteConnection {
 public:
  struct Options {
    std::string path;
    std::string synchronous = "FULL";           // OFF only for the test that FULL matters
    std::chrono::milliseconds busy_timeout{0};  // how long a statement waits for a lock
    bool read_only = false;                     // statements that change anything fail
    // No process changes the file as long as it is open, so no lock, no log, no file beside it.
    bool nobody_writes = false;
  };
  // UNAVAILABLE: can't be opened. DATA_LOSS: no database.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const Options& options);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;

  // As Tx::Run. The statement is reset before this returns.
  absl::StatusOr<std::int64_t> Run(const char* sql, std::initializer_list<Value> values,
                                   Tx::OnRow on_row);
  absl::Status Run(const char* sql);
  // Several statements in SQLite's own dialect, not kept.
  absl::Status Script(const std::string& statements);

  // SQLite's extended code of the last failure.
  int last_code() const { return last_code_; }
  sqlite3* raw() const { return handle_; }

 private:
  struct Statement {
    sqlite3_stmt* handle = nullptr;
    std::vector<int> index_of;  // of $1, $2, ...
  };
  explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}
  absl::StatusOr<Statement*> Prepared(const char* sql, std::size_t values);
  absl::Status Error();

  sqlite3* const handle_;
  int last_code_ = SQLITE_OK;
  absl::flat_hash_map<const char*, Statement> statements_;
};

class SqliteTx final : public Tx {
 public:
  explicit SqliteTx(SqliteConnection& connection) : connection_(connection) {}
  using Tx::Run;
  absl::StatusOr<std::int64_t> Run(const char* sql, std::initializer_list<Value> values,
                                   OnRow on_row) override;
  absl::Status Script(std::string_view statements) override;

  // Runs the awaiter's work. Not OK: nothing of it may stay. An error that the work swallowed ends
  // it all the same; an exception is INTERNAL: the other works of a batch are not its victims.
  static absl::Status Perform(const Db::Awaiter& awaiter, SqliteConnection& connection);

 private:
  absl::Status Begin();

  SqliteConnection& connection_;
  absl::Status failure_;
  bool running_ = false;  // a statement is giving rows
};

}  // namespace rapport::db
