#include "platform/db/sqlite_connection.h"

#include "platform/base/status_macros.h"
#include "platform/db/sqlite_dialect.h"

#include <absl/cleanup/cleanup.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstring>
#include <utility>

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

// Without this every allocation of every connection takes one lock of the process, for a statistic.
void ConfigureOnce() {
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(configured);
}

// Where $1, $2, ... are in SQLite's own numbering: to it "$2" is a name, numbered by appearance.
absl::StatusOr<std::vector<int>> Indexes(sqlite3_stmt* statement, std::size_t values) {
  std::vector<int> indexes;
  for (std::size_t i = 1; i <= values; ++i) {
    indexes.push_back(sqlite3_bind_parameter_index(statement, absl::StrCat("$", i).c_str()));
  }
  const bool each_used = std::count(indexes.begin(), indexes.end(), 0) == 0;
  if (each_used && sqlite3_bind_parameter_count(statement) == static_cast<int>(values)) {
    return indexes;
  }
  return absl::InternalError(
      absl::StrCat("not exactly the parameters $1 to $", values, ": ", sqlite3_sql(statement)));
}

int Bind(sqlite3_stmt* statement, int index, const Value& value) {
  // A null pointer would bind NULL; an empty string must stay one.
  const char* data = value.bytes.data() != nullptr ? value.bytes.data() : "";
  switch (value.type) {
    case Value::Type::kInt:
      return sqlite3_bind_int64(statement, index, value.number);
    case Value::Type::kText:
      return sqlite3_bind_text64(statement, index, data, value.bytes.size(), SQLITE_STATIC,
                                 SQLITE_UTF8);
    case Value::Type::kBytes:
      return sqlite3_bind_blob64(statement, index, data, value.bytes.size(), SQLITE_STATIC);
  }
  return SQLITE_MISUSE;
}

// As SQLite reads a name that carries a setting.
std::string UnchangingName(std::string_view path) {
  std::string name = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      absl::StrAppend(&name, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    } else {
      name += c;
    }
  }
  return name + "?immutable=1";
}

int OpenHandle(const SqliteConnection::Options& options, sqlite3** handle) {
  constexpr int kFlags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (options.nobody_writes) {
    return sqlite3_open_v2(UnchangingName(options.path).c_str(), handle,
                           kFlags | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
  }
  return sqlite3_open_v2(options.path.c_str(), handle, kFlags | SQLITE_OPEN_READWRITE, nullptr);
}

// Asking for WAL does not fail where it is impossible: it answers with the mode that stays.
absl::Status LogAhead(SqliteConnection& connection, const std::string& path) {
  std::string mode;
  RETURN_IF_ERROR(
      connection.Run("PRAGMA journal_mode=WAL", {}, [&](const Row& row) { mode = row.Bytes(0); })
          .status());
  if (mode == "wal") return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot log changes ahead: ", path));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const Options& options) {
  ConfigureOnce();
  sqlite3* handle = nullptr;
  const int opened = OpenHandle(options, &handle);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle));
  if (opened != SQLITE_OK) {
    return absl::UnavailableError(absl::StrCat("cannot open the database ", options.path));
  }
  sqlite3_busy_timeout(handle, static_cast<int>(options.busy_timeout.count()));
  // "x" is always a column, never a string: as in PostgreSQL.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  // Checkpoints never run inside COMMIT: they are its tail latency. A WAL that grew while somebody
  // held it goes back to 64 MiB when it starts over. What a savepoint may have to bring back stays
  // in memory: beyond 64 KiB SQLite keeps it in a file, in more writes than the log itself takes.
  RETURN_IF_ERROR(connection->Script(absl::StrCat(
      "PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=67108864; PRAGMA foreign_keys=ON;"
      "PRAGMA temp_store=MEMORY;"
      "PRAGMA secure_delete=ON;"  // what is deleted is overwritten; Debian's default
      "PRAGMA case_sensitive_like=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
      "PRAGMA cache_size=-8192; PRAGMA synchronous=",
      options.synchronous, ";")));
  if (!options.nobody_writes) RETURN_IF_ERROR(LogAhead(*connection, options.path));
  if (options.read_only) RETURN_IF_ERROR(connection->Script("PRAGMA query_only=ON;"));
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement.handle);
  sqlite3_close(handle_);
}

