#include "admin/commands.h"
#include "admin/database_option.h"
#include "admin/service_option.h"
#include "admin/stores.h"
#include "platform/base/status_macros.h"

#include <cstdio>
#include <memory>
#include <string>

namespace rapport::admin {
namespace {

struct Options {
  std::string service, database, keys_database, to_database, to_keys_database;
};

absl::Status MoveOne(const Options& options, const std::string& where, const std::string& url,
                     Holds holds) {
  // The lock of a file says that no service uses it.
  ASSIGN_OR_RETURN(const Store from, OpenStore(where, options.service, holds));
  ASSIGN_OR_RETURN(const Store to, OpenStore(url, options.service, holds));
  ASSIGN_OR_RETURN(const Sums sums, CopyInto(from, to));
  for (const auto& [name, sum] : sums) {
    std::printf("%s.%s: %lld rows, equal\n", to.where.c_str(), name.c_str(),
                static_cast<long long>(sum.rows));
  }
  return absl::OkStatus();
}

// Keys first: no moment has data without them. Each is there as a whole or not at all, and one that
// is there is compared, not copied; so after a kill the same command goes on.
absl::Status Move(const Options& options) {
  for (const std::string* file : {&options.database, &options.keys_database}) {
    if (db::IsPostgres(*file)) return absl::InvalidArgumentError("from files to PostgreSQL only");
  }
  for (const std::string* url : {&options.to_database, &options.to_keys_database}) {
    if (!db::IsPostgres(*url)) return absl::InvalidArgumentError("to postgres://... only");
  }
  RETURN_IF_ERROR(MoveOne(options, options.keys_database, options.to_keys_database, Holds::kKeys));
  RETURN_IF_ERROR(MoveOne(options, options.database, options.to_database, Holds::kData));
  std::printf(
      "moved. The files are as they were; a service that is started on them again would go its own "
      "way.\nSet `erasure_list` to a copy of %s.erased, if there is one.\n",
      options.keys_database.c_str());
  return absl::OkStatus();
}

}  // namespace

void AddMoveCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "move",
      "Copies the files of a stopped service into its empty schemas of PostgreSQL (made by\n"
      "`migrate`), as the service's own role, and shows that both hold the same, row by row. "
      "After\n"
      "a kill nothing or all of a database is there; run it again.");
  AddServiceOption(command, options->service);
  command->add_option("--database", options->database, "Its SQLite file")
      ->required()
      ->check(ExistingDatabase());
  command->add_option("--keys-database", options->keys_database, "The same of its keys")
      ->required()
      ->check(ExistingDatabase());
  command->add_option("--to-database", options->to_database, "postgres://...")->required();
  command->add_option("--to-keys-database", options->to_keys_database, "The same of its keys")
      ->required();
  command->callback([&chosen, options] { chosen = [options] { return Move(*options); }; });
}

}  // namespace rapport::admin
