#include "admin/commands.h"
#include "admin/database_option.h"
#include "platform/audit/audit_chain.h"
#include "platform/audit/audit_record.h"
#include "platform/base/clock.h"
#include "platform/base/services.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/key_ring_sql.h"
#include "platform/crypto/public_ids.h"
#include "platform/crypto/suite_secret.h"
#include "platform/db/run_sync.h"
#include "platform/records/outbox.h"
#include "platform/records/tell_again.h"

#include <absl/time/time.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::admin {
namespace {

using records::Outbox;

struct Options {
  std::string service, db, keys_db, kek, suite_secret, agency, destination, family, since;
};

// A service's data. A file's lock says that the service is stopped; on PostgreSQL it may run.
struct Opened {
  std::unique_ptr<crypto::SuiteSecret> suite;
  std::unique_ptr<audit::AuditChain> chain;
  db::OpenedDb database;
  db::Db* db = nullptr;
};

absl::StatusOr<Opened> Open(const Options& options) {
  Opened opened;
  ASSIGN_OR_RETURN(opened.suite, crypto::SuiteSecret::Load(options.suite_secret));
  using Writers = audit::AuditChain::Writers;
  opened.chain = std::make_unique<audit::AuditChain>(
      *opened.suite, options.service, db::IsPostgres(options.db) ? Writers::kMany : Writers::kOne);
  ASSIGN_OR_RETURN(opened.database, db::Open({.where = options.db,
                                              .schema = options.service,
                                              .participant = opened.chain.get(),
                                              .connections = 2}));
  opened.db = opened.database.db.get();
  return opened;
}

// The text of a status code, as the documentation of gRPC has it.
std::string CodeText(int code) {
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
}

std::string TimeText(std::int64_t time_us) {
  return absl::FormatTime(absl::FromUnixMicros(time_us), absl::UTCTimeZone());
}

// What belongs to no family is named as lists of the whole agency are.
constexpr std::string_view kPrefix = "families/", kNoFamily = "families/-";

std::string NameOf(const crypto::PublicIds& ids, const Outbox::Parked& parked) {
  if (parked.family.empty()) return std::string(kNoFamily);
  return Concat({kPrefix, ids.Show(parked.agency, parked.family)});
}

// The inner id; nullopt: it is no such name.
std::optional<std::string> FamilyOf(const crypto::PublicIds& ids, const Options& options) {
  const std::string_view name = options.family;
  if (name == kNoFamily) return std::string();
  if (!name.starts_with(kPrefix)) return std::nullopt;
  return ids.Read(options.agency, name.substr(kPrefix.size()));
}

absl::Status List(const Options& options) {
  ASSIGN_OR_RETURN(const Opened opened, Open(options));
  const crypto::PublicIds ids(*opened.suite);
  std::vector<Outbox::Parked> parked;
  RETURN_IF_ERROR(db::RunSync(
      *opened.db,
      [&](db::Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(parked, Outbox::ListParked(tx, options.agency));
        return absl::OkStatus();
      },
      false));
  for (const Outbox::Parked& one : parked) {
    std::printf("%s %s event %lld, %s since %s%s\n", one.destination.c_str(),
                NameOf(ids, one).c_str(), static_cast<long long>(one.sequence),
                CodeText(one.status_code).c_str(), TimeText(one.since_us).c_str(),
                one.retrying ? ", will be tried again" : "");
  }
  if (parked.empty()) std::printf("nothing is parked\n");
  return absl::OkStatus();
}

// What an operator does to a queue is in the agency's trail, in the transaction that does it.
class Operator {
 public:
  static absl::StatusOr<Operator> Open(const Options& options, const Opened& opened) {
    Operator made(options, opened);
    ASSIGN_OR_RETURN(made.keys_db_, db::Open({.where = options.keys_db,
                                              .schema = db::KeysSchemaOf(options.service),
                                              .connections = 2}));
    ASSIGN_OR_RETURN(auto wrapping, crypto::KeyWrapping::Load(options.service, options.kek));
    made.keys_ =
        std::make_unique<crypto::SqlKeyRing>(std::move(wrapping), *made.keys_db_.db, *made.clock_);
    return made;
  }

  absl::Status Do(std::string_view action, const std::string& agency, const std::string& family,
                  db::Db::Work change) {
    ASSIGN_OR_RETURN(const auto sealer, keys_->Find(agency, "", crypto::KeyClass::kRecord));
    CallContext context;
    context.method = "rapport-admin/outbox";
    auto record = audit::RecordOf(context, clock_->NowMicros(), clock_->NowMicros());
    record.set_actor("operator");
    record.set_action(std::string(action));
    record.set_family(family);
    record.set_reason_code(options_->destination);
    const audit::AuditChain::Entry line{
        .family = family,
        .at_us = record.at_us(),
        .recorded_us = record.recorded_us(),
        .sealed = audit::SealRecord(*sealer, options_->service, agency, record)};
    return db::RunSync(
        *opened_->db,
        [&](db::Tx& tx) -> absl::Status {
          RETURN_IF_ERROR(change(tx));
          return opened_->chain->Append(tx, agency, line).status();
        },
        true);
  }

 private:
  Operator(const Options& options, const Opened& opened) : options_(&options), opened_(&opened) {}

