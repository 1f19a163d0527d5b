#include "platform/runtime/storage.h"

#include "platform/audit/append.h"
#include "platform/audit/audit_record.h"
#include "platform/base/agency_work.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/migrations.h"
#include "platform/crypto/signing_key.h"
#include "platform/db/migrate.h"
#include "platform/records/migrations.h"
#include "platform/runtime/lifecycle.h"
#include "platform/runtime/telemetry/metrics.h"
#include "platform/runtime/traced_db.h"

#include <chrono>
#include <span>
#include <utility>

namespace rapport::runtime {
namespace {

// Keys are read when they are first needed, and every few minutes after that.
constexpr int kKeyConnections = 4;

// A file is this process's alone, so it gets its schema here. What several share gets it once, by
// another role, before any of them starts.
absl::Status BringToSchema(const std::string& where, db::Db& db, const db::MigrationSet& schema) {
  const std::span<const db::MigrationSet> sets(&schema, 1);
  if (db::IsPostgres(where)) return db::RequireSchema(db, sets);
  return db::Migrate(db, sets, RealMicros(), {.contract = true}).status();
}

absl::Status CheckTogether(const Config& config) {
  const bool shared = db::IsPostgres(config.database);
  if (shared != db::IsPostgres(config.keys_database)) {
    return absl::InvalidArgumentError(
        "database and keys-database: expected two files or two URLs of PostgreSQL");
  }
  if (shared && config.erasure_list.empty()) {
    return absl::InvalidArgumentError("erasure-list: is required with PostgreSQL");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Storage::OpenDatabases(const std::string& service, const Config& config) {
  RETURN_IF_ERROR(CheckTogether(config));
  const auto fatal = [](const absl::Status&) { FailStop("a commit's outcome is unknown"); };
  ASSIGN_OR_RETURN(keys_database_, db::Open({.where = config.keys_database,
                                             .schema = db::KeysSchemaOf(service),
                                             .on_fatal = fatal,
                                             .connections = kKeyConnections}));
  RETURN_IF_ERROR(BringToSchema(config.keys_database, *keys_database_.db, crypto::Migrations()));
  ASSIGN_OR_RETURN(auto wrapping, crypto::KeyWrapping::Load(service, config.key_encryption_key));
  keys = std::make_unique<crypto::SqlKeyRing>(
      std::move(wrapping), *keys_database_.db, machine_clock_,
      crypto::SqlKeyRing::Options{.empty_log = keys_database_.empty_log});
  ASSIGN_OR_RETURN(database_, db::Open({.where = config.database,
                                        .schema = service,
                                        .participant = &chain,
                                        .on_fatal = fatal,
                                        .isolation = config.database_isolation == "serializable"
                                                         ? db::Isolation::kSerializable
                                                         : db::Isolation::kReadCommitted,
                                        .connections = config.database_connections}));
  if (!config.otlp_endpoint.empty()) {
    database_.db = std::make_unique<TracedDb>(std::move(database_.db));
  }
  db = database_.db.get();
  return BringToSchema(config.database, *db, records::Migrations());
}

absl::StatusOr<std::unique_ptr<Storage>> Storage::Open(const std::string& service,
                                                       const Config& config,
                                                       const crypto::SuiteSecret& suite,
                                                       const Clock& clock, KeyClassOf key_class) {
  std::unique_ptr<Storage> self(
      new Storage(service, suite, clock, !db::IsPostgres(config.database)));
  RETURN_IF_ERROR(self->OpenDatabases(service, config));
  Storage& s = *self;
  s.records = std::make_unique<records::Records>(
      records::Records::Options{
          .service = service, .suite = &suite, .outbox = &s.outbox, .key_class = key_class},
      *s.db, *s.keys, s.chain);
  // Beside the keys, so that whoever moves those moves it; no backup of a database has it. And
  // where the checkpoints go, off the machine.
  std::vector<std::string> lists = {config.erasure_list.empty()
                                        ? Concat({config.keys_database, ".erased"})
                                        : config.erasure_list};
  if (!config.checkpoint_file.empty()) lists.push_back(Concat({config.checkpoint_file, ".erased"}));
  ASSIGN_OR_RETURN(s.erased, crypto::ErasureList::Open(std::move(lists), suite));
  s.eraser =
      std::make_unique<records::Eraser>(records::Eraser::Deps{.db = *s.db,
                                                              .keys = *s.keys,
                                                              .list = *s.erased,
                                                              .chain = s.chain,
                                                              .records = *s.records,
                                                              .clock = clock,
                                                              .machine = s.machine_clock_,
                                                              .empty_log = s.database_.empty_log});
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
    context.principal = WorkFor(agency.id, "system");
    auto record = audit::RecordOf(context, clock_.NowMicros(), machine_clock_.NowMicros());
    record.set_action("clock.demo");
    RETURN_IF_ERROR(
        RunSync(audit::Append(context, *db, *keys, chain, agency.id, std::move(record))));
  }
  return absl::OkStatus();
}

std::chrono::nanoseconds Storage::LeastWait() const {
  return std::max(keys_database_.db->LeastWait(), database_.db->LeastWait());
}

Observations Storage::Observe() const {
  Observations all = ObserveDatabase("data", database_);
  const auto add = [&all](Observations more) {
    for (auto& one : more) all.push_back(std::move(one));
  };
  add(ObserveDatabase("keys", keys_database_));
  add(ObserveDisclosures(*disclosures));
  if (checkpointer) add(ObserveCheckpoints(*checkpointer));
  all.push_back(telemetry::Observe(telemetry::Metric::kAuditRows,
                                   [this] { return static_cast<double>(chain.appended()); }));
  all.push_back(telemetry::Observe(telemetry::Metric::kKeysCached,
                                   [this] { return static_cast<double>(keys->cached()); }));
  all.push_back(telemetry::Observe(telemetry::Metric::kKeysErased,
                                   [this] { return static_cast<double>(keys->erased()); }));
  return all;
}

}  // namespace rapport::runtime
