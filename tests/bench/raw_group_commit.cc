// G: what the disk and SQLite alone can do. Writes exactly the rows of a SubmitRating, with the
// same keys, indexes and numbers of bytes, through the same SqliteDb, as many at a time as the
// calls that it is compared with; no RPC, no authorisation, nothing sealed or computed, and whoever
// waited goes on on the writer's thread. The unit that the ratio of a durable write is in.
//
//   raw_group_commit DATABASE LIKE IN_FLIGHT SECONDS
//
// DATABASE is a copy of what the server began with; LIKE is what the server left: rows are as long
// as its newest ones. Prints one JSON line like call_load's.
#include "platform/base/clock.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/base/task.h"
#include "platform/crypto/new_id.h"
#include "platform/crypto/random.h"
#include "platform/db/run_sync.h"
#include "platform/db/sqlite_db.h"
#include "platform/runtime/lifecycle.h"

#include <nlohmann/json.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace rapport::bench {
namespace {

using db::Blob;

// What the server's newest rows look like.
struct Shape {
  std::string agency;
  std::int64_t caller = 0, reply = 0, claim = 0, payload = 0, envelope = 0, sealed = 0, mac = 0;
};

constexpr char kAnswer[] =
    "SELECT agency_id, length(caller_hmac), length(reply) FROM answer ORDER BY expires_us DESC"
    " LIMIT 1";
constexpr char kClaim[] = "SELECT length(value_hmac) FROM claim LIMIT 1";
constexpr char kRecord[] =
    "SELECT length(payload) FROM record WHERE kind = 2 ORDER BY sort_us DESC LIMIT 1";
constexpr char kOutbox[] = "SELECT length(envelope) FROM outbox ORDER BY sequence DESC LIMIT 1";
constexpr char kAudit[] =
    "SELECT length(sealed), length(mac) FROM audit ORDER BY sequence DESC LIMIT 1";
constexpr char kHead[] =
    "SELECT audit_sequence, outbox_sequence FROM audit_head WHERE agency_id = $1";
constexpr char kFamilies[] = "SELECT DISTINCT family_id FROM record WHERE agency_id = $1";

constexpr char kPutAnswer[] =
    "INSERT INTO answer (agency_id, caller_hmac, request_id, family_id, expires_us, reply)"
    " VALUES ($1, $2, $3, $4, $5, $6)";
constexpr char kPutClaim[] =
    "INSERT INTO claim (agency_id, value_hmac, family_id, kind, id) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (agency_id, value_hmac) DO NOTHING";
constexpr char kPutRecord[] =
    "INSERT INTO record (agency_id, family_id, kind, id, parent_id, state, sort_us, version,"
    " created_us, updated_us, payload) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
constexpr char kPutOutbox[] =
    "INSERT INTO outbox (agency_id, sequence, family_id, event_type, created_us, envelope)"
    " VALUES ($1, $2, $3, $4, $5, $6)";
constexpr char kPutAudit[] =
    "INSERT INTO audit"
    " (agency_id, sequence, block, at_us, recorded_us, family_id, sealed, mac)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr char kPutHead[] =
    "UPDATE audit_head SET audit_sequence = $2, mac = $3, outbox_sequence = $4"
    " WHERE agency_id = $1";

std::string Random(std::int64_t size) {
  std::string bytes(static_cast<std::size_t>(size), '\0');
  crypto::RandomBytes(bytes.data(), bytes.size());
  return bytes;
}

// Writes the head once a commit, as the audit chain does.
class Head final : public db::Participant {
 public:
  std::string agency, mac;
  std::int64_t audit = 0, outbox = 0;
  void OnSavepoint() override { before_ = {audit, outbox}; }
  void OnRollback() override { std::tie(audit, outbox) = before_; }
  absl::Status BeforeCommit(db::Tx& tx) override {
    if (agency.empty()) return absl::OkStatus();
    return tx.Run(kPutHead, {agency, audit, Blob{mac}, outbox}).status();
  }

 private:
  std::pair<std::int64_t, std::int64_t> before_;
};

struct Bench {
  Head head;
  Shape shape;
  std::vector<std::string> families, callers;
  std::string bytes;  // what payloads are cut from
  std::unique_ptr<db::SqliteDb> db;
  std::atomic<int> running{0};
  SteadyClock::time_point begin, end;
  std::vector<std::vector<float>> latencies_us;  // one list a writer

