// The option that says whose databases a command is about.
#pragma once

#include "platform/base/services.h"

#include <CLI/CLI.hpp>

#include <set>
#include <string>

namespace rapport::admin {

// `service`: a text, or a list where several may be named.
template <typename Services>
void AddServiceOption(CLI::App* command, Services& service,
                      const char* meaning = "Whose databases") {
  command->add_option("--service", service, meaning)
      ->required()
      ->check(CLI::IsMember(std::set<std::string>(kServices.begin(), kServices.end())));
}

}  // namespace rapport::admin
