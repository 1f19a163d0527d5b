// PostgresTx: a transaction as a piece of work sees it, ended by its first error or its deadline.
// PostgresSession: one thread's connection, and the way from a piece of work to one of its
// outcomes.
//
// A write is tried again, work and all, after a failure that undid it for certain: no order with
// others (40001, 40P01), or a connection lost before COMMIT was sent. After COMMIT was sent only
// the server's own word counts; without it the outcome is COMMIT_UNKNOWN, and nothing is repeated.
// Used by PostgresDb only. Not thread-safe.
#pragma once

#include "platform/db/postgres_connection.h"
#include "platform/db/postgres_reachable.h"

#include <atomic>
#include <chrono>

#include <memory>
#include <string>
#include <string_view>

namespace rapport::db {

// At which writes run. What this code promises rests on unique keys and on compare-and-set, which
// hold at either.
enum class Isolation { kReadCommitted, kSerializable };

class PostgresTx final : public Tx {
 public:
  PostgresTx(PostgresConnection& connection, PostgresConnection::Time deadline)
      : connection_(connection), deadline_(deadline) {}
  using Tx::Run;
  absl::StatusOr<std::int64_t> Run(const char* sql, std::initializer_list<Value> values,
                                   OnRow on_row) override;
  absl::Status Script(std::string_view statements) override;

  // Runs the awaiter's work. Not OK: nothing of it may stay.
  absl::Status Perform(const Db::Awaiter& awaiter);

 private:
  absl::Status Begin();

  PostgresConnection& connection_;
  const PostgresConnection::Time deadline_;
  absl::Status failure_;
  bool running_ = false;  // a statement is giving rows
};

class PostgresSession {
 public:
  struct Options {
    PostgresConnection::Options connection;
    Isolation isolation = Isolation::kReadCommitted;
    Participant* participant = nullptr;
    // For calls that wait longer, or for ever.
    SteadyClock::duration longest_work = std::chrono::minutes(10);
  };
  struct Counts {
    std::atomic<std::uint64_t> transactions{0}, rollbacks{0}, retries{0}, unknown{0};
  };
  // All must outlive it.
  PostgresSession(const Options& options, PostgresReachable& reachable, Counts& counts)
      : options_(options), reachable_(reachable), counts_(counts) {}

  absl::Status Write(const Db::Awaiter& awaiter);
  // Leaves its snapshot open, for EndRead: whoever waits for the rows need not wait for that.
  absl::Status Read(const Db::Awaiter& awaiter);
  void EndRead();
  // There is a connection when it returns OK.
  absl::Status Connect(PostgresConnection::Time deadline);

 private:
  struct Outcome {
    absl::Status status;
    bool again = false;  // nothing of it stays, and it may succeed when run again
  };
  Outcome WriteOnce(const Db::Awaiter& awaiter, PostgresConnection::Time deadline);
  Outcome Commit();
  absl::Status Begin(const Db::Awaiter& awaiter, std::string_view how,
                     PostgresConnection::Time deadline);
  absl::Status WorkAndParticipant(const Db::Awaiter& awaiter, PostgresConnection::Time deadline);
  void RollBack();
  PostgresConnection::Time DeadlineOf(const Db::Awaiter& awaiter) const;

  const Options& options_;
  PostgresReachable& reachable_;
  Counts& counts_;
  std::unique_ptr<PostgresConnection> connection_;
};

}  // namespace rapport::db
