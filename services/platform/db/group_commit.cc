#include "platform/db/group_commit.h"

#include "platform/base/status_macros.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace rapport::db {
namespace {

absl::Status NobodyWaits() {
  return absl::DeadlineExceededError("nobody waits for this write any more");
}

void Count(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
  counter.fetch_add(by, std::memory_order_relaxed);
}

}  // namespace

GroupCommit::GroupCommit(Options options, std::unique_ptr<SqliteConnection> connection,
                         Checkpointer& checkpointer, FailStop& fail_stop)
    : options_(options),
      connection_(std::move(connection)),
      checkpointer_(checkpointer),
      fail_stop_(fail_stop) {
  checkpointer_.Watch(*connection_);
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "db-writer");
}

GroupCommit::~GroupCommit() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void GroupCommit::Enqueue(Db::Awaiter& awaiter) {
  awaiter.set_queued(SteadyClock::now());
  // Under the lock: once it is free, the work may be done, and the database closed.
  std::lock_guard lock(mutex_);
  // The writer empties the queue before it sleeps: one wake-up a batch, not one a write.
  if (queue_.empty()) wake_.notify_one();
  queue_.push_back(&awaiter);
}

GroupCommit::Stats GroupCommit::stats() const {
  Stats stats{commits_, transactions_, rollbacks_, expired_, 0};
  std::lock_guard lock(mutex_);
  stats.queued = queue_.size();
  return stats;
}

std::chrono::nanoseconds GroupCommit::LeastWait() {
  std::lock_guard lock(mutex_);
  std::optional<SteadyClock::time_point> oldest;
  if (!queue_.empty()) oldest = queue_.front()->queued();
  return wait_.Take(oldest, SteadyClock::now());
}

void GroupCommit::Run() {
  Batch batch;
  while (Take(batch)) {
    absl::Status outcome;
    if (fail_stop_.healthy()) {
      outcome = Commit(batch);
    } else {
      for (Db::Awaiter* a : batch) a->set_status(absl::UnavailableError("the database stopped"));
    }
    if (!outcome.ok()) {
      for (Db::Awaiter* awaiter : batch) awaiter->set_status(CommitUnknownError());
      fail_stop_.Refuse();  // Before anybody is resumed, who might read.
    }
    Resume(batch);
    if (!outcome.ok()) fail_stop_.End(outcome);
    if (fail_stop_.healthy()) checkpointer_.BetweenCommits(*connection_);
  }
}

// Waits for work. False: there is none and never will be.
bool GroupCommit::Take(Batch& batch) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
  const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), options_.max_batch));
  batch.assign(queue_.begin(), queue_.begin() + count);
  queue_.erase(queue_.begin(), queue_.begin() + count);
  if (!batch.empty()) wait_.Begins(batch.back()->queued(), SteadyClock::now());
  return !batch.empty();
}

// Runs the batch and gives each its status. Not OK: what became of the whole batch is unknown, or
// SQLite has undone more than one piece of work, which the participant can't follow.
absl::Status GroupCommit::Commit(const Batch& batch) {
  ASSIGN_OR_RETURN(const bool begun, Begin(batch));
  if (!begun) return absl::OkStatus();
  for (Db::Awaiter* awaiter : batch) {
    if (awaiter->context().Expired()) {
      awaiter->set_status(NobodyWaits());
    } else {
      RETURN_IF_ERROR(RunUnderSavepoint(*awaiter));
    }
  }
  if (options_.participant != nullptr) {
    SqliteTx tx(*connection_);
    RETURN_IF_ERROR(options_.participant->BeforeCommit(tx));
  }
  RETURN_IF_ERROR(connection_->Run("COMMIT"));
  Count(commits_);
  for (const Db::Awaiter* awaiter : batch) {
    const absl::StatusCode code = awaiter->status().code();
    Count(code == absl::StatusCode::kOk                 ? transactions_
          : code == absl::StatusCode::kDeadlineExceeded ? expired_
                                                        : rollbacks_);
  }
  return absl::OkStatus();
}

// False: another process held the file until nobody of the batch waited any more.
absl::StatusOr<bool> GroupCommit::Begin(const Batch& batch) {
  for (;;) {
    const absl::Status begun = connection_->Run("BEGIN IMMEDIATE");
    if (begun.ok()) return true;
    if ((connection_->last_code() & 0xff) != SQLITE_BUSY) return begun;
    const bool wanted = std::any_of(batch.begin(), batch.end(),
                                    [](const auto* a) { return !a->context().Expired(); });
    if (!wanted) break;
  }
  for (Db::Awaiter* awaiter : batch) awaiter->set_status(NobodyWaits());
  Count(expired_, batch.size());
  return false;
}

absl::Status GroupCommit::RunUnderSavepoint(Db::Awaiter& awaiter) {
  RETURN_IF_ERROR(connection_->Run("SAVEPOINT work"));
  if (options_.participant != nullptr) options_.participant->OnSavepoint();
  awaiter.set_status(SqliteTx::Perform(awaiter, *connection_));
  if (!awaiter.status().ok()) {
    RETURN_IF_ERROR(connection_->Run("ROLLBACK TO work"));
    if (options_.participant != nullptr) options_.participant->OnRollback();
  }
  return connection_->Run("RELEASE work");
}

void GroupCommit::Resume(const Batch& batch) {
  std::vector<Continuation> done;
  done.reserve(batch.size());
  for (const Db::Awaiter* awaiter : batch) done.push_back(awaiter->continuation());
  PostByHome(done);
}

}  // namespace rapport::db