absl::Status SqliteConnection::Script(const std::string& statements) {
  const int code = sqlite3_exec(handle_, statements.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error();
}

absl::StatusOr<SqliteConnection::Statement*> SqliteConnection::Prepared(const char* sql,
                                                                        std::size_t values) {
  Statement& kept = statements_[sql];
  if (kept.handle == nullptr) {
    const char* rest = nullptr;
    if (sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &kept.handle, &rest) !=
        SQLITE_OK) {
      return Error();
    }
    auto indexes = Indexes(kept.handle, values);
    if (indexes.ok() && *rest != '\0') {
      indexes = absl::InternalError(absl::StrCat("more than one statement: ", sql));
    }
    if (!indexes.ok()) {
      sqlite3_finalize(std::exchange(kept.handle, nullptr));
      return indexes.status();
    }
    kept.index_of = *std::move(indexes);
  }
  // The key is an address: a text that was no literal shows here, instead of running another's.
  if (kept.index_of.size() != values || std::strcmp(sqlite3_sql(kept.handle), sql) != 0) {
    return absl::InternalError(absl::StrCat("not a literal, or not its values: ", sql));
  }
  return &kept;
}

absl::StatusOr<std::int64_t> SqliteConnection::Run(const char* sql,
                                                   std::initializer_list<Value> values,
                                                   Tx::OnRow on_row) {
  ASSIGN_OR_RETURN(Statement * prepared, Prepared(sql, values.size()));
  sqlite3_stmt* const statement = prepared->handle;
  // At once, also when a callback throws: a statement left open pins the WAL.
  const auto reset = absl::MakeCleanup([statement] { sqlite3_reset(statement); });
  const int* index = prepared->index_of.data();
  for (const Value& value : values) {
    if (Bind(statement, *index++, value) != SQLITE_OK) return Error();
  }
  const SqliteRow row(statement);
  std::int64_t rows = 0;
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    on_row(row);
    ++rows;
  }
  if (code != SQLITE_DONE) return Error();
  const bool returns_rows = sqlite3_column_count(statement) > 0;
  return returns_rows ? rows : static_cast<std::int64_t>(sqlite3_changes64(handle_));
}

absl::Status SqliteConnection::Run(const char* sql) {
  return Run(sql, {}, [](const Row&) {}).status();
}

absl::Status SqliteConnection::Error() {
  last_code_ = sqlite3_extended_errcode(handle_);
  const std::string code = absl::StrCat("sqlite ", last_code_);
  switch (last_code_ & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
      return absl::UnavailableError(code);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(code);
    case SQLITE_CONSTRAINT:
      if (last_code_ == SQLITE_CONSTRAINT_PRIMARYKEY || last_code_ == SQLITE_CONSTRAINT_UNIQUE) {
        return absl::AlreadyExistsError(code);
      }
      break;
    default:
      break;
  }
  // A mistake of ours. SQLite's words for these name columns and quote the statement, not values.
  return absl::InternalError(absl::StrCat(code, ": ", sqlite3_errmsg(handle_)));
}

absl::Status SqliteTx::Begin() {
  if (!failure_.ok()) return absl::FailedPreconditionError("an error has ended this transaction");
  if (running_) return absl::InternalError("a statement inside another's row callback");
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> SqliteTx::Run(const char* sql, std::initializer_list<Value> values,
                                           OnRow on_row) {
  RETURN_IF_ERROR(Begin());
  running_ = true;
  const auto done = absl::MakeCleanup([this] { running_ = false; });
  auto result = connection_.Run(sql, values, on_row);
  if (!result.ok()) failure_ = result.status();
  return result;
}

absl::Status SqliteTx::Script(std::string_view statements) {
  RETURN_IF_ERROR(Begin());
  return failure_ = connection_.Script(ToSqlite(statements));
}

absl::Status SqliteTx::Perform(const Db::Awaiter& awaiter, SqliteConnection& connection) {
  SqliteTx tx(connection);
  absl::Status status;
  try {
    status = awaiter.Run(tx);
  } catch (...) {
    status = absl::InternalError("an exception left a transaction");
  }
  return status.ok() ? tx.failure_ : status;
}

}  // namespace rapport::db
