#include "platform/db/sqlite_snapshot.h"

#include "platform/base/status_macros.h"
#include "platform/db/sqlite_connection.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace rapport::db {
namespace {

constexpr int kBusyMillis = 10'000;

struct Closer {
  void operator()(sqlite3* handle) const { sqlite3_close(handle); }
};
using Handle = std::unique_ptr<sqlite3, Closer>;

absl::Status Failed(int code, const std::string& path) {
  const bool damaged = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
  const std::string words = absl::StrCat(path, ": ", sqlite3_errstr(code));
  return damaged ? absl::DataLossError(words) : absl::UnavailableError(words);
}

absl::StatusOr<Handle> Open(const std::string& path) {
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &opened,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Handle handle(opened);
  if (code != SQLITE_OK) return Failed(code, path);
  sqlite3_busy_timeout(opened, kBusyMillis);
  return handle;
}

absl::Status Execute(sqlite3* handle, const char* statements, const std::string& path) {
  const int code = sqlite3_exec(handle, statements, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Failed(code, path);
}

// All of it in one step: a copy in several begins anew whenever somebody writes.
absl::Status CopyPages(sqlite3* from, sqlite3* to, const std::string& path) {
  sqlite3_backup* const backup = sqlite3_backup_init(to, "main", from, "main");
  if (backup == nullptr) return Failed(sqlite3_extended_errcode(to), path);
  const int stepped = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (stepped != SQLITE_DONE) return Failed(stepped, path);
  return finished == SQLITE_OK ? absl::OkStatus() : Failed(finished, path);
}

class SnapshotDb final : public Db {
 public:
  explicit SnapshotDb(std::unique_ptr<SqliteConnection> connection)
      : connection_(std::move(connection)) {}
  bool healthy() const override { return true; }

 protected:
  bool Start(Awaiter& awaiter, bool write) override {
    awaiter.set_status(write ? absl::FailedPreconditionError("a copy is not written to")
                             : SqliteTx::Perform(awaiter, *connection_));
    return true;
  }

 private:
  const std::unique_ptr<SqliteConnection> connection_;
};

}  // namespace

absl::Status CopySqlite(const std::string& from, const std::string& to) {
  const int file = open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return absl::UnavailableError(absl::StrCat(to, ": can't be made"));
  const auto copy = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const Handle source, Open(from));
    ASSIGN_OR_RETURN(const Handle target, Open(to));
    // Nobody needs half a copy: it is made durable once, as a whole.
    RETURN_IF_ERROR(Execute(target.get(), "PRAGMA synchronous=OFF", to));
    RETURN_IF_ERROR(CopyPages(source.get(), target.get(), from));
    return Execute(target.get(), "PRAGMA journal_mode=DELETE", to);
  };
  absl::Status copied = copy();
  if (copied.ok() && fsync(file) != 0) copied = absl::UnavailableError(absl::StrCat(to, ": fsync"));
  close(file);
  return copied;
}

absl::StatusOr<std::unique_ptr<Db>> OpenSnapshot(const std::string& path) {
  ASSIGN_OR_RETURN(auto connection, SqliteConnection::Open(
                                        {.path = path, .read_only = true, .nobody_writes = true}));
  // Opening reads nothing yet; this says whether it is a database.
  RETURN_IF_ERROR(connection->Run("PRAGMA schema_version", {}, [](const Row&) {}).status());
  return std::make_unique<SnapshotDb>(std::move(connection));
}

}  // namespace rapport::db
