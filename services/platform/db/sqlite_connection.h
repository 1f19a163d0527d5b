// SqliteConnection: one SQLite connection of one thread, statements prepared once and kept.
// Only the driver in this folder uses it. Not thread-safe.
#pragma once

#include "platform/db/db.h"

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>
#include <sqlite3.h>

#include <memory>
#include <string>
#include <vector>

namespace rapport::db {

class SqliteConnection final : public Tx {
 public:
  // `synchronous`: FULL, but for the test that proves that it matters.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const std::string& path,
                                                                const std::string& synchronous);
  ~SqliteConnection() override;

  using Tx::Run;
  absl::StatusOr<std::int64_t> Run(const char* sql, std::initializer_list<Value> values,
                                   OnRow on_row) override;
  // Several statements at once, for schema and settings.
  absl::Status Script(const std::string& sql);

  sqlite3* raw() const { return handle_; }

 private:
  struct Statement {
    sqlite3_stmt* handle = nullptr;
    std::vector<int> index_of;  // $1, $2, ... to SQLite's own numbering: a name, not a number
  };
  explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}
  absl::StatusOr<Statement*> Prepared(const char* sql, std::size_t values);
  absl::Status Error(int code) const;

  sqlite3* const handle_;
  absl::flat_hash_map<const char*, Statement> statements_;
};

}  // namespace rapport::db
