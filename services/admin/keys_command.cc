#include "admin/commands.h"
#include "admin/database_option.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"
#include "platform/crypto/key_file.h"
#include "platform/crypto/key_rotation.h"

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rapport::admin {
namespace {

struct Options {
  std::string service, kek, db, agency;
};

// The service's keys. A file is open to nobody else: its lock says that the service is stopped. On
// PostgreSQL what is done here and what the service does wait for each other.
struct Opened {
  db::OpenedDb database;
  db::Db* db = nullptr;
  CallContext context;
};

absl::Status Open(const Options& options, Opened& opened) {
  ASSIGN_OR_RETURN(opened.database, db::Open({.where = options.db,
                                              .schema = db::KeysSchemaOf(options.service),
                                              .connections = 2}));
  opened.db = opened.database.db.get();
  opened.context.deadline = SteadyClock::time_point::max();
  return absl::OkStatus();
}

// Wraps all agency keys by the first of `keks`.
absl::Status RewrapBy(const Options& options, const std::vector<crypto::Secret>& keks,
                      Opened& opened) {
  const crypto::KeyWrapping wrapping(options.service, keks);
  crypto::KeyRotation rotation(wrapping, *opened.db);
  ASSIGN_OR_RETURN(const int changed, RunSync(rotation.RewrapAgencyKeys(opened.context)));
  std::printf("%d agency keys wrapped anew\n", changed);
  return absl::OkStatus();
}

absl::Status Rewrap(const Options& options) {
  Opened opened;
  ASSIGN_OR_RETURN(const std::vector<crypto::Secret> keks,
                   crypto::ReadKeyFile(options.kek, crypto::kMostKeysInFile));
  RETURN_IF_ERROR(Open(options, opened));
  return RewrapBy(options, keks, opened);
}

// At every moment the file holds each key that a row needs, so it can be interrupted anywhere.
absl::Status RotateKek(const Options& options) {
  Opened opened;
  ASSIGN_OR_RETURN(std::vector<crypto::Secret> keks,
                   crypto::ReadKeyFile(options.kek, crypto::kMostKeysInFile - 1));
  RETURN_IF_ERROR(Open(options, opened));
  keks.insert(keks.begin(), crypto::NewSecret());
  RETURN_IF_ERROR(crypto::WriteKeyFile(options.kek, keks));
  RETURN_IF_ERROR(RewrapBy(options, keks, opened));
  keks.resize(1);
  return crypto::WriteKeyFile(options.kek, keks);
}

absl::Status RotateAgency(const Options& options) {
  Opened opened;
  ASSIGN_OR_RETURN(const auto wrapping, crypto::KeyWrapping::Load(options.service, options.kek));
  RETURN_IF_ERROR(Open(options, opened));
  crypto::KeyRotation rotation(wrapping, *opened.db);
  ASSIGN_OR_RETURN(const int changed,
                   RunSync(rotation.RotateAgencyKey(opened.context, options.agency)));
  std::printf("%d family keys wrapped anew\n", changed);
  return absl::OkStatus();
}

}  // namespace

void AddKeysCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* keys =
      app.add_subcommand("keys", "A service's keys; a service that keeps files must be stopped");
  keys->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, absl::Status (*run)(const Options&)) {
    CLI::App* command = keys->add_subcommand(name, what);
    command->add_option("--service", options->service, "Which service: intake, notes, ...")
        ->required();
    command->add_option("--kek", options->kek, "Its file of key encryption keys")->required();
    command
        ->add_option("--db", options->db, "Its database of keys: SERVICE.keys.db or postgres://...")
        ->required()
        ->check(ExistingDatabase());
    command->callback(
        [options, run, &chosen] { chosen = [options, run] { return run(*options); }; });
    return command;
  };
  add("rotate-kek", "Make a new key encryption key, wrap every agency key by it, drop the others",
      RotateKek);
  add("rewrap", "Wrap every agency key by the first key of the file, which stays as it is", Rewrap);
  add("rotate-agency", "Make a new agency key and wrap every family key by it", RotateAgency)
      ->add_option("--agency", options->agency, "Agency id")
      ->required();
}

}  // namespace rapport::admin
