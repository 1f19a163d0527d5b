#include "platform/db/postgres_connection.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/db/postgres_errors.h"
#include "platform/db/postgres_values.h"

#include <absl/strings/str_cat.h>
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

namespace rapport::db {
namespace {

// The server hangs up on us when a transaction of ours stands still for so long: a process that
// stopped must not hold rows for ever.
constexpr char kSession[] =
    " -c client_min_messages=warning -c idle_in_transaction_session_timeout=60s"
    " -c TimeZone=UTC -c search_path=";

// Waits until `events` can be done on the socket. False: `until` came first.
bool Await(int socket, short events, SteadyClock::time_point until) {
  using std::chrono::milliseconds;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(
        std::min(until, SteadyClock::now() + std::chrono::hours(1)) - SteadyClock::now());
    pollfd waiting{.fd = socket, .events = events, .revents = 0};
    const int ready = poll(&waiting, 1, std::max(0, static_cast<int>(left.count())));
    if (ready > 0) return true;
    if (ready == 0 && SteadyClock::now() >= until) return false;
    if (ready < 0 && errno != EINTR) return false;
  }
}

// The URL's own settings and ours beside them.
absl::StatusOr<std::map<std::string, std::string>> Settings(
    const PostgresConnection::Options& options) {
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      Pq().PQconninfoParse(options.url.c_str(), &error), Pq().PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> freed(error, Pq().PQfreemem);
  // libpq's words quote the URL, and a password may be in it.
  if (parsed == nullptr) return absl::InvalidArgumentError("not the URL of a PostgreSQL database");
  std::map<std::string, std::string> settings = {{"application_name", "rapport " + options.schema},
                                                 {"keepalives_idle", "10"},
                                                 {"keepalives_interval", "5"},
                                                 {"keepalives_count", "3"}};
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) settings[option->keyword] = option->val;
  }
  const std::string host = settings["host"];
  const bool network = !host.empty() && host.front() != '/' && host.front() != '@';
  if (network) settings.try_emplace("sslmode", "verify-full");
  settings["client_encoding"] = "UTF8";
  settings["options"] += kSession + options.schema;
  return settings;
}

absl::Status Unreachable(const char* why) {
  return absl::UnavailableError(absl::StrCat("PostgreSQL can't be reached: ", why));
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(const Options& options,
                                                                             Time until) {
  RETURN_IF_ERROR(LoadPostgresLibrary());
  ASSIGN_OR_RETURN(const auto settings, Settings(options));
  std::vector<const char*> names, values;
  for (const auto& [name, value] : settings) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  Handle handle(Pq().PQconnectStartParams(names.data(), values.data(), 0));
  if (handle == nullptr) return Unreachable("no memory");
  RETURN_IF_ERROR(Connect(handle.get(), until));
  std::unique_ptr<PostgresConnection> opened(new PostgresConnection(std::move(handle)));
  return opened;
}

absl::Status PostgresConnection::Connect(PGconn* handle, Time until) {
  for (PostgresPollingStatusType state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;
       state = Pq().PQconnectPoll(handle)) {
    if (state == PGRES_POLLING_FAILED || Pq().PQstatus(handle) == CONNECTION_BAD) {
      // Of the connection, not of a row: names a host and a role, never a password.
      return Unreachable(Pq().PQerrorMessage(handle));
    }
    if (!Await(Pq().PQsocket(handle), state == PGRES_POLLING_READING ? POLLIN : POLLOUT, until)) {
      return Unreachable("no answer in time");
    }
  }
  return absl::OkStatus();
}

PostgresConnection::PostgresConnection(Handle handle) : handle_(std::move(handle)) {
  Pq().PQsetnonblocking(handle_.get(), 1);
  Pq().PQsetNoticeReceiver(
      handle_.get(),
      [](void* self, const PGresult*) { static_cast<PostgresConnection*>(self)->warned_ = true; },
      this);
}

PostgresConnection::~PostgresConnection() = default;

bool PostgresConnection::in_transaction() const {
  const PGTransactionStatusType state = Pq().PQtransactionStatus(handle_.get());
  return state == PQTRANS_INTRANS || state == PQTRANS_INERROR;
}

std::string PostgresConnection::Quoted(std::string_view text) const {
  const std::unique_ptr<char, decltype(&PQfreemem)> quoted(
      Pq().PQescapeLiteral(handle_.get(), text.data(), text.size()), Pq().PQfreemem);
  return quoted == nullptr ? "NULL" : quoted.get();
}

absl::Status PostgresConnection::Broken() {
  broken_ = true;
  last_state_ = kConnectionLost;
  return StatusOfState(kConnectionLost, "");
}

// Sends the rest of the question and waits until the next part of the answer is there.
bool PostgresConnection::WaitForAnswer() {
  PGconn* const c = handle_.get();
  for (;;) {
    const int unsent = Pq().PQflush(c);
    if (unsent < 0) return true;  // PQgetResult says what happened
    if (unsent == 0 && Pq().PQisBusy(c) == 0) return true;
    const short events = static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN);
    if (!Await(Pq().PQsocket(c), events, until_)) return false;
    if (Pq().PQconsumeInput(c) == 0) return true;
  }
}

