#include "platform/db/sqlite_connection.h"

#include "platform/base/strings.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstring>

namespace rapport::db {
namespace {

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  std::int64_t Int(int column) const override { return sqlite3_column_int64(statement_, column); }
  std::string_view Bytes(int column) const override {
    const void* data = sqlite3_column_blob(statement_, column);
    return {static_cast<const char*>(data),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_;
};

// Byte order, as PostgreSQL's "C": without it the two engines page differently.
int CompareBytes(void*, int a_size, const void* a, int b_size, const void* b) {
  const int order = std::memcmp(a, b, static_cast<std::size_t>(std::min(a_size, b_size)));
  return order != 0 ? order : a_size - b_size;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(
    const std::string& path, const std::string& synchronous) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(path.c_str(), &handle, flags, nullptr) != SQLITE_OK) {
    sqlite3_close(handle);
    return absl::UnavailableError(absl::StrCat("cannot open the database ", path));
  }
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle));
  sqlite3_busy_timeout(handle, 5'000);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_create_collation_v2(handle, "C", SQLITE_UTF8, nullptr, CompareBytes, nullptr);
  // Checkpoints never run inside COMMIT: they are its tail latency.
  const absl::Status status = connection->Script(
      "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=ON;"
      "PRAGMA case_sensitive_like=ON; PRAGMA cache_size=-8192; PRAGMA synchronous=" +
      synchronous + ";");
  if (!status.ok()) return status;
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement.handle);
  sqlite3_close(handle_);
}

absl::Status SqliteConnection::Script(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error(code);
}

absl::StatusOr<SqliteConnection::Statement*> SqliteConnection::Prepared(const char* sql,
                                                                        std::size_t values) {
  Statement& statement = statements_[sql];
  if (statement.handle == nullptr) {
    const int code =
        sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement.handle, nullptr);
    if (code != SQLITE_OK) return Error(code);
    for (std::size_t i = 1; i <= values; ++i) {
      const std::string name = absl::StrCat("$", i);
      statement.index_of.push_back(sqlite3_bind_parameter_index(statement.handle, name.c_str()));
    }
  }
  if (statement.index_of.size() != values) {
    return absl::InternalError(absl::StrCat("a statement got ", values, " values: ", sql));
  }
  return &statement;
}

absl::StatusOr<std::int64_t> SqliteConnection::Run(const char* sql,
                                                   std::initializer_list<Value> values,
                                                   OnRow on_row) {
  auto prepared = Prepared(sql, values.size());
  if (!prepared.ok()) return prepared.status();
  sqlite3_stmt* statement = (*prepared)->handle;
  std::size_t number = 0;
  for (const Value& value : values) {
    const int index = (*prepared)->index_of[number++];
    if (index == 0) continue;  // A parameter the statement does not use.
    const int size = static_cast<int>(value.bytes.size());
    switch (value.type) {
      case Value::Type::kInt:
        sqlite3_bind_int64(statement, index, value.number);
        break;
      case Value::Type::kText:
        sqlite3_bind_text(statement, index, value.bytes.data() ? value.bytes.data() : "", size,
                          SQLITE_STATIC);
        break;
      case Value::Type::kBytes:
        // A null pointer would bind NULL, an empty string must stay one.
        sqlite3_bind_blob(statement, index, value.bytes.data() ? value.bytes.data() : "", size,
                          SQLITE_STATIC);
        break;
    }
  }
  std::int64_t rows = 0;
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    on_row(SqliteRow(statement));
    ++rows;
  }
  const bool returns_rows = sqlite3_column_count(statement) > 0;
  sqlite3_reset(statement);  // At once: a statement left open pins the WAL.
  if (code != SQLITE_DONE) return Error(code);
  return returns_rows ? rows : static_cast<std::int64_t>(sqlite3_changes64(handle_));
}

absl::Status SqliteConnection::Error(int code) const {
  const int extended = sqlite3_extended_errcode(handle_);
  // Driver text stays inside: it may quote a value.
  const std::string text = absl::StrCat("sqlite ", extended);
  if (extended == SQLITE_CONSTRAINT_PRIMARYKEY || extended == SQLITE_CONSTRAINT_UNIQUE) {
    return absl::AlreadyExistsError(text);
  }
  if ((code & 0xff) == SQLITE_BUSY) return absl::UnavailableError(text);
  return absl::InternalError(absl::StrCat(text, ": ", sqlite3_errmsg(handle_)));
}

}  // namespace rapport::db
