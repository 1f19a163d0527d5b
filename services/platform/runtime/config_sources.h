// Where the texts of settings come from: command line, environment, YAML file. Internal to config.
// Reads only what it is given and the one file.
#pragma once

#include "platform/runtime/config.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rapport::runtime::internal {

struct Given {
  std::string text;
  std::string from;  // "flag --api-address", "environment RAPPORT_API_ADDRESS", "/etc/x.yaml:12"
};
using GivenByName = std::map<std::string, Given, std::less<>>;

struct CommandLine {
  GivenByName given;
  std::optional<std::string> config_file;
  bool help = false, version = false, print_config = false;
};

// Each adds its mistakes to `faults`: what is unknown, given twice or without a value. A setting
// without a value is in the result with an empty text.
CommandLine ReadCommandLine(const Invocation& invocation, std::vector<std::string>& faults);
std::string HelpText(const Invocation& invocation);

struct Environment {
  GivenByName given;
  std::optional<std::string> config_file;  // RAPPORT_CONFIG
  std::vector<std::string> unknown;
};
Environment ReadEnvironment(const std::vector<std::string>& variables);

GivenByName ReadFileSettings(const std::string& path, std::vector<std::string>& faults);

}  // namespace rapport::runtime::internal