absl::StatusOr<PostgresConnection::Answer> PostgresConnection::Receive(bool sent) {
  if (broken_ || !sent) return Broken();
  Answer last;
  bool failed = false;
  for (;;) {
    if (!WaitForAnswer()) return Broken();
    Answer next(Pq().PQgetResult(handle_.get()));
    if (next == nullptr) break;
    // The first failure of several statements ends them all.
    if (failed) continue;
    const ExecStatusType status = Pq().PQresultStatus(next.get());
    failed = status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
    last = std::move(next);
  }
  if (Pq().PQstatus(handle_.get()) == CONNECTION_BAD) broken_ = true;
  if (last == nullptr) return Broken();
  if (!failed) return last;
  const char* const state = Pq().PQresultErrorField(last.get(), PG_DIAG_SQLSTATE);
  const char* const message = Pq().PQresultErrorField(last.get(), PG_DIAG_MESSAGE_PRIMARY);
  if (state == nullptr) return Broken();
  last_state_ = state;
  return StatusOfState(last_state_, message == nullptr ? "" : message);
}

absl::StatusOr<std::string> PostgresConnection::Execute(const std::string& statements) {
  ASSIGN_OR_RETURN(const Answer answer,
                   Receive(Pq().PQsendQuery(handle_.get(), statements.c_str()) == 1));
  return std::string(Pq().PQcmdStatus(answer.get()));
}

absl::StatusOr<const PostgresConnection::Statement*> PostgresConnection::Prepared(
    const char* sql, std::size_t values) {
  Statement& kept = statements_[sql];
  if (kept.name.empty()) {
    std::string name = absl::StrCat("s", ++prepared_);
    PGconn* const c = handle_.get();
    RETURN_IF_ERROR(Receive(Pq().PQsendPrepare(c, name.c_str(), sql, 0, nullptr) == 1).status());
    ASSIGN_OR_RETURN(const Answer described,
                     Receive(Pq().PQsendDescribePrepared(c, name.c_str()) == 1));
    for (int i = 0; i < Pq().PQnparams(described.get()); ++i) {
      kept.types.push_back(Pq().PQparamtype(described.get(), i));
    }
    kept.text = sql;
    kept.name = std::move(name);
  }
  // The key is an address: a text that was no literal shows here, instead of running another's.
  if (kept.types.size() != values || kept.text != sql) {
    return absl::InternalError(absl::StrCat("not a literal, or not its values: ", sql));
  }
  return &kept;
}

absl::StatusOr<std::int64_t> PostgresConnection::Run(const char* sql,
                                                     std::initializer_list<Value> values,
                                                     Tx::OnRow on_row) {
  ASSIGN_OR_RETURN(const Statement* const statement, Prepared(sql, values.size()));
  PostgresValues encoded;
  if (const absl::Status fits = encoded.Encode(values, statement->types); !fits.ok()) {
    return absl::InternalError(absl::StrCat(fits.message(), ": ", sql));
  }
  ASSIGN_OR_RETURN(const Answer answer,
                   Receive(Pq().PQsendQueryPrepared(handle_.get(), statement->name.c_str(),
                                                    encoded.size(), encoded.data(),
                                                    encoded.lengths(), encoded.formats(), 1) == 1));
  if (Pq().PQresultStatus(answer.get()) == PGRES_COMMAND_OK) {
    return std::strtoll(Pq().PQcmdTuples(answer.get()), nullptr, 10);
  }
  PostgresRow row(answer.get());
  const int rows = Pq().PQntuples(answer.get());
  for (int i = 0; i < rows; ++i) {
    row.MoveTo(i);
    on_row(row);
  }
  return rows;
}

}  // namespace rapport::db
