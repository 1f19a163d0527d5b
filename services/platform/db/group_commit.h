// GroupCommit: the one writer of a SQLite database.
//
// Everything that waits is run in one transaction, each piece of work under its own savepoint, and
// committed once; then all who waited are posted to their homes in one batch. SqliteDb queues here.
// Nobody is resumed with OK before the commit is on the disk.
#pragma once

#include "platform/db/checkpointer.h"
#include "platform/db/fail_stop.h"
#include "platform/db/queue_wait.h"
#include "platform/db/sqlite_connection.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace rapport::db {

class GroupCommit {
 public:
  struct Options {
    std::size_t max_batch;
    Participant* participant;  // may be null
  };
  struct Stats {
    std::uint64_t commits, transactions, rollbacks, expired, queued;
  };

  GroupCommit(Options options, std::unique_ptr<SqliteConnection> connection,
              Checkpointer& checkpointer, FailStop& fail_stop);
  ~GroupCommit();  // Finishes what is queued.

  // Thread-safe. The awaiter's coroutine is resumed once its outcome is known, perhaps before this
  // returns.
  void Enqueue(Db::Awaiter& awaiter);
  Stats stats() const;
  std::chrono::nanoseconds LeastWait();

 private:
  using Batch = std::vector<Db::Awaiter*>;
  void Run();
  bool Take(Batch& batch);
  absl::Status Commit(const Batch& batch);
  absl::StatusOr<bool> Begin(const Batch& batch);
  absl::Status RunUnderSavepoint(Db::Awaiter& awaiter);
  void Resume(const Batch& batch);

  const Options options_;
  const std::unique_ptr<SqliteConnection> connection_;
  Checkpointer& checkpointer_;
  FailStop& fail_stop_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Batch queue_;            // guarded by mutex_
  QueueWait wait_;         // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::atomic<std::uint64_t> commits_{0}, transactions_{0}, rollbacks_{0}, expired_{0};
  std::thread thread_;
};

}  // namespace rapport::db
