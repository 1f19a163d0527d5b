// rapport map FAMILY: the alliance map.
#include "cli/alliance_view.h"
#include "cli/commands.h"
#include "cli/json_tree.h"
#include "cli/map_figures.h"
#include "cli/table.h"
#include "platform/base/status_macros.h"

#include <iostream>
#include <memory>

namespace rapport::cli {
namespace {

struct Options {
  std::string of;
  bool json = false, csv = false;
};

absl::Status ShowMap(Client& client, const Caller& caller, const Options& options) {
  ASSIGN_OR_RETURN(const std::string family, FindFamily(client, caller, options.of));
  if (options.json) {
    alliance::v1::GetAllianceMapRequest request;
    request.set_parent(family);
    ASSIGN_OR_RETURN(const auto answer,
                     client.Call<alliance::v1::GetAllianceMapResponse>(
                         caller, "rapport.alliance.v1.AllianceService/GetAllianceMap", request));
    std::cout << TreeOf(answer).dump(2) << "\n";
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const MapFacts facts, FetchMap(client, caller, family));
  if (options.csv) {
    MapFigures(facts).PrintCsv(std::cout);
  } else {
    PrintMap(facts, TerminalHasColour(), std::cout);
  }
  return absl::OkStatus();
}

}  // namespace

void AddMapCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* map = app.add_subcommand("map", "The alliance map");
  map->add_option("what", options->of, "families/{family}, or words of the family's name")
      ->required();
  CLI::Option* json = map->add_flag("--json", options->json, "The answer as JSON");
  map->add_flag("--csv", options->csv, "The figures as comma-separated values")->excludes(json);
  map->callback([options, &chosen] {
    chosen = [options](const Common& common) {
      return WithClient(common, [&](Client& client, const Caller& caller) {
        return ShowMap(client, caller, *options);
      });
    };
  });
}

}  // namespace rapport::cli
