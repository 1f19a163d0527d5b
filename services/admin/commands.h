// The commands of rapport-admin: what an operator does to an installation that no service does by
// itself. Each Add function declares its command line and, when it is chosen, leaves what to do in
// `chosen`; main runs it. One thread.
#pragma once

#include <absl/status/status.h>
#include <CLI/CLI.hpp>

#include <functional>

namespace rapport::admin {

// OK, or what went wrong in words for the operator.
using Action = std::function<absl::Status()>;

// agency add: an entry of the agencies file.
void AddAgencyCommand(CLI::App& app, Action& chosen);
// authority: certificates for the services of one machine.
void AddAuthorityCommand(CLI::App& app, Action& chosen);
// backup: copies of a service's databases while it runs.
void AddBackupCommand(CLI::App& app, Action& chosen);
// issuer new: an issuer of tokens for an installation without an identity provider.
void AddIssuerCommand(CLI::App& app, Action& chosen);
// keys rotate-kek, rewrap, rotate-agency.
void AddKeysCommand(CLI::App& app, Action& chosen);
// machines: the life cycles of the suite's resources, for Graphviz.
void AddMachinesCommand(CLI::App& app, Action& chosen);
// migrate: a service's databases to the schema of this release.
void AddMigrateCommand(CLI::App& app, Action& chosen);
// move: a stopped service's files into PostgreSQL.
void AddMoveCommand(CLI::App& app, Action& chosen);
// outbox list, retry, skip, again: what a stopped service could not deliver, or has to once more.
void AddOutboxCommand(CLI::App& app, Action& chosen);
// restore: a backup, into an empty system.
void AddRestoreCommand(CLI::App& app, Action& chosen);
// secret new: a suite secret or a key encryption key.
void AddSecretCommand(CLI::App& app, Action& chosen);
// token: a token of such an issuer.
void AddTokenCommand(CLI::App& app, Action& chosen);
// verify: whether a service's data, or a backup of it, is whole.
void AddVerifyCommand(CLI::App& app, Action& chosen);

}  // namespace rapport::admin