  absl::Status Measure(const std::string& like);
  absl::Status Put(db::Tx& tx, const std::string& request, std::size_t pick);
  Task<> Write(std::size_t writer);
  std::string_view Cut(std::int64_t size) const {
    return std::string_view(bytes).substr(0, static_cast<std::size_t>(size));
  }
};

absl::Status Bench::Measure(const std::string& like) {
  ASSIGN_OR_RETURN(const auto other, db::SqliteDb::Open({.path = like}));
  RETURN_IF_ERROR(db::RunSync(
      *other,
      [&](db::Tx& tx) -> absl::Status {
        RETURN_IF_ERROR(tx.Run(kAnswer, {}, [&](const db::Row& row) {
                            shape.agency = row.Bytes(0);
                            shape.caller = row.Int(1);
                            shape.reply = row.Int(2);
                          }).status());
        const auto keep = [](std::int64_t& to) {
          return [&to](const db::Row& row) { to = row.Int(0); };
        };
        RETURN_IF_ERROR(tx.Run(kClaim, {}, keep(shape.claim)).status());
        RETURN_IF_ERROR(tx.Run(kRecord, {}, keep(shape.payload)).status());
        RETURN_IF_ERROR(tx.Run(kOutbox, {}, keep(shape.envelope)).status());
        return tx
            .Run(kAudit, {},
                 [&](const db::Row& row) {
                   shape.sealed = row.Int(0);
                   shape.mac = row.Int(1);
                 })
            .status();
      },
      /*write=*/false));
  if (shape.reply == 0 || shape.payload == 0) {
    return absl::FailedPreconditionError("no rating was submitted to the server's database");
  }
  return db::RunSync(
      *db,
      [&](db::Tx& tx) -> absl::Status {
        RETURN_IF_ERROR(tx.Run(kFamilies, {shape.agency}, [&](const db::Row& row) {
                            families.emplace_back(row.Bytes(0));
                          }).status());
        return tx
            .Run(kHead, {shape.agency},
                 [&](const db::Row& row) {
                   head.audit = row.Int(0);
                   head.outbox = row.Int(1);
                 })
            .status();
      },
      /*write=*/false);
}

absl::Status Bench::Put(db::Tx& tx, const std::string& request, std::size_t pick) {
  const std::int64_t now_us = RealMicros();
  const Blob family{families[pick % families.size()]};
  const std::string id = crypto::NewId();
  const std::string claim = Random(shape.claim);
  RETURN_IF_ERROR(tx.Run(kPutAnswer, {shape.agency, Blob{callers[pick % callers.size()]}, request,
                                      family, now_us, Blob{Cut(shape.reply)}})
                      .status());
  RETURN_IF_ERROR(tx.Run(kPutClaim, {shape.agency, Blob{claim}, family, 2, Blob{id}}).status());
  RETURN_IF_ERROR(tx.Run(kPutRecord, {shape.agency, family, 2, Blob{id}, Blob{id}, 0, now_us, 1,
                                      now_us, now_us, Blob{Cut(shape.payload)}})
                      .status());
  RETURN_IF_ERROR(tx.Run(kPutOutbox, {shape.agency, ++head.outbox, family, 1, now_us,
                                      Blob{Cut(shape.envelope)}})
                      .status());
  ++head.audit;
  return tx
      .Run(kPutAudit, {shape.agency, head.audit, head.audit / 256, now_us, now_us, family,
                       Blob{Cut(shape.sealed)}, Blob{head.mac}})
      .status();
}

Task<> Bench::Write(std::size_t writer) {
  CallContext context;
  context.deadline = SteadyClock::time_point::max();
  std::size_t pick = writer * 7'919;
  while (SteadyClock::now() < end) {
    const auto from = SteadyClock::now();
    const std::string request = Hex(Random(18));  // as long as a UUID's text
    const absl::Status written =
        co_await db->Write(context, [&](db::Tx& tx) { return Put(tx, request, ++pick); });
    if (!written.ok()) {
      std::fprintf(stderr, "%s\n", written.ToString().c_str());
      std::abort();
    }
    const auto now = SteadyClock::now();
    if (from >= begin && now < end) {
      latencies_us[writer].push_back(std::chrono::duration<float, std::micro>(now - from).count());
    }
  }
  running.fetch_sub(1);
  running.notify_one();
}

double CpuMicros() {
  rusage spent{};
  getrusage(RUSAGE_SELF, &spent);
  const auto micros = [](const timeval& t) {
    return 1e6 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec);
  };
  return micros(spent.ru_utime) + micros(spent.ru_stime);
}

double Quantile(std::vector<float>& values, double q) {
  if (values.empty()) return 0;
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

absl::Status Run(const std::string& path, const std::string& like, int in_flight, double seconds) {
  Bench bench;
  ASSIGN_OR_RETURN(bench.db, db::SqliteDb::Open({.path = path, .participant = &bench.head}));
  RETURN_IF_ERROR(bench.Measure(like));
  bench.head.mac = Random(bench.shape.mac);
  bench.head.agency = bench.shape.agency;
  bench.bytes = Random(16'384);
  for (int i = 0; i < 100; ++i) {
    bench.callers.push_back(Random(bench.shape.caller));
  }
  bench.latencies_us.resize(static_cast<std::size_t>(in_flight));
  const auto span =
      std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(seconds));
  const auto warm_up = std::chrono::milliseconds(300);
  bench.begin = SteadyClock::now() + warm_up;
  bench.end = bench.begin + span;
  bench.running = in_flight;
  for (int i = 0; i < in_flight; ++i) Spawn(bench.Write(static_cast<std::size_t>(i)));
  std::this_thread::sleep_until(bench.begin);
  const double cpu_before = CpuMicros();
  std::this_thread::sleep_until(bench.end);
  const double cpu = CpuMicros() - cpu_before;
  for (int left = bench.running; left > 0; left = bench.running) bench.running.wait(left);
  std::vector<float> all;
  for (const auto& one : bench.latencies_us) all.insert(all.end(), one.begin(), one.end());
  if (all.empty()) return absl::DeadlineExceededError("no commit ended in the measured time");
  const auto calls = static_cast<double>(all.size());
  std::cout << nlohmann::json{{"calls", all.size()},
                              {"rate", calls / seconds},
                              {"p50_us", Quantile(all, 0.5)},
                              {"p99_us", Quantile(all, 0.99)},
                              {"cpu_us", {cpu / calls}}}
            << std::endl;
  return absl::OkStatus();
}

}  // namespace
}  // namespace rapport::bench

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  rapport::runtime::PrepareProcess({.allow_core_dumps = true});
  const absl::Status done =
      rapport::bench::Run(argv[1], argv[2], std::atoi(argv[3]), std::atof(argv[4]));
  if (done.ok()) return 0;
  std::fprintf(stderr, "raw_group_commit: %s\n", done.ToString().c_str());
  return 1;
}