  const Options* options_;
  const Opened* opened_;
  std::unique_ptr<SystemClock> clock_ = std::make_unique<SystemClock>();
  db::OpenedDb keys_db_;
  std::unique_ptr<crypto::SqlKeyRing> keys_;
};

absl::Status Change(const Options& options, std::string_view action,
                    absl::Status (*change)(db::Tx&, std::string_view, std::string_view,
                                           std::string_view)) {
  ASSIGN_OR_RETURN(const Opened opened, Open(options));
  const crypto::PublicIds ids(*opened.suite);
  const auto family = FamilyOf(ids, options);
  if (!family) return absl::InvalidArgumentError("--family: expected a name as `list` shows it");
  ASSIGN_OR_RETURN(Operator an_operator, Operator::Open(options, opened));
  RETURN_IF_ERROR(an_operator.Do(action, options.agency, *family, [&](db::Tx& tx) {
    return change(tx, options.agency, options.destination, *family);
  }));
  std::printf("done; the service delivers when it runs\n");
  return absl::OkStatus();
}

absl::Status Retry(const Options& options) {
  return Change(options, "outbox.retry", Outbox::Retry);
}

absl::Status Skip(const Options& options) { return Change(options, "outbox.skip", Outbox::Skip); }

absl::StatusOr<std::vector<std::string>> AgenciesOf(const Options& options, const Opened& opened) {
  std::vector<std::string> agencies = {options.agency};
  if (!options.agency.empty()) return agencies;
  RETURN_IF_ERROR(db::RunSync(
      *opened.db,
      [&](db::Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(agencies, audit::AuditChain::Agencies(tx));
        return absl::OkStatus();
      },
      false));
  return agencies;
}

// Of every agency, unless one is named. After a kill the same command goes on: what was put back
// already is put back again.
absl::Status Again(const Options& options) {
  absl::Time since = absl::UnixEpoch();
  std::string error;
  if (!options.since.empty() &&
      !absl::ParseTime(absl::RFC3339_full, options.since, &since, &error)) {
    return absl::InvalidArgumentError("--since: expected a time like 2031-03-03T08:00:00Z");
  }
  ASSIGN_OR_RETURN(const Opened opened, Open(options));
  ASSIGN_OR_RETURN(const auto agencies, AgenciesOf(options, opened));
  ASSIGN_OR_RETURN(Operator an_operator, Operator::Open(options, opened));
  const char *const service = options.service.c_str(), *const to = options.destination.c_str();
  for (const std::string& agency : agencies) {
    std::optional<std::int64_t> oldest_us;
    RETURN_IF_ERROR(an_operator.Do("outbox.again", agency, "", [&](db::Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(oldest_us, records::TellAgain(tx, agency, to, absl::ToUnixMicros(since)));
      return absl::OkStatus();
    }));
    if (oldest_us) {
      std::printf("%s: what %s has told %s since %s is delivered again when both run\n",
                  agency.c_str(), service, to, TimeText(*oldest_us).c_str());
    } else {
      std::printf("%s: %s has told %s nothing that it still has\n", agency.c_str(), service, to);
    }
  }
  return absl::OkStatus();
}

}  // namespace

void AddOutboxCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* outbox = app.add_subcommand("outbox",
                                        "What a service tells the others: families whose events it "
                                        "could not deliver, and what is to\n"
                                        "be delivered again. One that keeps files must be stopped");
  outbox->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, absl::Status (*run)(const Options&)) {
    CLI::App* command = outbox->add_subcommand(name, what);
    command->add_option("--service", options->service, "Whose outbox: intake, notes, ...")
        ->required();
    command->add_option("--db", options->db, "Its database")->required()->check(ExistingDatabase());
    command->add_option("--suite-secret", options->suite_secret, "The suite secret's file")
        ->required();
    command->callback(
        [options, run, &chosen] { chosen = [options, run] { return run(*options); }; });
    return command;
  };
  const auto add_agency = [&](CLI::App* command) {
    command->add_option("--agency", options->agency, "Agency id")->required();
  };
  const auto add_change = [&](const char* name, const char* what,
                              absl::Status (*run)(const Options&)) {
    CLI::App* command = add(name, what, run);
    command->add_option("--destination", options->destination, "To which service")->required();
    command->add_option("--keys-db", options->keys_db, "Its database of keys: SERVICE.keys.db")
        ->required()
        ->check(ExistingDatabase());
    command->add_option("--kek", options->kek, "Its file of key encryption keys")->required();
    return command;
  };
  const auto add_of_family = [&](const char* name, const char* what,
                                 absl::Status (*run)(const Options&)) {
    CLI::App* command = add_change(name, what, run);
    add_agency(command);
    command->add_option("--family", options->family, "families/ID, as `list` shows it")->required();
  };
  add_agency(add("list", "Parked families, the event each stopped at, and why", List));
  add_of_family("retry", "Deliver the family's events again, from the one that was refused", Retry);
  add_of_family("skip", "Leave the refused event out for ever and deliver the rest", Skip);
  CLI::App* again = add_change(
      "again",
      "Deliver again what a service told another that lost it: one that was restored from a\n"
      "backup. What that one still has it drops. Run it for each of the other three",
      Again);
  again->get_option("--destination")
      ->check(CLI::IsMember(std::set<std::string>(kServices.begin(), kServices.end())));
  again->add_option("--agency", options->agency, "Agency id; without it all of them");
  again->add_option("--since", options->since,
                    "Only what was told since this time (RFC 3339); without it all that is kept, "
                    "30 days.\nEarlier than the backup: what waited for the other one then counts");
}

}  // namespace rapport::admin
