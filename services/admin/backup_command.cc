#include "admin/backup_folder.h"
#include "admin/carried.h"
#include "admin/commands.h"
#include "admin/database_option.h"
#include "admin/service_option.h"
#include "platform/base/status_macros.h"
#include "platform/db/open.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace rapport::admin {
namespace {

// Longer, and a backup of keys would bring back what was erased.
constexpr int kMostDaysOfKeys = 7;

struct Options {
  std::vector<std::string> services;
  std::string suite_secret, database, to, keys_database, keys_to;
  int keep_days = 0;
};

absl::Status BackUpOne(const BackupOptions& options, const crypto::SuiteSecret& suite, int days) {
  ASSIGN_OR_RETURN(const std::string made, MakeBackup(options, suite));
  const int deleted = days == 0 ? 0 : DeleteOlder(options, days);
  std::printf("%s\n", made.c_str());
  if (deleted > 0) std::printf("deleted %d older than %d days\n", deleted, days);
  // Last: the backup stands, whatever is wrong with the chains.
  return Carry(made, options.folder, options.service, options.holds, suite);
}

absl::Status BackUpService(const Options& options, const std::string& service,
                           const crypto::SuiteSecret& suite) {
  // Keys after the data: whatever it holds, its key is there.
  if (!options.database.empty()) {
    RETURN_IF_ERROR(
        BackUpOne({service, options.database, options.to, Holds::kData}, suite, options.keep_days));
  }
  if (options.keys_database.empty()) return absl::OkStatus();
  return BackUpOne({service, options.keys_database, options.keys_to, Holds::kKeys}, suite,
                   kMostDaysOfKeys);
}

bool IsFile(const std::string& database) { return !database.empty() && !db::IsPostgres(database); }

absl::Status BackUp(const Options& options) {
  if (options.database.empty() && options.keys_database.empty()) {
    return absl::InvalidArgumentError("--database, --keys-database: one of them at least");
  }
  std::error_code error;
  if (!options.to.empty() && (options.to == options.keys_to ||
                              std::filesystem::equivalent(options.to, options.keys_to, error))) {
    return absl::InvalidArgumentError(
        "--keys-to: expected another folder: keys lie apart from the data, and not as long");
  }
  if (options.services.size() > 1 && (IsFile(options.database) || IsFile(options.keys_database))) {
    return absl::InvalidArgumentError("--service: a file is one service's");
  }
  ASSIGN_OR_RETURN(const auto suite, crypto::SuiteSecret::Load(options.suite_secret));
  absl::Status first_failure;
  for (const std::string& service : options.services) {
    const absl::Status done = BackUpService(options, service, *suite);
    if (done.ok()) continue;
    std::fprintf(stderr, "%s: not backed up: %s\n", service.c_str(),
                 std::string(done.message()).c_str());
    first_failure.Update(done);
  }
  return first_failure;
}

}  // namespace

void AddBackupCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "backup",
      "Copies a service's databases while it runs, each as of one moment, into a new folder with "
      "a\n"
      "manifest. Keys go to a folder of their own, where those older than 7 days are deleted. The\n"
      "folders also carry, from one backup to the next, what has to outlive all of them: "
      "checkpoints\n"
      "of the audit chains (SERVICE.checkpoints, beside the data) and the list of erased families\n"
      "(SERVICE.erased, beside the keys). Ship both with the backups.");
  AddServiceOption(command, options->services,
                   "Whose databases; of several, when one PostgreSQL has them all");
  command->add_option("--suite-secret", options->suite_secret, "The suite secret's file")
      ->required();
  CLI::Option* const database =
      command->add_option("--database", options->database, "SQLite file or postgres://...")
          ->check(ExistingDatabase());
  CLI::Option* const to = command->add_option("--to", options->to, "Folder of backups of the data");
  database->needs(to);
  to->needs(database);
  command->add_option("--keep-days", options->keep_days, "Delete older ones of the data; 0: never")
      ->check(CLI::NonNegativeNumber);
  CLI::Option* const keys =
      command->add_option("--keys-database", options->keys_database, "The same of its keys")
          ->check(ExistingDatabase());
  CLI::Option* const keys_to =
      command->add_option("--keys-to", options->keys_to, "Folder of backups of the keys");
  keys->needs(keys_to);
  keys_to->needs(keys);
  command->callback([&chosen, options] { chosen = [options] { return BackUp(*options); }; });
}

}  // namespace rapport::admin
