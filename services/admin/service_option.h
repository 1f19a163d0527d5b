// The option that says whose databases a command is about.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace rapport::admin {

inline void AddServiceOption(CLI::App* command, std::string& service) {
  command->add_option("--service", service, "Whose databases")
      ->required()
      ->check(CLI::IsMember({"intake", "notes", "goals", "alliance"}));
}

}  // namespace rapport::admin
