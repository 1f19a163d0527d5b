// What a process keeps its data with, wired as it wires it, in a folder of one test: the database,
// keys, audit chain, records, answers, disclosures, outbox.
#pragma once

#include "platform/audit/audit_chain.h"
#include "platform/audit/disclosures.h"
#include "platform/base/clock.h"
#include "platform/base/run_sync.h"
#include "platform/crypto/key_file.h"
#include "platform/crypto/key_ring_sql.h"
#include "platform/crypto/migrations.h"
#include "platform/crypto/suite_secret.h"
#include "platform/db/migrate.h"
#include "platform/db/run_sync.h"
#include "platform/db/sqlite_db.h"
#include "platform/records/answers.h"
#include "platform/records/migrations.h"
#include "platform/records/outbox.h"
#include "platform/records/records.h"
#include "platform/records/service_caches.h"
#include "support/scratch_folder.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::support {

inline constexpr std::int64_t kMonday = 1'770'000'000'000'000;  // domain time tests start at

// A call of `subject` that waits long enough for any test.
struct TestCall : CallContext {
  TestCall(std::string_view agency, std::string_view subject, std::string_view family = {}) {
    method = "rapport.test.v1.TestService/Try";
    principal = std::make_shared<const Principal>(
        Principal{.agency = std::string(agency), .subject = std::string(subject)});
    access.family = family;
    access.viewer = family.empty() ? Viewer::kAgency : Viewer::kCareTeam;
    arrived = SteadyClock::now();
    deadline = arrived + std::chrono::minutes(2);
  }
};

// 16 bytes that are readable in a failing test.
inline std::string TestId(std::string_view text) {
  std::string id(16, '.');
  return id.replace(0, text.size(), text);
}

// Of 32 bytes.
inline crypto::Secret SecretOf(std::string_view bytes) {
  if (bytes.size() != crypto::Secret::kBytes) throw std::runtime_error("no secret");
  crypto::Secret secret;
  std::copy_n(bytes.data(), bytes.size(), reinterpret_cast<char*>(secret.data()));
  return secret;
}

class ServiceStore {
 public:
  struct Options {
    std::string service = "notes";
    std::string suite_secret = {};    // 32 bytes; empty: a new one
    std::string synchronous = "OFF";  // what a crash leaves is not what these tests are about
    crypto::KeyClass (*key_class)(int kind) = nullptr;
  };
  explicit ServiceStore(Options options)
      : suite(options.suite_secret.empty() ? crypto::NewSecret() : SecretOf(options.suite_secret)),
        options_(std::move(options)) {
    Open();
  }
  ServiceStore() : ServiceStore(Options{}) {}

  // As after a restart: everything that was only in memory is gone.
  void Reopen() {
    Close();
    Open();
  }

  absl::Status Read(db::Db::Work work) { return db::RunSync(*db, work, false); }
  absl::Status Write(db::Db::Work work) { return db::RunSync(*db, work, true); }
  // The one number of a statement; -1 without a row.
  std::int64_t Number(const char* sql, std::initializer_list<db::Value> values = {}) {
    std::int64_t number = -1;
    const absl::Status status = Read([&](db::Tx& tx) {
      return tx.Run(sql, values, [&](const db::Row& row) { number = row.Int(0); }).status();
    });
    if (!status.ok()) throw std::runtime_error(status.ToString());
    return number;
  }
  // Without a Redis: only the process's own copies.
  records::ServiceCaches Caches(const schema::IdCodec& ids) {
    return records::MakeServiceCaches(cache, suite, *keys, ids, 20'000);
  }
  std::string path(std::string_view name) const { return folder_ / name; }

  const crypto::Secret kek = crypto::NewSecret();
  const crypto::SuiteSecret suite;
  ManualClock clock{kMonday};
  ManualClock machine{RealMicros()};
  cache::NullCache cache;
  std::unique_ptr<db::Db> keys_db, db;
  std::unique_ptr<crypto::SqlKeyRing> keys;
  std::unique_ptr<audit::AuditChain> chain;
  std::unique_ptr<records::Outbox> outbox;
  std::unique_ptr<records::Records> records;
  std::unique_ptr<records::Answers> answers;
  std::unique_ptr<audit::Disclosures> disclosures;

 private:
  static std::unique_ptr<db::Db> OpenDb(db::SqliteDb::Options options,
                                        const db::MigrationSet& schema) {
    auto db = db::SqliteDb::Open(std::move(options));
    if (!db.ok()) throw std::runtime_error(db.status().ToString());
    const auto migrated = db::Migrate(**db, {&schema, 1}, RealMicros());
    if (!migrated.ok()) throw std::runtime_error(migrated.status().ToString());
    return *std::move(db);
  }

  void Open() {
    keys_db = OpenDb({.path = path("keys.db"), .synchronous = options_.synchronous},
                     crypto::Migrations());
    std::vector<crypto::Secret> keks(1);
    std::copy_n(kek.data(), crypto::Secret::kBytes, keks[0].data());
    keys = std::make_unique<crypto::SqlKeyRing>(crypto::KeyWrapping(options_.service, keks),
                                                *keys_db, machine,
                                                crypto::SqlKeyRing::Options{.empty_log = [this] {
                                                  static_cast<db::SqliteDb&>(*keys_db).EmptyLog();
                                                }});
    chain = std::make_unique<audit::AuditChain>(suite, options_.service);
    db = OpenDb(
        {.path = path("data.db"), .participant = chain.get(), .synchronous = options_.synchronous},
        records::Migrations());
    outbox = std::make_unique<records::Outbox>(options_.service, suite);
    records = std::make_unique<records::Records>(
        records::Records::Options{.service = options_.service,
                                  .suite = &suite,
                                  .outbox = outbox.get(),
                                  .key_class = options_.key_class},
        *db, *keys, *chain);
    answers = std::make_unique<records::Answers>(options_.service, *db, *keys, suite);
    disclosures = std::make_unique<audit::Disclosures>(*db, *keys, *chain, clock, machine);
  }
  void Close() {
    disclosures.reset();
    answers.reset();
    records.reset();
    outbox.reset();
    db.reset();
    chain.reset();
    keys.reset();
    keys_db.reset();
  }

  const Options options_;
  const ScratchFolder folder_;
};

}  // namespace rapport::support
