// rapport health [SERVICE...]: asks the standard health service of each whether it is live and
// ready.
#include "cli/commands.h"
#include "cli/table.h"
#include "platform/base/strings.h"

#include <iostream>
#include <memory>

namespace rapport::cli {
namespace {

// A service that is stopping still answers, so it is live and not ready.
int RunHealth(const Common& common, const std::vector<std::string>& chosen) {
  const auto client = Client::Open(common.state);
  if (!client.ok()) return Fail(client.status());
  Table table({"service", "live", "ready"});
  absl::Status worst;
  for (const std::string& service : chosen.empty() ? (*client)->services() : chosen) {
    std::vector<Cell> row{{service}};
    for (const char* const what : {"live", "ready"}) {
      const auto healthy = (*client)->Healthy(service, what);
      const bool yes = healthy.ok() && *healthy;
      row.push_back({yes ? "yes" : "no", yes ? Tone::kGood : Tone::kBad});
      if (yes || !worst.ok()) continue;
      worst = healthy.ok() ? absl::UnavailableError(Absl(Concat({service, " is not ", what})))
                           : healthy.status();
    }
    table.Add(std::move(row));
  }
  table.Print(std::cout, TerminalHasColour());
  return worst.ok() ? 0 : Fail(worst);
}

}  // namespace

void AddHealthCommand(CLI::App& app, Action& chosen) {
  auto services = std::make_shared<std::vector<std::string>>();
  CLI::App* health = app.add_subcommand("health", "Whether the services are live and ready");
  health->add_option("service", *services, "intake, notes, ...; all when none is named");
  health->callback([services, &chosen] {
    chosen = [services](const Common& common) { return RunHealth(common, *services); };
  });
}

}  // namespace rapport::cli
