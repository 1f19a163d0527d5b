// signals_report PARAMETERS: how good the signals are, on simulated families. See `run`.
#include "bench/signals/lineup.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <fstream>

int main(int argc, char** argv) {
  using namespace rapport::bench;
  CLI::App app{"How good the signals are, on simulated families."};
  std::string file, json;
  int seeds = 0, sessions = 0;
  bool breakdown = false, strict = false, why = false, tune = false;
  app.add_option("parameters", file, "YAML, see default.yaml")->required();
  app.add_option("--json", json, "writes the results there, too");
  app.add_option("--seeds", seeds, "in place of the file's");
  app.add_option("--sessions", sessions, "a seed, in place of the file's");
  app.add_flag("--breakdown", breakdown, "where the method finds less than the best possible");
  app.add_flag("--why", why, "what lies between the method and the best possible; longer");
  app.add_flag("--tune", tune,
               "in place of it all: what the service would raise at other posteriors");
  app.add_flag("--strict", strict, "fails when a target is missed");
  CLI11_PARSE(app, argc, argv);

  auto parameters = ReadParameters(file);
  if (!parameters.ok()) {
    fmt::print(stderr, "{}\n", std::string(parameters.status().message()));
    return 2;
  }
  if (seeds > 0) parameters->seeds = seeds;
  if (sessions > 0) parameters->sessions_a_seed = sessions;
  if (tune) {
    fmt::print("{}", TuneTable(*parameters));
    return 0;
  }
  const Lineup lineup = MakeLineup(*parameters, why);
  const Trial trial = RunTrial(*parameters, lineup.detectors, lineup.roles.drop);
  fmt::print("{}", Table(*parameters, trial, lineup.roles));
  if (breakdown) {
    const auto method = static_cast<std::size_t>(lineup.roles.method);
    fmt::print("\n{}", Breakdown(trial, lineup.roles.above, method));
  }
  if (!json.empty()) std::ofstream(json) << Json(*parameters, trial, lineup.roles).dump(1) << "\n";
  bool met = true;
  for (const Target& target : Targets(*parameters, trial, lineup.roles)) met = met && target.Met();
  return strict && !met ? 1 : 0;
}
