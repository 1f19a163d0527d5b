// A program that writes rows and says what became of each, for tests that kill it or break its
// disk.
//
//   unit_db_driver PATH ROUNDS WRITERS [--sync=OFF]
//
// WRITERS coroutines on two threads insert rows 0, 1, 2, ... until each has done ROUNDS, or one was
// not told OK. One line per row to stdout, in one write each, once the outcome is known:
//
//   ok N | no N | unknown N
//
// Ends with "end", or after a failed commit with "fatal" and 75, once it has seen that the database
// refuses everything from then on. DRIVER_FSIZE limits the size of each file in bytes.
#include "unit/db/db_driver.h"

#include "unit/db/db_harness.h"

#include <dlfcn.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace rapport::db {
namespace {

constexpr char kCreate[] =
    "CREATE TABLE IF NOT EXISTS row (agency_id TEXT NOT NULL, id BIGINT NOT NULL,"
    " payload TEXT NOT NULL, PRIMARY KEY (agency_id, id));";
constexpr char kLast[] = "SELECT coalesce(max(id), -1) FROM row WHERE agency_id = 'a'";
constexpr char kInsert[] = "INSERT INTO row (agency_id, id, payload) VALUES ('a', $1, $2)";

void Say(std::string_view what, std::int64_t id) {
  const std::string line = Concat({what, " ", std::to_string(id), "\n"});
  if (write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(3);
}

class Driver {
 public:
  Driver(int rounds, int writers) : rounds_(rounds), writers_(writers) {}

  int Run(const std::string& path, const std::string& synchronous) {
    auto opened = SqliteDb::Open({.path = path,
                                  .on_fatal = [this](const absl::Status&) { fatal_ = true; },
                                  .checkpoint_pages = 16,
                                  .synchronous = synchronous});
    if (!opened.ok()) return kCannotOpen;
    SqliteDb& db = **opened;
    if (!Begin(db).ok()) return fatal_ ? kFatal : kCannotOpen;
    {
      Coroutines calls(2);
      for (int i = 0; i < writers_; ++i) calls.Start(Write(db));
    }
    if (fatal_ || !db.healthy()) return Fatal(db);
    opened->reset();  // Its last checkpoint may fail too.
    Say("end", 0);
    return 0;
  }

 private:
  absl::Status Begin(Db& db) {
    const absl::Status made = Script(db, kCreate);
    if (!made.ok()) return made;
    return db::Read(db, [&](Tx& tx) {
      return tx.Run(kLast, {}, [&](const Row& row) { next_ = row.Int(0) + 1; }).status();
    });
  }

  Task<> Write(Db& db) {
    for (int i = 0; i < rounds_ && !stop_; ++i) {
      const std::int64_t id = next_++;
      PatientContext context;
      const std::string payload = DriverPayload(id);
      const absl::Status status = co_await db.Write(
          context, [&](Tx& tx) { return tx.Run(kInsert, {id, payload}).status(); });
      if (status.ok()) {
        if (answered_ != nullptr) answered_(id);
        Say("ok", id);
      } else {
        Say(IsCommitUnknown(status) ? "unknown" : "no", id);
        stop_ = true;
      }
    }
  }

  int Fatal(Db& db) {
    const auto nothing = [](Tx&) { return absl::OkStatus(); };
    const bool refuses = !db.healthy() && absl::IsUnavailable(db::Write(db, nothing)) &&
                         absl::IsUnavailable(db::Read(db, nothing));
    if (!refuses) return kServesAfterFatal;
    Say("fatal", 0);
    _exit(kFatal);  // As a service ends: closing would write to the file once more.
  }

  const int rounds_, writers_;
  std::atomic<std::int64_t> next_{0};
  std::atomic<bool> stop_{false}, fatal_{false};
  // Of tests/support/sync_order_shim.c, when that is loaded.
  void (*const answered_)(long) =
      reinterpret_cast<void (*)(long)>(dlsym(RTLD_DEFAULT, "rapport_sync_order_answered"));
};

void LimitFileSize() {
  const char* bytes = std::getenv("DRIVER_FSIZE");
  if (bytes == nullptr) return;
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{std::strtoul(bytes, nullptr, 10), RLIM_INFINITY};
  setrlimit(RLIMIT_FSIZE, &limit);
}

}  // namespace
}  // namespace rapport::db

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  rapport::db::LimitFileSize();
  rapport::db::Driver driver(std::atoi(argv[2]), std::atoi(argv[3]));
  return driver.Run(argv[1], argc > 4 ? "OFF" : "FULL");
}
