// SqliteDb: the embedded engine, one file.
//
// One writer thread commits everything that is queued in one transaction (group_commit.h); readers
// read inline, each thread on a connection of its own, each read in one snapshot. Never two
// processes on one file. A commit or checkpoint that fails ends the process (fail_stop.h).
// Thread-safe. Every call must have ended, and no other thread may start one, before it is
// destroyed.
#pragma once

#include "platform/db/checkpointer.h"
#include "platform/db/fail_stop.h"
#include "platform/db/group_commit.h"
#include "platform/db/sqlite_connection.h"

#include <absl/status/statusor.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace rapport::db {

class SqliteDb final : public Db {
 public:
  struct Options {
    std::string path;  // made when absent, readable by its owner only
    Participant* participant = nullptr;
    // Ends the process, after those who waited were posted. Default: reason to stderr, _exit(75).
    std::function<void(const absl::Status& why)> on_fatal;
    std::size_t max_batch = 512;       // bounds the latency of the first in a batch
    int checkpoint_pages = 4'096;      // 16 MiB of log
    bool quick_check = false;          // read the whole file first; DATA_LOSS when it is damaged
    std::string synchronous = "FULL";  // OFF only for the test that FULL matters
  };
  struct Stats {
    std::uint64_t commits = 0;       // COMMITs
    std::uint64_t transactions = 0;  // pieces of work in them
    std::uint64_t rollbacks = 0;     // pieces of work that failed
    std::uint64_t expired = 0;       // ... that nobody waited for any more
    std::uint64_t queued = 0;        // ... that wait now
    std::uint64_t checkpoints = 0;
    std::uint64_t wal_pages = 0;  // in the log now
  };

  // UNAVAILABLE: can't be opened, or another process has it. DATA_LOSS: no database, or damaged.
  static absl::StatusOr<std::unique_ptr<SqliteDb>> Open(Options options);
  ~SqliteDb() override;  // Finishes what is queued.

  bool healthy() const override { return fail_stop_.healthy(); }
  std::chrono::nanoseconds LeastWait() override { return writer_->LeastWait(); }
  Stats stats() const;
  // Before a write that deletes what must leave no trace: once it is done, nor does the log keep
  // it, as soon as no reader needs that any more. Thread-safe.
  void EmptyLog() { checkpointer_->EmptyLog(); }

 protected:
  bool Start(Awaiter& awaiter, bool write) override;

 private:
  explicit SqliteDb(Options options);
  absl::Status Lock();
  absl::Status Connect();
  SqliteConnection::Options ConnectionOptions() const;
  absl::StatusOr<SqliteConnection*> Reader();
  absl::Status Read(const Awaiter& awaiter);

  const Options options_;
  const std::uint64_t serial_;  // tells databases apart in each thread's table of readers
  FailStop fail_stop_;
  int lock_ = -1;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SqliteConnection>> readers_;  // guarded by mutex_
  std::optional<Checkpointer> checkpointer_;
  std::optional<GroupCommit> writer_;
};

}  // namespace rapport::db
