// rapport instrument check FILE...: what is wrong with the definition of an instrument, before it
// is sent to anybody. Asks no service.
#include "cli/commands.h"
#include "cli/instrument_check.h"

#include <iostream>
#include <memory>

namespace rapport::cli {
namespace {

struct CheckOptions {
  std::vector<std::string> files;
  bool json = false;
};

}  // namespace

void AddInstrumentCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* noun = app.add_subcommand("instrument", "");
  noun->fallthrough();
  noun->require_subcommand(1);
  CLI::App* check = noun->add_subcommand(
      "check", "Everything that is wrong with a definition in text format; asks no service");
  check->add_option("file", options->files, "The definition's *.textproto")->required();
  check->add_flag("--json", options->json, "The faults as JSON");
  check->callback([options, &chosen] {
    chosen = [options](const Common&) {
      const auto sound = CheckInstruments(options->files, options->json, std::cout);
      if (!sound.ok()) return Fail(sound.status());
      return *sound ? 0 : 1;
    };
  });
}

}  // namespace rapport::cli
