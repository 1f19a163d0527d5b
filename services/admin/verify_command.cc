#include "admin/backup_folder.h"
#include "admin/commands.h"
#include "admin/service_option.h"
#include "admin/verification.h"
#include "platform/base/status_macros.h"

#include <cstdio>
#include <memory>
#include <string>

namespace rapport::admin {
namespace {

struct Options {
  std::string suite_secret, database, keys_database;
  VerifyRequest request;
};

absl::StatusOr<Store> Open(const std::string& where, const std::string& service, Holds holds,
                           const crypto::SuiteSecret& suite) {
  if (!IsBackup(where)) return OpenStore(where, service, holds);
  ASSIGN_OR_RETURN(Backup backup, OpenBackup(where, service, holds, suite));
  std::int64_t rows = 0;
  for (const auto& [name, sum] : backup.manifest.tables) rows += sum.rows;
  std::printf("%s: %zu tables with %lld rows are as they were backed up\n", backup.path.c_str(),
              backup.manifest.tables.size(), static_cast<long long>(rows));
  return std::move(backup.store);
}

absl::Status VerifyWhere(const Options& options) {
  ASSIGN_OR_RETURN(const auto suite, crypto::SuiteSecret::Load(options.suite_secret));
  VerifyRequest request = options.request;
  request.of_backup = IsBackup(options.database);
  ASSIGN_OR_RETURN(const Store data, Open(options.database, request.service, Holds::kData, *suite));
  ASSIGN_OR_RETURN(const Store keys,
                   Open(options.keys_database, request.service, Holds::kKeys, *suite));
  return Verify(request, data, keys, *suite).status();
}

}  // namespace

void AddVerifyCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "verify",
      "Checks a service's data or a backup of it: its files and tables against the manifest, each\n"
      "audit chain against its checkpoints, and that every sealed row opens with the keys. A\n"
      "service that keeps files must be stopped, or its backup be verified.");
  AddServiceOption(command, options->request.service);
  command->add_option("--suite-secret", options->suite_secret, "The suite secret's file")
      ->required();
  command->add_option("--kek", options->request.kek, "Its file of key encryption keys")->required();
  command
      ->add_option("--database", options->database,
                   "A backup's folder, a SQLite file or postgres://...")
      ->required();
  command->add_option("--keys-database", options->keys_database, "The same of its keys")
      ->required();
  command->add_option("--checkpoint-file", options->request.checkpoint_files,
                      "A checkpoint file, with its older segments beside it: what no change of a\n"
                      "database undoes. As often as there are copies of it");
  command->callback([&chosen, options] { chosen = [options] { return VerifyWhere(*options); }; });
}

}  // namespace rapport::admin
