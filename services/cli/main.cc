// rapport: the command line client. Everything it does, it does through the public APIs.
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/people.h"
#include "cli/verbs.h"
#include "platform/base/strings.h"

#include <iostream>

namespace rapport::cli {

namespace {

// The resource names of unmet conditions, which a person knows by other names.
std::string Subjects(const absl::Status& status) {
  std::string all;
  Explain(status, [&](std::string_view name) {
    all.append(name).append(" ");
    return std::string();
  });
  return all;
}

}  // namespace

int Fail(const absl::Status& status) {
  std::cerr << Explain(status) << "\n";
  return 1;
}

int WithClient(const Common& common, const std::function<absl::Status(Client&)>& use) {
  auto client = Client::Open(common.state);
  const absl::Status status = client.ok() ? use(**client) : client.status();
  return status.ok() ? 0 : Fail(status);
}

int WithClient(const Common& common,
               const std::function<absl::Status(Client&, const Caller&)>& use) {
  auto client = Client::Open(common.state);
  if (!client.ok()) return Fail(client.status());
  auto caller = (*client)->As(common.as);
  if (!caller.ok()) return Fail(caller.status());
  const absl::Status status = use(**client, *caller);
  if (status.ok()) return 0;
  const People people = OfFamiliesIn(**client, *caller, Subjects(status));
  std::cerr << WithCommands(Explain(status, [&](std::string_view name) {
    return name.starts_with("families/") ? people.Show(name) : std::string(name);
  })) << "\n";
  return 1;
}

namespace {

// What a noun without its verb may be followed by; empty: there was one.
std::string VerbsOf(CLI::App& app) {
  for (CLI::App* noun : app.get_subcommands()) {
    if (noun->get_require_subcommand_min() == 0 || !noun->get_subcommands().empty()) continue;
    std::string all;
    for (const CLI::App* verb : noun->get_subcommands([](const CLI::App*) { return true; })) {
      all += Concat({all.empty() ? "" : ", ", verb->get_name()});
    }
    return Concat({"rapport ", noun->get_name(), " is followed by one of: ", all, "\n"});
  }
  return {};
}

int Main(int argc, char** argv) {
  Common common;
  Action chosen;
  CLI::App app(
      "Rapport's command line client. What is done is a noun and a verb, as in `rapport family "
      "open "
      "Sample`;\n--help of each says what it takes. A family is meant by words of its name, a "
      "person "
      "by theirs, oneself by\n`me`, everything else by its resource name, which lists show with "
      "--names.",
      "rapport");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--state", common.state,
                 "Where the services are: folder with client.yaml and tokens/")
      ->envname("RAPPORT_STATE")
      ->capture_default_str();
  app.add_option("--as", common.as, "Who you are: tokens/NAME.jwt of that folder");
  AddCallCommand(app, chosen);
  AddCaseloadCommand(app, chosen);
  AddHealthCommand(app, chosen);
  AddRateCommand(app, chosen);
  AddServiceConfigCommand(app, chosen);
  AddStoryCommand(app, chosen);
  AddTransferCommands(app, chosen);
  AddMapCommand(app, chosen);
  AddViewCommands(app, chosen);
  AddReportCommands(app, chosen);
  AddWatchCommand(app, chosen);
  AddChangesCommand(app, chosen);
  AddInstrumentCommand(app, chosen);
  AddMethodCommands(app, chosen);
  AddRatingsImport(app, chosen);
  AddUrgentWatchCommand(app, chosen);
  DescribeNouns(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const std::vector<std::string> unknown = app.remaining();
    if (app.get_subcommands().empty() && !unknown.empty()) {
      std::cerr << "there is no `rapport " << unknown.front()
                << "`; `rapport --help` lists what there is\n";
      return e.get_exit_code();
    }
    const int code = app.exit(e);
    if (code != 0) std::cerr << VerbsOf(app);
    return code;
  }
  const int code = chosen(common);
  const absl::Status printed = Printed(std::cout);
  return code == 0 && !printed.ok() ? Fail(printed) : code;
}

}  // namespace
}  // namespace rapport::cli

int main(int argc, char** argv) { return rapport::cli::Main(argc, argv); }
