// SqliteDb: the embedded engine. One writer thread commits everything that is queued in one
// transaction, each piece of work under its own savepoint; readers read inline, each thread on a
// connection of its own, each read in one snapshot. Checkpoints run outside COMMIT. Thread-safe.
//
// A COMMIT that fails has an unknown outcome (after an I/O error the row may be there after a
// restart): every waiter is told so, and `on_fatal` ends the process, since the file can't be
// trusted to continue.
#pragma once

#include "platform/db/sqlite_connection.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace rapport::db {

class SqliteDb final : public Db {
 public:
  struct Options {
    std::string path;
    Participant* participant = nullptr;
    std::function<void()> on_fatal;    // default: _exit(75)
    std::size_t max_batch = 512;       // bounds the latency of the first in a batch
    int checkpoint_pages = 4'096;      // 16 MiB of WAL
    std::string synchronous = "FULL";  // other values only for the test that FULL matters
  };
  struct Stats {
    std::uint64_t commits = 0, transactions = 0, checkpoints = 0, queued = 0, wal_pages = 0;
  };

  // UNAVAILABLE: the file can't be opened, or another process has it.
  static absl::StatusOr<std::unique_ptr<SqliteDb>> Open(Options options);
  ~SqliteDb() override;  // Finishes what is queued.

  bool healthy() const override { return healthy_.load(std::memory_order_relaxed); }
  Stats stats() const;
  // Schema statements at start-up, on the writer's connection, before anything is queued.
  absl::Status Script(const std::string& sql) { return writer_connection_->Script(sql); }

 protected:
  bool Start(Awaiter& awaiter, bool write) override;

 private:
  explicit SqliteDb(Options options) : options_(std::move(options)) {}
  absl::Status Lock();
  SqliteConnection& Reader();
  void RunReader(Awaiter& awaiter);
  void RunWriter();
  void CommitBatch(std::vector<Awaiter*>& batch);
  absl::Status RunBatch(std::vector<Awaiter*>& batch);
  void Checkpoint();
  void RunCheckpoints();

  const Options options_;
  const std::uint64_t serial_ = next_serial_++;  // tells databases apart in the readers' table
  static inline std::atomic<std::uint64_t> next_serial_{1};
  int lock_ = -1;
  std::unique_ptr<SqliteConnection> writer_connection_, checkpoint_connection_;
  std::mutex mutex_;
  std::condition_variable wake_writer_, wake_checkpointer_;
  std::vector<Awaiter*> queue_;         // guarded by mutex_
  bool stopping_ = false;               // guarded by mutex_
  bool checkpoint_wanted_ = false;      // guarded by mutex_
  std::atomic<bool> remainder_{false};  // the bulk is written back; the writer does the rest
  std::atomic<bool> healthy_{true};
  std::atomic<int> wal_pages_{0};
  std::atomic<std::uint64_t> commits_{0}, transactions_{0}, checkpoints_{0};
  std::thread writer_, checkpointer_;
};

}  // namespace rapport::db
