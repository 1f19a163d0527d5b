#include "admin/commands.h"
#include "admin/service_option.h"
#include "platform/base/clock.h"
#include "platform/base/status_macros.h"
#include "platform/crypto/migrations.h"
#include "platform/db/migrate.h"
#include "platform/db/open.h"
#include "platform/db/postgres_schema.h"
#include "platform/records/migrations.h"

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

namespace rapport::admin {
namespace {

struct Options {
  std::string service, database, keys_database, role;
  bool contract = false;
};

// After a kill the same command goes on where it was.
absl::Status Apply(const std::string& where, const std::string& schema,
                   const db::MigrationSet& files, const Options& options) {
  // A few transactions one after the other need no pool.
  ASSIGN_OR_RETURN(const db::OpenedDb opened,
                   db::Open({.where = where, .schema = schema, .connections = 2}));
  db::Db& db = *opened.db;
  const bool shared = db::IsPostgres(where);
  if (shared) RETURN_IF_ERROR(db::EnsureSchema(db, schema));
  ASSIGN_OR_RETURN(const int applied,
                   db::Migrate(db, {&files, 1}, RealMicros(), {.contract = options.contract}));
  if (shared) RETURN_IF_ERROR(db::SecureSchema(db, schema, options.role));
  std::printf("%s: %d migrations applied\n", schema.c_str(), applied);
  return absl::OkStatus();
}

absl::Status Migrate(const Options& options) {
  for (const std::string* where : {&options.database, &options.keys_database}) {
    if (db::IsPostgres(*where) && options.role.empty()) {
      return absl::InvalidArgumentError("--role: is required with PostgreSQL");
    }
  }
  RETURN_IF_ERROR(Apply(options.keys_database, db::KeysSchemaOf(options.service),
                        crypto::Migrations(), options));
  return Apply(options.database, options.service, records::Migrations(), options);
}

}  // namespace

void AddMigrateCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "migrate",
      "Brings a service's databases to the schema of this release, before its services start; "
      "those\n"
      "of the release before go on beside it.\n"
      "On PostgreSQL the URLs are those of a role that owns the schemas SERVICE and SERVICE_keys "
      "(or\n"
      "may make them); the service's own role gets its rights on rows and nothing else.");
  AddServiceOption(command, options->service);
  command->add_option("--database", options->database, "SQLite file or postgres://...")->required();
  command->add_option("--keys-database", options->keys_database, "The same of its keys")
      ->required();
  command->add_option("--role", options->role, "PostgreSQL: the role that the service runs as");
  command->add_flag("--contract", options->contract,
                    "Also take away what only older releases need: none of their processes runs "
                    "any more, and none can come back");
  command->callback([&chosen, options] { chosen = [options] { return Migrate(*options); }; });
}

}  // namespace rapport::admin
