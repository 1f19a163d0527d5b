// rapport service-config: what is in protos/service_config.json.
#include "cli/commands.h"
#include "cli/service_config.h"

#include <iostream>

namespace rapport::cli {

void AddServiceConfigCommand(CLI::App& app, Action& chosen) {
  CLI::App* config = app.add_subcommand(
      "service-config",
      "Prints the gRPC service config for clients: retries and timeouts of every method");
  config->callback([&chosen] {
    chosen = [](const Common&) {
      std::cout << ServiceConfig();
      return 0;
    };
  });
}

}  // namespace rapport::cli
