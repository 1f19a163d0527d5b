#include "admin/commands.h"
#include "admin/machines.h"
#include "platform/base/strings.h"

#include <cstdio>
#include <memory>
#include <string>

namespace rapport::admin {
namespace {

absl::Status Print(const std::string& name) {
  std::string text, names;
  for (const Machine& machine : Machines()) {
    if (name.empty() || name == machine.name) text += machine.dot();
    names += (names.empty() ? "" : ", ") + std::string(machine.name);
  }
  if (text.empty()) return absl::NotFoundError(Absl("no such machine; there are " + names));
  std::fputs(text.c_str(), stdout);
  return absl::OkStatus();
}

}  // namespace

void AddMachinesCommand(CLI::App& app, Action& chosen) {
  auto name = std::make_shared<std::string>();
  CLI::App* machines = app.add_subcommand(
      "machines",
      "The life cycles of cases, consents, sessions, notes, homework, ..., for Graphviz's dot");
  machines->add_option("name", *name, "Which one; all of them without it");
  machines->callback([name, &chosen] { chosen = [name] { return Print(*name); }; });
}

}  // namespace rapport::admin
