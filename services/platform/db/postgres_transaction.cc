#include "platform/db/postgres_transaction.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/db/postgres_errors.h"
#include "platform/db/postgres_schema.h"

#include <absl/cleanup/cleanup.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <thread>

namespace rapport::db {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Time = PostgresConnection::Time;

// The limit is for a defect: a write that never finds its place among others ends before.
constexpr int kMostTries = 100;
// Beyond the deadline of the call: the server ends a statement there itself (statement_timeout).
// Who hears nothing then has lost the connection.
constexpr auto kGrace = 2s;
constexpr auto kConnecting = 5s;
// ... to a server that is known to be away, which may be one that says nothing at all.
constexpr auto kConnectingAgain = 1s;

std::int64_t MillisUntil(Time deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
  return std::max<std::int64_t>(1, left.count());
}

absl::Status NobodyWaits() {
  return absl::DeadlineExceededError("nobody waits for this transaction any more");
}

}  // namespace

absl::Status PostgresTx::Begin() {
  if (!failure_.ok()) return absl::FailedPreconditionError("an error has ended this transaction");
  if (running_) return absl::InternalError("a statement inside another's row callback");
  if (SteadyClock::now() >= deadline_) return failure_ = NobodyWaits();
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> PostgresTx::Run(const char* sql, std::initializer_list<Value> values,
                                             OnRow on_row) {
  RETURN_IF_ERROR(Begin());
  running_ = true;
  const auto done = absl::MakeCleanup([this] { running_ = false; });
  auto result = connection_.Run(sql, values, on_row);
  if (!result.ok()) failure_ = result.status();
  return result;
}

// The common dialect is PostgreSQL's: it needs no other words.
absl::Status PostgresTx::Script(std::string_view statements) {
  RETURN_IF_ERROR(Begin());
  return failure_ = connection_.Execute(std::string(statements)).status();
}

absl::Status PostgresTx::Perform(const Db::Awaiter& awaiter) {
  absl::Status status;
  try {
    status = awaiter.Run(*this);
  } catch (...) {
    status = absl::InternalError("an exception left a transaction");
  }
  return status.ok() ? failure_ : status;
}

Time PostgresSession::DeadlineOf(const Db::Awaiter& awaiter) const {
  return std::min(awaiter.context().deadline, SteadyClock::now() + options_.longest_work);
}

absl::Status PostgresSession::Connect(Time deadline) {
  if (connection_ != nullptr && !connection_->broken()) return absl::OkStatus();
  connection_.reset();
  const Time began = SteadyClock::now();
  for (int tries = 1;; ++tries) {
    const bool away = SteadyClock::now() >= reachable_.WaitsUntil(began);
    const Time until =
        std::min(deadline, SteadyClock::now() + (away ? kConnectingAgain : kConnecting));
    auto opened = PostgresConnection::Open(options_.connection, until);
    if (opened.ok()) {
      reachable_.Reached();
      connection_ = *std::move(opened);
      return absl::OkStatus();
    }
    if (!absl::IsUnavailable(opened.status())) return opened.status();
    reachable_.Failed(tries);
    const auto pause = PostgresReachable::Pause(tries);
    if (SteadyClock::now() + pause >= std::min(deadline, reachable_.WaitsUntil(began))) {
      return opened.status();
    }
    std::this_thread::sleep_for(pause);
  }
}

// One message. The agency is what the policies of the tables compare rows with.
absl::Status PostgresSession::Begin(const Db::Awaiter& awaiter, std::string_view how,
                                    Time deadline) {
  ASSIGN_OR_RETURN(const std::string_view agency, AgencyBehindWall(awaiter.context()));
  for (bool first = true;; first = false) {
    RETURN_IF_ERROR(Connect(deadline));
    connection_->WaitUntil(deadline + kGrace);
    const std::string begin = absl::StrCat(
        "BEGIN ISOLATION LEVEL ", Absl(how), ";SET LOCAL statement_timeout=", MillisUntil(deadline),
        ";SET LOCAL rapport.agency=", connection_->Quoted(agency));
    const absl::Status begun = connection_->Execute(begin).status();
    // Since the connection was last used the server may have gone and come back.
    if (begun.ok() || !connection_->broken() || !first) return begun;
  }
}

void PostgresSession::RollBack() {
  if (connection_->broken()) return;
  connection_->WaitUntil(SteadyClock::now() + kGrace);
  const absl::Status undone = connection_->Execute("ROLLBACK").status();
  if (!undone.ok() || connection_->in_transaction()) connection_.reset();
}

absl::Status PostgresSession::Read(const Db::Awaiter& awaiter) {
  const Time deadline = DeadlineOf(awaiter);
  RETURN_IF_ERROR(Begin(awaiter, "REPEATABLE READ READ ONLY", deadline));
  PostgresTx tx(*connection_, deadline);
  return tx.Perform(awaiter);
}

void PostgresSession::EndRead() {
  if (connection_ != nullptr) RollBack();
}

absl::Status PostgresSession::WorkAndParticipant(const Db::Awaiter& awaiter, Time deadline) {
  PostgresTx tx(*connection_, deadline);
  if (options_.participant == nullptr) return tx.Perform(awaiter);
  options_.participant->OnSavepoint();
  absl::Status status = tx.Perform(awaiter);
  if (status.ok()) status = options_.participant->BeforeCommit(tx);
  if (!status.ok()) options_.participant->OnRollback();
  return status;
}

PostgresSession::Outcome PostgresSession::WriteOnce(const Db::Awaiter& awaiter, Time deadline) {
  const bool serializable = options_.isolation == Isolation::kSerializable;
  absl::Status status = Begin(
      awaiter, serializable ? "SERIALIZABLE READ WRITE" : "READ COMMITTED READ WRITE", deadline);
  if (!status.ok()) return {std::move(status)};
  connection_->ForgetState();
  status = WorkAndParticipant(awaiter, deadline);
  if (status.ok()) return Commit();
  const bool again = connection_->broken() || IsOrderFailure(connection_->last_state());
  RollBack();
  return {std::move(status), again};
}

PostgresSession::Outcome PostgresSession::Commit() {
  connection_->TakeWarning();
  connection_->ForgetState();
  const auto committed = connection_->Execute("COMMIT");
  // A warning: it is done here, and may be lost with this machine (a standby was not waited for).
  if (committed.ok() && *committed == "COMMIT" && !connection_->TakeWarning()) return {};
  if (committed.ok() && *committed == "ROLLBACK") {
    return {absl::InternalError("a transaction that had failed was to be committed")};
  }
  const std::string_view state = connection_->last_state();
  const bool undone = !connection_->broken() && IsUndoneAtCommit(state);
  const bool again = undone && IsOrderFailure(state);
  if (undone) return {committed.status(), again};
  connection_.reset();
  counts_.unknown.fetch_add(1, std::memory_order_relaxed);
  return {CommitUnknownError()};
}

absl::Status PostgresSession::Write(const Db::Awaiter& awaiter) {
  const Time deadline = DeadlineOf(awaiter);
  for (int tries = 1;; ++tries) {
    Outcome outcome = WriteOnce(awaiter, deadline);
    if (!outcome.again) {
      auto& count = outcome.status.ok() ? counts_.transactions : counts_.rollbacks;
      count.fetch_add(1, std::memory_order_relaxed);
      return std::move(outcome.status);
    }
    const auto pause = PostgresReachable::Pause(std::min(tries, 3)) / 10;
    if (SteadyClock::now() + pause >= deadline) return NobodyWaits();
    if (tries == kMostTries) {
      return absl::UnavailableError("the database finds no place for this write among others");
    }
    counts_.retries.fetch_add(1, std::memory_order_relaxed);
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace rapport::db
