// Checkpointer: writes the log of a SQLite database back into its file, outside COMMIT.
//
// The bulk goes back on a thread and connection of its own while commits go on. That alone never
// lets a busy log start over, since frames are appended meanwhile: the writer writes that small
// remainder back between two commits. Used by the writer only.
#pragma once

#include "platform/db/fail_stop.h"
#include "platform/db/sqlite_connection.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

namespace rapport::db {

class Checkpointer {
 public:
  // Starts when the log is longer than `threshold_pages` (of 4 KiB).
  Checkpointer(std::unique_ptr<SqliteConnection> connection, int threshold_pages,
               FailStop& fail_stop);
  ~Checkpointer();

  // Before the writer's first commit.
  void Watch(SqliteConnection& writer);
  // The log is emptied, and its file with it, once the commit under way or the next one is through:
  // for what must not be left in it. A reader in the way delays that to a later commit.
  void EmptyLog() { empty_.store(true, std::memory_order_release); }
  // Between two commits, on the writer's thread.
  void BetweenCommits(SqliteConnection& writer);

  // Thread-safe.
  std::uint64_t checkpoints() const { return checkpoints_.load(std::memory_order_relaxed); }
  int log_pages() const { return log_pages_.load(std::memory_order_relaxed); }

 private:
  void Run();
  void WriteBack(SqliteConnection& connection);
  void SyncFile();
  void Empty(SqliteConnection& writer);

  const std::unique_ptr<SqliteConnection> connection_;
  const int threshold_pages_;
  FailStop& fail_stop_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  bool wanted_ = false;    // guarded by mutex_; until the remainder is due
  std::atomic<bool> remainder_due_{false};
  std::atomic<bool> empty_{false};
  std::atomic<int> log_pages_{0};  // in the log, written back or not
  std::atomic<std::uint64_t> checkpoints_{0};
  std::thread thread_;
};

}  // namespace rapport::db
