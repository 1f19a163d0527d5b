// The option that says whose databases a command is about.
#pragma once

#include <CLI/CLI.hpp>

namespace rapport::admin {

// `service`: a text, or a list where several may be named.
template <typename Services>
void AddServiceOption(CLI::App* command, Services& service,
                      const char* meaning = "Whose databases") {
  command->add_option("--service", service, meaning)
      ->required()
      ->check(CLI::IsMember({"intake", "notes", "goals", "alliance"}));
}

}  // namespace rapport::admin
