// Db: the only way to a database. Engines hide behind it; nothing above branches on an engine.
//
// Use cases call Write() and Read() and await them. `work` is plain synchronous code over a Tx: the
// SQLite driver runs writes on its one writer thread (many in one commit, each under a savepoint)
// and reads inline on the caller's thread; a PostgreSQL driver runs both on its connections. Either
// way the calling coroutine is suspended, never its thread, and continues on its own executor.
//
// SQL is written once, in the common dialect (DECISIONS "Portable SQL"; the linter in tests/ reads
// every statement): `$1` bound by name, TEXT BIGINT BOOLEAN BYTEA only, every key begins with
// agency_id.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/executor.h"

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace rapport::db {

// Bytes bound as BYTEA. A plain string is bound as TEXT.
struct Blob {
  std::string_view bytes;
};

// One bound value. Must outlive the statement's execution, not more. There is no NULL: columns are
// NOT NULL everywhere.
class Value {
 public:
  enum class Type : std::uint8_t { kInt, kText, kBytes };
  Value(std::int64_t v) : type(Type::kInt), number(v) {}  // NOLINT(google-explicit-constructor)
  Value(int v) : Value(static_cast<std::int64_t>(v)) {}   // NOLINT(google-explicit-constructor)
  Value(bool v)
      : Value(static_cast<std::int64_t>(v ? 1 : 0)) {}        // NOLINT(google-explicit-constructor)
  Value(std::string_view v) : type(Type::kText), bytes(v) {}  // NOLINT(google-explicit-constructor)
  Value(const std::string& v)
      : Value(std::string_view(v)) {}                    // NOLINT(google-explicit-constructor)
  Value(const char* v) : Value(std::string_view(v)) {}   // NOLINT(google-explicit-constructor)
  Value(Blob v) : type(Type::kBytes), bytes(v.bytes) {}  // NOLINT(google-explicit-constructor)

  Type type;
  std::int64_t number = 0;
  std::string_view bytes;
};

// The current row. Views are valid until the callback returns.
class Row {
 public:
  virtual std::int64_t Int(int column) const = 0;
  virtual std::string_view Bytes(int column) const = 0;  // TEXT and BYTEA alike
  bool Bool(int column) const { return Int(column) != 0; }

 protected:
  ~Row() = default;
};

// A transaction. The first error of a statement ends it, as it does in PostgreSQL: every later
// statement fails, and nothing of the work stays even if the work returns OK.
class Tx {
 public:
  using OnRow = absl::FunctionRef<void(const Row&)>;
  virtual ~Tx() = default;
  // `sql` must be a string literal: its address is the key of the prepared statement. It must use
  // each of $1 to $n for n values. `on_row` must not use the transaction.
  // Rows changed, or rows returned when the statement returns rows (SELECT, RETURNING).
  // ALREADY_EXISTS: a unique key is taken. DATA_LOSS: the file is damaged. UNAVAILABLE: I/O.
  // INTERNAL: a mistake in the statement.
  virtual absl::StatusOr<std::int64_t> Run(const char* sql, std::initializer_list<Value> values,
                                           OnRow on_row) = 0;
  absl::StatusOr<std::int64_t> Run(const char* sql, std::initializer_list<Value> values) {
    return Run(sql, values, [](const Row&) {});
  }
  // Several statements without values, in the common dialect; the driver writes them in its own.
  // For schema changes: nothing of them is kept prepared.
  virtual absl::Status Script(std::string_view statements) = 0;
};

// State beside the database that must follow its transactions (the audit chain's heads): kept in
// memory between transactions and written once per commit. Runs on the thread of the transaction.
// When BeforeCommit fails the commit's outcome counts as unknown and the process ends.
class Participant {
 public:
  virtual ~Participant() = default;
  virtual void OnSavepoint() = 0;                 // a piece of work begins
  virtual void OnRollback() = 0;                  // ... and is undone: restore OnSavepoint's state
  virtual absl::Status BeforeCommit(Tx& tx) = 0;  // last statements of the commit
};

class Db {
 public:
  using Work = absl::FunctionRef<absl::Status(Tx&)>;
  class Awaiter;

  virtual ~Db() = default;

  // co_await db.Write(context, [&](Tx& tx) -> absl::Status {...}). The outcome is one of three:
  //   OK                      done, durable
  //   work's own status,      not done; also the status of a statement that failed in it
  //   DEADLINE_EXCEEDED       not done: nobody waited any more when its turn came
  //   UNAVAILABLE             not done; but with reason COMMIT_UNKNOWN (see IsCommitUnknown): done
  //                           or not, nobody knows; the caller repeats with the same request_id
  // `work` may run again where the engine asks for it (PostgreSQL's serialization failures, never a
  // status of its own): it must own no state outside itself that a second run would double. An
  // exception that leaves it counts as INTERNAL and is not done.
  Awaiter Write(const CallContext& context, Work work);

  // A consistent snapshot; a statement that changes anything fails. UNAVAILABLE: can't be read now.
  Awaiter Read(const CallContext& context, Work work);

  // False once a commit failed in a way that leaves the truth unknown: the process must end.
  virtual bool healthy() const = 0;

  // How long work has waited for its turn at least since this was last asked (queue_wait.h): more
  // than the moment of a commit means that more is asked than the database can do. 0: no queue.
  // For one caller (rpc/admission.h).
  virtual std::chrono::nanoseconds LeastWait() { return {}; }

 protected:
  // Runs `awaiter`'s work now or later and then resumes it by Finish. True: done already (the
  // coroutine was not suspended for it).
  virtual bool Start(Awaiter& awaiter, bool write) = 0;

 private:
  friend Awaiter;
};

// True when `status` says that a commit's outcome is unknown.
bool IsCommitUnknown(const absl::Status& status);
absl::Status CommitUnknownError();

class Db::Awaiter {
 public:
  Awaiter(Db& owner, const CallContext& context, Work work, bool write)
      : owner_(owner), context_(context), work_(work), write_(write) {}
  Awaiter(const Awaiter&) = delete;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(Handle handle) {
    continuation_ = {Executor::Current(), handle};
    // After Start the coroutine may already run elsewhere: touch nothing of this object.
    return !owner_.Start(*this, write_);
  }
  absl::Status await_resume() { return std::move(status_); }

  // For drivers.
  const CallContext& context() const { return context_; }
  absl::Status Run(Tx& tx) const { return work_(tx); }
  void set_status(absl::Status status) { status_ = std::move(status); }
  const absl::Status& status() const { return status_; }
  const Continuation& continuation() const { return continuation_; }
  void set_queued(std::chrono::steady_clock::time_point at) { queued_ = at; }
  std::chrono::steady_clock::time_point queued() const { return queued_; }

 private:
  Db& owner_;
  const CallContext& context_;
  Work work_;
  const bool write_;
  Continuation continuation_{};
  std::chrono::steady_clock::time_point queued_{};
  absl::Status status_;
};

inline Db::Awaiter Db::Write(const CallContext& context, Work work) {
  return Awaiter(*this, context, work, true);
}
inline Db::Awaiter Db::Read(const CallContext& context, Work work) {
  return Awaiter(*this, context, work, false);
}

}  // namespace rapport::db
