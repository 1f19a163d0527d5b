// rapport: the command line client. Everything it does, it does through the public APIs.
#include "cli/commands.h"

#include <iostream>

namespace rapport::cli {

int Fail(const absl::Status& status) {
  std::cerr << Explain(status) << "\n";
  return 1;
}

int WithClient(const Common& common,
               const std::function<absl::Status(Client&, const Caller&)>& use) {
  auto client = Client::Open(common.state);
  if (!client.ok()) return Fail(client.status());
  auto caller = (*client)->As(common.as);
  if (!caller.ok()) return Fail(caller.status());
  const absl::Status status = use(**client, *caller);
  return status.ok() ? 0 : Fail(status);
}

namespace {

int Main(int argc, char** argv) {
  Common common;
  Action chosen;
  CLI::App app("Rapport's command line client");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--state", common.state, "Folder with client.yaml and tokens/")
      ->envname("RAPPORT_STATE")
      ->capture_default_str();
  app.add_option("--as", common.as, "Whose token: tokens/NAME.jwt");
  AddCallCommand(app, chosen);
  AddCaseloadCommand(app, chosen);
  AddHealthCommand(app, chosen);
  AddRateCommand(app, chosen);
  AddServiceConfigCommand(app, chosen);
  AddStoryCommand(app, chosen);
  AddTransferCommands(app, chosen);
  AddViewCommands(app, chosen);
  AddReportCommands(app, chosen);
  AddWatchCommand(app, chosen);
  AddInstrumentCommand(app, chosen);
  AddMethodCommands(app, chosen);
  CLI11_PARSE(app, argc, argv);
  return chosen(common);
}

}  // namespace
}  // namespace rapport::cli

int main(int argc, char** argv) { return rapport::cli::Main(argc, argv); }
