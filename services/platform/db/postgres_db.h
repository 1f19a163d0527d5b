// PostgresDb: the engine for several processes on one database.
//
// A bounded pool: each connection has a thread of the driver's own, which takes one piece of work
// after the other and runs it as one transaction. `work` is plain code that asks and waits, so
// somebody's thread has to wait with it; with these no handler's does, the caller's coroutine is
// suspended meanwhile and posted home. What waits for a connection waits until its deadline. A
// quarter of the connections is kept free of writes, which may wait for each other's rows.
//
// Writes run at READ COMMITTED or SERIALIZABLE and are repeated where the engine asks for it
// (postgres_transaction.h); reads are REPEATABLE READ READ ONLY. Never changes a schema: that is
// postgres_schema.h, by another role. Thread-safe. Every call must have ended, and no other thread
// may start one, before it is destroyed.
#pragma once

#include "platform/db/db.h"
#include "platform/db/postgres_transaction.h"
#include "platform/db/queue_wait.h"

#include <absl/status/statusor.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace rapport::db {

class PostgresDb final : public Db {
 public:
  struct Options {
    std::string url;     // postgres://...; a password belongs into a passfile
    std::string schema;  // where the tables are
    // Called on several threads at once, on each for one transaction at a time.
    Participant* participant = nullptr;
    Isolation isolation = Isolation::kReadCommitted;
    int connections = 8;
    // How long a call waits for a server that is away.
    std::chrono::milliseconds patience{2'000};
    // How long a piece of work may take whose call waits longer.
    std::chrono::minutes longest_work{10};
  };
  struct Stats {
    std::uint64_t transactions = 0;  // writes that were committed
    std::uint64_t rollbacks = 0;     // ... and that were not
    std::uint64_t retries = 0;       // runs of them that were repeated
    std::uint64_t unknown = 0;       // ... of whose commit nobody knows
    std::uint64_t expired = 0;       // reads and writes that nobody waited for any more
    std::uint64_t queued = 0;        // ... that wait for a connection now
  };

  // UNAVAILABLE: the server can't be reached within 10 s. INVALID_ARGUMENT: the URL is none.
  static absl::StatusOr<std::unique_ptr<PostgresDb>> Open(Options options);
  ~PostgresDb() override;  // Finishes what is queued.

  // Always: after a commit of which nobody knows, the server knows.
  bool healthy() const override { return true; }
  std::chrono::nanoseconds LeastWait() override;
  Stats stats() const;

 protected:
  bool Start(Awaiter& awaiter, bool write) override;

 private:
  struct Waiting {
    std::uint64_t number;
    Awaiter* awaiter;
  };
  struct Queue : std::deque<Waiting> {
    QueueWait wait;
  };
  struct Job {
    Awaiter* awaiter;
    bool write;
  };

  explicit PostgresDb(Options options);
  void Serve(PostgresSession session);
  std::optional<Job> Take();
  bool MayWrite() const { return !writes_.empty() && writing_ < most_writing_; }
  void Done(const Job& job);
  void EndExpired();
  void Finish(Awaiter& awaiter, absl::Status status);

  const Options options_;
  const PostgresSession::Options session_;
  const int most_writing_;
  PostgresReachable reachable_;
  PostgresSession::Counts counts_;
  std::atomic<std::uint64_t> expired_{0};
  mutable std::mutex mutex_;
  std::condition_variable wake_, wake_expiry_;
  Queue reads_, writes_;       // guarded by mutex_
  std::uint64_t numbers_ = 0;  // guarded by mutex_
  int writing_ = 0;            // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  std::vector<std::thread> threads_;
  std::thread expiry_;
};

}  // namespace rapport::db
