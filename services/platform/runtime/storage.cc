#include "platform/runtime/storage.h"

#include "platform/audit/append.h"
#include "platform/audit/audit_record.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/migrations.h"
#include "platform/crypto/signing_key.h"
#include "platform/db/migrate.h"
#include "platform/records/migrations.h"
#include "platform/runtime/lifecycle.h"
#include "platform/runtime/telemetry/metrics.h"

#include <chrono>
#include <utility>

namespace rapport::runtime {

absl::Status Storage::OpenDatabases(const std::string& service, const Config& config) {
  const auto fatal = [](const absl::Status&) { FailStop("a commit's outcome is unknown"); };
  ASSIGN_OR_RETURN(keys_db, db::SqliteDb::Open({.path = config.keys_database, .on_fatal = fatal}));
  const db::MigrationSet key_sets[] = {crypto::Migrations()};
  RETURN_IF_ERROR(db::Migrate(*keys_db, key_sets, RealMicros()).status());
  ASSIGN_OR_RETURN(auto wrapping, crypto::KeyWrapping::Load(service, config.key_encryption_key));
  keys = std::make_unique<crypto::SqlKeyRing>(
      std::move(wrapping), *keys_db, machine_clock_,
      crypto::SqlKeyRing::Options{.empty_log = [kept = keys_db.get()] { kept->EmptyLog(); }});
  ASSIGN_OR_RETURN(
      db, db::SqliteDb::Open({.path = config.database, .participant = &chain, .on_fatal = fatal}));
  const db::MigrationSet sets[] = {records::Migrations()};
  return db::Migrate(*db, sets, RealMicros()).status();
}

absl::StatusOr<std::unique_ptr<Storage>> Storage::Open(const std::string& service,
                                                       const Config& config,
                                                       const crypto::SuiteSecret& suite,
                                                       const Clock& clock, KeyClassOf key_class) {
  std::unique_ptr<Storage> self(new Storage(service, suite, clock));
  RETURN_IF_ERROR(self->OpenDatabases(service, config));
  Storage& s = *self;
  s.records = std::make_unique<records::Records>(
      records::Records::Options{
          .service = service, .suite = &suite, .outbox = &s.outbox, .key_class = key_class},
      *s.db, *s.keys, s.chain);
  // Beside the keys, so that whoever moves those moves it; no backup of a database has it. And
  // where the checkpoints go, off the machine.
  std::vector<std::string> lists = {Concat({config.keys_database, ".erased"})};
  if (!config.checkpoint_file.empty()) lists.push_back(Concat({config.checkpoint_file, ".erased"}));
  ASSIGN_OR_RETURN(s.erased, crypto::ErasureList::Open(std::move(lists), suite));
  s.eraser = std::make_unique<records::Eraser>(
      records::Eraser::Deps{.db = *s.db,
                            .keys = *s.keys,
                            .list = *s.erased,
                            .chain = s.chain,
                            .records = *s.records,
                            .clock = clock,
                            .machine = s.machine_clock_,
                            .empty_log = [data = s.db.get()] { data->EmptyLog(); }});
  s.answers = std::make_unique<records::Answers>(service, *s.db, *s.keys, suite);
  s.disclosures =
      std::make_unique<audit::Disclosures>(*s.db, *s.keys, s.chain, clock, s.machine_clock_);
  s.refusals = std::make_unique<audit::Refusals>(*s.db, *s.keys, s.chain, clock, s.machine_clock_);
  crypto::SigningKey signer(suite.Key(crypto::SuiteKey::kCheckpoint, service));
  s.checkpoint_key = signer.public_key();
  if (!config.checkpoint_file.empty()) {
    ASSIGN_OR_RETURN(s.checkpointer,
                     audit::Checkpointer::Open({.service = service, .path = config.checkpoint_file},
                                               *s.db, std::move(signer)));
  }
  return self;
}

absl::StatusOr<int> Storage::EraseAgain() {
  CallContext context;
  context.method = "rapport.runtime/EraseAgain";
  context.arrived = SteadyClock::now();
  context.deadline = context.arrived + std::chrono::minutes(10);
  return RunSync(eraser->EraseAgain(context));
}

absl::Status Storage::AuditDemoClock(const crypto::Agencies& agencies) {
  CallContext context;
  context.method = "rapport.runtime/DemoClock";
  context.arrived = SteadyClock::now();
  context.deadline = context.arrived + std::chrono::seconds(30);
  for (const crypto::Agency& agency : agencies.all()) {
    auto record = audit::RecordOf(context, clock_.NowMicros(), machine_clock_.NowMicros());
    record.set_action("clock.demo");
    RETURN_IF_ERROR(
        RunSync(audit::Append(context, *db, *keys, chain, agency.id, std::move(record))));
  }
  return absl::OkStatus();
}

Observations Storage::Observe() const {
  Observations all = ObserveDatabase("data", *db);
  const auto add = [&all](Observations more) {
    for (auto& one : more) all.push_back(std::move(one));
  };
  add(ObserveDatabase("keys", *keys_db));
  add(ObserveDisclosures(*disclosures));
  all.push_back(telemetry::Observe(telemetry::Metric::kAuditRows,
                                   [this] { return static_cast<double>(chain.appended()); }));
  all.push_back(telemetry::Observe(telemetry::Metric::kKeysCached,
                                   [this] { return static_cast<double>(keys->cached()); }));
  all.push_back(telemetry::Observe(telemetry::Metric::kKeysErased,
                                   [this] { return static_cast<double>(keys->erased()); }));
  return all;
}

}  // namespace rapport::runtime
