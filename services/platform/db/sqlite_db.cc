#include "platform/db/sqlite_db.h"

#include "platform/base/strings.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>

namespace rapport::db {
namespace {

// EX_TEMPFAIL: a restart may find the truth.
constexpr int kExitFatal = 75;

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteDb>> SqliteDb::Open(Options options) {
  if (!options.on_fatal) options.on_fatal = [] { _exit(kExitFatal); };
  std::unique_ptr<SqliteDb> self(new SqliteDb(std::move(options)));
  if (absl::Status status = self->Lock(); !status.ok()) return status;
  for (auto* connection : {&self->writer_connection_, &self->checkpoint_connection_}) {
    auto opened = SqliteConnection::Open(self->options_.path, self->options_.synchronous);
    if (!opened.ok()) return opened.status();
    *connection = *std::move(opened);
  }
  sqlite3_wal_hook(
      self->writer_connection_->raw(),
      [](void* pages, sqlite3*, const char*, int in_wal) {
        static_cast<std::atomic<int>*>(pages)->store(in_wal, std::memory_order_relaxed);
        return SQLITE_OK;
      },
      &self->wal_pages_);
  self->writer_ = std::thread([raw = self.get()] { raw->RunWriter(); });
  self->checkpointer_ = std::thread([raw = self.get()] { raw->RunCheckpoints(); });
  return self;
}

// SQLite would let two processes share the file; each would believe it is the only writer.
absl::Status SqliteDb::Lock() {
  lock_ = open((options_.path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) {
    return absl::UnavailableError(absl::StrCat("cannot open the database ", options_.path));
  }
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    return absl::UnavailableError(absl::StrCat("another process has the database ", options_.path));
  }
  return absl::OkStatus();
}

SqliteDb::~SqliteDb() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_writer_.notify_one();
  wake_checkpointer_.notify_one();
  if (writer_.joinable()) writer_.join();
  if (checkpointer_.joinable()) checkpointer_.join();
  if (lock_ >= 0) close(lock_);
}

SqliteDb::Stats SqliteDb::stats() const {
  Stats stats{commits_, transactions_, checkpoints_, 0,
              static_cast<std::uint64_t>(std::max(0, wal_pages_.load()))};
  std::lock_guard lock(const_cast<std::mutex&>(mutex_));
  stats.queued = queue_.size();
  return stats;
}

bool SqliteDb::Start(Awaiter& awaiter, bool write) {
  if (!write) {
    RunReader(awaiter);
    return true;
  }
  bool was_empty;
  {
    std::lock_guard lock(mutex_);
    was_empty = queue_.empty();
    queue_.push_back(&awaiter);
  }
  if (was_empty) wake_writer_.notify_one();
  return false;
}

SqliteConnection& SqliteDb::Reader() {
  // Threads outlive databases in tests only; a process has as many readers as queue threads.
  thread_local absl::flat_hash_map<std::uint64_t, std::unique_ptr<SqliteConnection>> readers;
  auto& reader = readers[serial_];
  if (reader == nullptr) {
    auto opened = SqliteConnection::Open(options_.path, options_.synchronous);
    if (opened.ok()) reader = *std::move(opened);
  }
  return *reader;
}

void SqliteDb::RunReader(Awaiter& awaiter) {
  if (awaiter.context().Expired()) {
    awaiter.set_status(absl::DeadlineExceededError("nobody waits for this read any more"));
    return;
  }
  SqliteConnection& reader = Reader();
  absl::Status status = reader.Run("BEGIN", {}).status();
  if (status.ok()) status = awaiter.Run(reader);
  reader.Run("COMMIT", {}).status().IgnoreError();
  awaiter.set_status(std::move(status));
}

void SqliteDb::RunWriter() {
  std::vector<Awaiter*> batch;
  std::vector<Continuation> done;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_writer_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), options_.max_batch));
      batch.assign(queue_.begin(), queue_.begin() + count);
      queue_.erase(queue_.begin(), queue_.begin() + count);
    }
    CommitBatch(batch);
    for (Awaiter* awaiter : batch) {
      if (awaiter->continuation().home == nullptr) {
        awaiter->continuation().handle.resume();  // Start-up and tests: no executor to go home to.
      } else {
        done.push_back(awaiter->continuation());
      }
    }
    PostByHome(done);
    done.clear();
    Checkpoint();
  }
}

void SqliteDb::CommitBatch(std::vector<Awaiter*>& batch) {
  if (healthy()) {
    const absl::Status status = RunBatch(batch);
    if (status.ok()) {
      commits_.fetch_add(1, std::memory_order_relaxed);
      transactions_.fetch_add(batch.size(), std::memory_order_relaxed);
      return;
    }
    healthy_ = false;
  }
  for (Awaiter* awaiter : batch) awaiter->set_status(CommitUnknownError());
  options_.on_fatal();
}

// Not OK: the whole batch's outcome is unknown.
absl::Status SqliteDb::RunBatch(std::vector<Awaiter*>& batch) {
  SqliteConnection& tx = *writer_connection_;
  Participant* participant = options_.participant;
  const auto run = [&](const char* sql) { return tx.Run(sql, {}).status(); };
  if (absl::Status status = run("BEGIN IMMEDIATE"); !status.ok()) return status;
  for (Awaiter* awaiter : batch) {
    if (awaiter->context().Expired()) {
      awaiter->set_status(absl::DeadlineExceededError("nobody waits for this write any more"));
      continue;
    }
    if (absl::Status status = run("SAVEPOINT work"); !status.ok()) return status;
    if (participant) participant->OnSavepoint();
    awaiter->set_status(awaiter->Run(tx));
    if (!awaiter->status().ok()) {
      if (absl::Status status = run("ROLLBACK TO work"); !status.ok()) return status;
      if (participant) participant->OnRollback();
    }
    if (absl::Status status = run("RELEASE work"); !status.ok()) return status;
  }
  if (participant) {
    if (absl::Status status = participant->BeforeCommit(tx); !status.ok()) return status;
  }
  return run("COMMIT");
}

// The checkpointer writes the bulk back while commits go on. What was appended meanwhile is small;
// the writer writes it back between two commits, so that the WAL starts over instead of growing.
void SqliteDb::Checkpoint() {
  if (remainder_.exchange(false, std::memory_order_acquire)) {
    sqlite3_wal_checkpoint_v2(writer_connection_->raw(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                              nullptr, nullptr);
    wal_pages_ = 0;
    checkpoints_.fetch_add(1, std::memory_order_relaxed);
  } else if (wal_pages_.load(std::memory_order_relaxed) > options_.checkpoint_pages) {
    std::lock_guard lock(mutex_);
    if (!checkpoint_wanted_) {
      checkpoint_wanted_ = true;
      wake_checkpointer_.notify_one();
    }
  }
}

void SqliteDb::RunCheckpoints() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_checkpointer_.wait(lock, [&] { return stopping_ || checkpoint_wanted_; });
    if (stopping_) return;
    lock.unlock();
    sqlite3_wal_checkpoint_v2(checkpoint_connection_->raw(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                              nullptr, nullptr);
    remainder_.store(true, std::memory_order_release);
    lock.lock();
    checkpoint_wanted_ = false;
  }
}

}  // namespace rapport::db
