// Commands: the subcommands of `rapport`. main adds each, parses, and runs the one that was chosen.
#pragma once

#include "cli/client.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace rapport::cli {

// What holds for every command.
struct Common {
  std::string state = ".state/demo";  // folder with client.yaml and tokens/
  std::string as;                     // whose token
};

// Exit code: 0 done, 1 refused or failed, 2 not understood.
using Action = std::function<int(const Common&)>;

void AddCallCommand(CLI::App& app, Action& chosen);
void AddCaseloadCommand(CLI::App& app, Action& chosen);
void AddHealthCommand(CLI::App& app, Action& chosen);
void AddRateCommand(CLI::App& app, Action& chosen);
void AddReportCommands(CLI::App& app, Action& chosen);  // insight, trajectory
void AddServiceConfigCommand(CLI::App& app, Action& chosen);
void AddStoryCommand(CLI::App& app, Action& chosen);
void AddTransferCommands(CLI::App& app, Action& chosen);  // import, export
void AddRatingsImport(CLI::App& app, Action& chosen);     // ratings import; after the methods
void AddMapCommand(CLI::App& app, Action& chosen);
void AddViewCommands(CLI::App& app, Action& chosen);        // family list, goal list, ...
void AddWatchCommand(CLI::App& app, Action& chosen);        // signals watch; after the views
void AddUrgentWatchCommand(CLI::App& app, Action& chosen);  // urgent-task watch; after the methods
void AddChangesCommand(CLI::App& app, Action& chosen);      // change watch; before the methods
void AddInstrumentCommand(CLI::App& app, Action& chosen);   // instrument check
// Every method as `NOUN VERB`; after the views, whose commands stay as they are.
void AddMethodCommands(CLI::App& app, Action& chosen);
// Each noun says which verbs it has; after all of them.
void DescribeNouns(CLI::App& app);

// Prints why, for a person; 1.
int Fail(const absl::Status& status);

// Opens the client and runs `use` with it and the caller; prints what fails.
int WithClient(const Common& common,
               const std::function<absl::Status(Client&, const Caller&)>& use);
// The same of what goes on for longer than a token does: `use` asks who calls, each time anew.
int WithClient(const Common& common, const std::function<absl::Status(Client&)>& use);

}  // namespace rapport::cli
