#include "platform/db/postgres_db.h"

#include "platform/base/status_macros.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace rapport::db {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr auto kOpening = 10s;
// How exactly a deadline ends the wait for a connection.
constexpr auto kExpiry = 20ms;

absl::Status NobodyWaits() {
  return absl::DeadlineExceededError("nobody waits for this transaction any more");
}

}  // namespace

PostgresDb::PostgresDb(Options options)
    : options_(std::move(options)),
      session_{.connection = {.url = options_.url, .schema = options_.schema},
               .isolation = options_.isolation,
               .participant = options_.participant,
               .longest_work = options_.longest_work},
      most_writing_(std::max(1, options_.connections - std::max(1, options_.connections / 4))),
      reachable_(options_.patience) {}

absl::StatusOr<std::unique_ptr<PostgresDb>> PostgresDb::Open(Options options) {
  options.connections = std::max(2, options.connections);
  std::unique_ptr<PostgresDb> db(new PostgresDb(std::move(options)));
  PostgresSession first(db->session_, db->reachable_, db->counts_);
  RETURN_IF_ERROR(first.Connect(SteadyClock::now() + kOpening));
  PostgresDb* const self = db.get();
  for (int i = 0; i < db->options_.connections; ++i) {
    PostgresSession session =
        i == 0 ? std::move(first)
               : PostgresSession(self->session_, self->reachable_, self->counts_);
    self->threads_.emplace_back(
        [self, mine = std::move(session)]() mutable { self->Serve(std::move(mine)); });
    pthread_setname_np(self->threads_.back().native_handle(), "db-connection");
  }
  self->expiry_ = std::thread([self] { self->EndExpired(); });
  pthread_setname_np(self->expiry_.native_handle(), "db-expiry");
  return db;
}

PostgresDb::~PostgresDb() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  wake_expiry_.notify_one();
  if (expiry_.joinable()) expiry_.join();
}

PostgresDb::Stats PostgresDb::stats() const {
  Stats stats{.transactions = counts_.transactions,
              .rollbacks = counts_.rollbacks,
              .retries = counts_.retries,
              .unknown = counts_.unknown,
              .expired = expired_};
  std::lock_guard lock(mutex_);
  stats.queued = reads_.size() + writes_.size();
  return stats;
}

std::chrono::nanoseconds PostgresDb::LeastWait() {
  const auto now = SteadyClock::now();
  std::lock_guard lock(mutex_);
  const auto taken = [now](Queue& queue) {
    std::optional<SteadyClock::time_point> oldest;
    if (!queue.empty()) oldest = queue.front().awaiter->queued();
    return queue.wait.Take(oldest, now);
  };
  return std::max(taken(reads_), taken(writes_));
}

bool PostgresDb::Start(Awaiter& awaiter, bool write) {
  awaiter.set_queued(SteadyClock::now());
  // Under the lock: once it is free, the work may be done, and the database closed.
  std::lock_guard lock(mutex_);
  if (reads_.empty() && writes_.empty()) wake_expiry_.notify_one();
  (write ? writes_ : reads_).push_back({++numbers_, &awaiter});
  wake_.notify_one();
  return false;
}

// Waits for what may be done now, the oldest first. None: there is nothing and never will be.
std::optional<PostgresDb::Job> PostgresDb::Take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock,
             [this] { return !reads_.empty() || MayWrite() || (stopping_ && writes_.empty()); });
  if (reads_.empty() && writes_.empty()) return std::nullopt;
  const bool write =
      MayWrite() && (reads_.empty() || writes_.front().number < reads_.front().number);
  Queue& queue = write ? writes_ : reads_;
  const Job job{queue.front().awaiter, write};
  queue.pop_front();
  queue.wait.Begins(job.awaiter->queued(), SteadyClock::now());
  writing_ += write ? 1 : 0;
  return job;
}

void PostgresDb::Done(const Job& job) {
  if (!job.write) return;
  std::lock_guard lock(mutex_);
  --writing_;
  // Who kept away because of this one; at the end, all.
  if (stopping_) wake_.notify_all();
  if (!writes_.empty()) wake_.notify_one();
}

void PostgresDb::Serve(PostgresSession session) {
  while (const auto job = Take()) {
    Awaiter& awaiter = *job->awaiter;
    absl::Status status;
    if (awaiter.context().Expired()) {
      expired_.fetch_add(1, std::memory_order_relaxed);
      status = NobodyWaits();
    } else {
      status = job->write ? session.Write(awaiter) : session.Read(awaiter);
    }
    Done(*job);
    Finish(awaiter, std::move(status));
    if (!job->write) session.EndRead();
  }
}

void PostgresDb::Finish(Awaiter& awaiter, absl::Status status) {
  awaiter.set_status(std::move(status));
  const Continuation done[] = {awaiter.continuation()};
  PostByHome(done);
}

// Ends what waits for a connection that doesn't come free in time.
void PostgresDb::EndExpired() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_expiry_.wait(lock, [this] { return stopping_ || !reads_.empty() || !writes_.empty(); });
    if (stopping_) return;  // The threads see to the rest.
    wake_expiry_.wait_for(lock, kExpiry, [this] { return stopping_; });
    std::vector<Awaiter*> ended;
    for (Queue* queue : {&reads_, &writes_}) {
      std::erase_if(*queue, [&](const Waiting& waiting) {
        const bool expired = waiting.awaiter->context().Expired();
        if (expired) ended.push_back(waiting.awaiter);
        return expired;
      });
    }
    lock.unlock();
    expired_.fetch_add(ended.size(), std::memory_order_relaxed);
    for (Awaiter* awaiter : ended) Finish(*awaiter, NobodyWaits());
    lock.lock();
  }
}

}  // namespace rapport::db
