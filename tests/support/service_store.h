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
#include "platform/db/run_sync.h"
#include "platform/records/answers.h"
#include "platform/records/migrations.h"
#include "platform/records/outbox.h"
#include "platform/records/records.h"
#include "platform/records/service_caches.h"
#include "support/faulty_db.h"
#include "support/scratch_folder.h"
#include "support/test_database.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::support {

inline constexpr std::int64_t kMonday = 1'770'000'000'000'000;  // domain time tests start at

// A call of `subject` that waits long enough for any test. An empty agency: work of no agency's,
// which has no caller.
struct TestCall : CallContext {
  TestCall(std::string_view agency, std::string_view subject, std::string_view family = {}) {
    method = "rapport.test.v1.TestService/Try";
    if (!agency.empty()) {
      principal = std::make_shared<const Principal>(
          Principal{.agency = std::string(agency), .subject = std::string(subject)});
    }
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
    TestEngine engine = EngineOfTests();
    FaultyDb::Options faults = {};  // of writes of the data
    // Another process of the same service on the same PostgreSQL; it must go before that one.
    const ServiceStore* replica_of = nullptr;
  };
  explicit ServiceStore(Options options)
      : kek(options.replica_of != nullptr ? Copy(options.replica_of->kek) : crypto::NewSecret()),
        suite(options.suite_secret.empty() ? crypto::NewSecret() : SecretOf(options.suite_secret)),
        options_(std::move(options)) {
    if (const ServiceStore* const first = options_.replica_of) {
      keys_home_ = first->keys_home_;
      home_ = first->home_;
    } else {
      keys_home_ =
          std::make_shared<TestDatabase>(options_.engine, path("keys.db"), crypto::Migrations());
      home_ =
          std::make_shared<TestDatabase>(options_.engine, path("data.db"), records::Migrations());
    }
    Open();
  }
  ServiceStore() : ServiceStore(Options{}) {}
  ~ServiceStore() { Close(); }

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

  const crypto::Secret kek;
  const crypto::SuiteSecret suite;
  ManualClock clock{kMonday};
  ManualClock machine{RealMicros()};
  cache::NullCache cache;
  db::OpenedDb keys_database, database;
  db::Db *keys_db = nullptr, *db = nullptr;  // theirs
  std::unique_ptr<crypto::SqlKeyRing> keys;
  std::unique_ptr<audit::AuditChain> chain;
  std::unique_ptr<records::Outbox> outbox;
  std::unique_ptr<records::Records> records;
  std::unique_ptr<records::Answers> answers;
  std::unique_ptr<audit::Disclosures> disclosures;

 private:
  static crypto::Secret Copy(const crypto::Secret& secret) {
    crypto::Secret copy;
    std::copy_n(secret.data(), crypto::Secret::kBytes, copy.data());
    return copy;
  }
  void Open() {
    keys_database = keys_home_->Open(nullptr, options_.synchronous);
    keys_db = keys_database.db.get();
    std::vector<crypto::Secret> keks(1);
    std::copy_n(kek.data(), crypto::Secret::kBytes, keks[0].data());
    keys = std::make_unique<crypto::SqlKeyRing>(
        crypto::KeyWrapping(options_.service, keks), *keys_db, machine,
        crypto::SqlKeyRing::Options{.empty_log = keys_database.empty_log});
    using Writers = audit::AuditChain::Writers;
    chain = std::make_unique<audit::AuditChain>(
        suite, options_.service,
        options_.engine == TestEngine::kSqlite ? Writers::kOne : Writers::kMany);
    database = home_->Open(chain.get(), options_.synchronous);
    const FaultyDb::Options& faults = options_.faults;
    if (faults.again + faults.lost_reply + faults.lost > 0) {
      database.db = std::make_unique<FaultyDb>(std::move(database.db), faults);
    }
    db = database.db.get();
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
    database.db.reset();
    chain.reset();
    keys.reset();
    keys_database.db.reset();
  }

  const Options options_;
  const ScratchFolder folder_;
  std::shared_ptr<TestDatabase> keys_home_, home_;
};

}  // namespace rapport::support
