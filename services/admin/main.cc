// rapport-admin: see commands.h.
#include "admin/commands.h"

#include <cstdio>
#include <string>

int main(int argc, char** argv) {
  CLI::App app(
      "Administers a Rapport installation: agencies, secrets, keys, certificates, tokens,\n"
      "databases and their backups.",
      "rapport-admin");
  app.require_subcommand(1);
  rapport::admin::Action chosen;
  for (const auto add : {rapport::admin::AddAgencyCommand, rapport::admin::AddAuthorityCommand,
                         rapport::admin::AddBackupCommand, rapport::admin::AddIssuerCommand,
                         rapport::admin::AddKeysCommand, rapport::admin::AddMachinesCommand,
                         rapport::admin::AddMigrateCommand, rapport::admin::AddMoveCommand,
                         rapport::admin::AddOutboxCommand, rapport::admin::AddRestoreCommand,
                         rapport::admin::AddSecretCommand, rapport::admin::AddTokenCommand,
                         rapport::admin::AddVerifyCommand}) {
    add(app, chosen);
  }
  CLI11_PARSE(app, argc, argv);
  const absl::Status done = chosen();
  if (done.ok()) return 0;
  std::fprintf(stderr, "rapport-admin: %s\n", std::string(done.message()).c_str());
  return 1;
}
