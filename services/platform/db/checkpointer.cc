#include "platform/db/checkpointer.h"

#include <absl/strings/str_cat.h>
#include <pthread.h>

#include <utility>

namespace rapport::db {

Checkpointer::Checkpointer(std::unique_ptr<SqliteConnection> connection, int threshold_pages,
                           FailStop& fail_stop)
    : connection_(std::move(connection)),
      threshold_pages_(threshold_pages),
      fail_stop_(fail_stop),
      thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), "db-checkpoint");
}

Checkpointer::~Checkpointer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Checkpointer::Watch(SqliteConnection& writer) {
  sqlite3_wal_hook(
      writer.raw(),
      [](void* pages, sqlite3*, const char*, int in_log) {
        static_cast<std::atomic<int>*>(pages)->store(in_log, std::memory_order_relaxed);
        return SQLITE_OK;
      },
      &log_pages_);
}

void Checkpointer::BetweenCommits(SqliteConnection& writer) {
  if (empty_.exchange(false, std::memory_order_acquire)) return Empty(writer);
  if (remainder_due_.exchange(false, std::memory_order_acquire)) {
    WriteBack(writer);
    checkpoints_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (log_pages() <= threshold_pages_) return;
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(wanted_, true)) return;
  }
  wake_.notify_one();
}

// TRUNCATE needs that no reader uses the log and no other checkpoint is under way.
void Checkpointer::Empty(SqliteConnection& writer) {
  const int code = sqlite3_wal_checkpoint_v2(writer.raw(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                             nullptr, nullptr);
  if (code == SQLITE_OK) {
    log_pages_.store(0, std::memory_order_relaxed);
    checkpoints_.fetch_add(1, std::memory_order_relaxed);
  } else if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) {
    empty_.store(true, std::memory_order_relaxed);
  } else {
    fail_stop_.End(absl::UnavailableError(absl::StrCat("emptying the log: sqlite ", code)));
  }
}

void Checkpointer::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stopping_ || wanted_; });
    if (stopping_) return;
    lock.unlock();
    WriteBack(*connection_);
    SyncFile();
    lock.lock();
    wanted_ = false;
    remainder_due_.store(true, std::memory_order_release);
  }
}

// SQLite itself syncs the file only once all of the log is in it, which under load is the case
// between two commits: with the whole bulk to sync the writer would stand still until then.
void Checkpointer::SyncFile() {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(connection_->raw(), nullptr, SQLITE_FCNTL_FILE_POINTER, &file);
  const int code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) {
    fail_stop_.End(absl::UnavailableError(absl::StrCat("checkpoint: sqlite ", code)));
  }
}

// PASSIVE waits for nobody: what a reader still needs stays in the log until the next time.
void Checkpointer::WriteBack(SqliteConnection& connection) {
  const int code = sqlite3_wal_checkpoint_v2(connection.raw(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                             nullptr, nullptr);
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) return;
  fail_stop_.End(absl::UnavailableError(absl::StrCat("checkpoint: sqlite ", code)));
}

}  // namespace rapport::db
