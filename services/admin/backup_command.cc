#include "admin/backup_folder.h"
#include "admin/commands.h"
#include "admin/database_option.h"
#include "admin/service_option.h"
#include "platform/base/status_macros.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace rapport::admin {
namespace {

// Longer, and a backup of keys would bring back what was erased.
constexpr int kMostDaysOfKeys = 7;

struct Options {
  std::string service, suite_secret, database, to, keys_database, keys_to;
  int keep_days = 0;
};

absl::Status BackUpOne(const BackupOptions& options, const crypto::SuiteSecret& suite, int days) {
  ASSIGN_OR_RETURN(const std::string made, MakeBackup(options, suite));
  const int deleted = days == 0 ? 0 : DeleteOlder(options, days);
  std::printf("%s\n", made.c_str());
  if (deleted > 0) std::printf("deleted %d older than %d days\n", deleted, days);
  return absl::OkStatus();
}

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
  ASSIGN_OR_RETURN(const auto suite, crypto::SuiteSecret::Load(options.suite_secret));
  // Keys after the data: whatever it holds, its key is there.
  if (!options.database.empty()) {
    RETURN_IF_ERROR(BackUpOne({options.service, options.database, options.to, Holds::kData}, *suite,
                              options.keep_days));
  }
  if (options.keys_database.empty()) return absl::OkStatus();
  return BackUpOne({options.service, options.keys_database, options.keys_to, Holds::kKeys}, *suite,
                   kMostDaysOfKeys);
}

}  // namespace

void AddBackupCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "backup",
      "Copies a service's databases while it runs, each as of one moment, into a new folder with "
      "a\n"
      "manifest. Keys go to a folder of their own, where those older than 7 days are deleted. The\n"
      "list of erased families (*.erased) is in no backup.");
  AddServiceOption(command, options->service);
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
