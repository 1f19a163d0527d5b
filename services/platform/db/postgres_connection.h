// PostgresConnection: one connection of one thread to PostgreSQL, statements prepared once and
// kept.
//
// A function that asks the server blocks its thread until the answer or the moment set by
// WaitUntil, whichever is first; in the second case, and when the server hangs up, the connection
// is broken for good and another is to be made. Retries nothing. Used by the driver in this folder
// only. Not thread-safe.
#pragma once

#include "platform/base/clock.h"
#include "platform/db/db.h"
#include "platform/db/postgres_library.h"

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::db {

class PostgresConnection {
 public:
  struct Options {
    std::string url;     // postgres://..., as libpq understands it
    std::string schema;  // where its tables are, and nothing else is looked for
  };
  using Time = SteadyClock::time_point;

  // UNAVAILABLE: can't be reached, not in time, or doesn't let us in. INVALID_ARGUMENT: `url` is
  // none. Over a network the server's certificate is verified unless the URL says otherwise
  // (sslmode).
  static absl::StatusOr<std::unique_ptr<PostgresConnection>> Open(const Options& options,
                                                                  Time until);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;

  void WaitUntil(Time until) { until_ = until; }

  // As Tx::Run. The answer is read to its end before the first row is given.
  absl::StatusOr<std::int64_t> Run(const char* sql, std::initializer_list<Value> values,
                                   Tx::OnRow on_row);
  // Several statements in one message, not kept. The tag of the last one: "COMMIT".
  absl::StatusOr<std::string> Execute(const std::string& statements);
  // As a literal in a statement.
  std::string Quoted(std::string_view text) const;

  // SQLSTATE of the last failure; kConnectionLost where there was no answer.
  std::string_view last_state() const { return last_state_; }
  // Before work whose failure is to be judged: what failed earlier is not its.
  void ForgetState() { last_state_.clear(); }
  // What the server said beside its answers since this was last called, at level WARNING.
  bool TakeWarning() { return std::exchange(warned_, false); }
  bool broken() const { return broken_; }
  bool in_transaction() const;

 private:
  struct Closer {
    void operator()(PGconn* c) const { Pq().PQfinish(c); }
    void operator()(PGresult* r) const { Pq().PQclear(r); }
  };
  using Handle = std::unique_ptr<PGconn, Closer>;
  using Answer = std::unique_ptr<PGresult, Closer>;
  struct Statement {
    std::string text;  // of the literal that it was prepared from
    std::string name;
    std::vector<Oid> types;  // of $1, $2, ...
  };

  explicit PostgresConnection(Handle handle);
  static absl::Status Connect(PGconn* handle, Time until);
  absl::StatusOr<const Statement*> Prepared(const char* sql, std::size_t values);
  absl::StatusOr<Answer> Receive(bool sent);
  bool WaitForAnswer();
  absl::Status Broken();

  const Handle handle_;
  Time until_ = Time::max();
  bool broken_ = false;
  bool warned_ = false;
  int prepared_ = 0;
  std::string last_state_;
  absl::flat_hash_map<const char*, Statement> statements_;
};

}  // namespace rapport::db
