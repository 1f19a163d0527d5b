#include "platform/runtime/config.h"

#include "platform/base/services.h"
#include "platform/base/strings.h"
#include "platform/runtime/build_info.h"
#include "platform/runtime/config_schema.h"
#include "platform/runtime/config_sources.h"

#include <absl/status/status.h>

#include <algorithm>
#include <array>
#include <map>

namespace rapport::runtime {
namespace {

using internal::Given;
using internal::GivenByName;
using internal::Setting;

// The winner of each setting.
GivenByName Merge(const GivenByName& flags, const GivenByName& environment,
                  const GivenByName& file) {
  GivenByName merged = flags;
  merged.insert(environment.begin(), environment.end());
  merged.insert(file.begin(), file.end());
  for (const Setting& setting : internal::Settings()) {
    if (setting.fallback.empty()) continue;
    merged.emplace(setting.name, Given{std::string(setting.fallback), "default"});
  }
  return merged;
}

// Fills `config` and says what is wrong.
void AssignAll(const GivenByName& merged, const std::vector<std::string>& also_required,
               Config& config, std::vector<std::string>& faults) {
  for (const Setting& setting : internal::Settings()) {
    const auto given = merged.find(setting.name);
    if (given != merged.end()) {
      if (given->second.text.empty()) continue;  // Its source has said so.
      const auto expected = Assign(setting, given->second.text, config);
      if (!expected) continue;
      faults.push_back(
          Concat({setting.name, ": ", *expected, ", found '", Shown(setting, given->second.text),
                  "' (", given->second.from, ")"}));
    } else if (setting.required || std::find(also_required.begin(), also_required.end(),
                                             setting.name) != also_required.end()) {
      faults.push_back(Concat({setting.name, ": is required (--", setting.name, ", ",
                               internal::VariableName(setting.name), " or ",
                               internal::FileName(setting.name), " in the file)"}));
    }
  }
}

// A file that --config takes again, with the source of each value.
std::string Printed(const std::string& service, const GivenByName& merged) {
  std::string text = Concat({"# ", VersionLine(service), "\n"});
  for (const Setting& setting : internal::Settings()) {
    const auto given = merged.find(setting.name);
    const std::string name = internal::FileName(setting.name);
    if (given == merged.end()) {
      text += Concat({"# ", name, ": not set\n"});
      continue;
    }
    std::string quoted = "'";
    for (const char c : Shown(setting, given->second.text))
      quoted += c == '\'' ? "''" : std::string(1, c);
    text += Concat({name, ": ", quoted, "'  # ", given->second.from, "\n"});
  }
  return text;
}

// In the order of kServices.
constexpr std::array kPeerAddresses = {&Config::peer_intake, &Config::peer_notes,
                                       &Config::peer_goals, &Config::peer_alliance};
static_assert(kPeerAddresses.size() == kServices.size());

}  // namespace

absl::StatusOr<std::string> PeerAddress(const Config& config, std::string_view service) {
  const auto found = std::ranges::find(kServices, service);
  if (found == kServices.end()) {
    return absl::InvalidArgumentError(Concat({service, ": no service of this suite"}));
  }
  const std::string& address =
      config.*kPeerAddresses[static_cast<std::size_t>(found - kServices.begin())];
  if (address.empty())
    return absl::InvalidArgumentError(Concat({"peer-", service, ": is required"}));
  return address;
}

Invocation InvocationOf(std::string service, int argc, char** argv, char** environment,
                        std::vector<std::string> also_required) {
  Invocation invocation{.service = std::move(service),
                        .arguments = {},
                        .environment = {},
                        .also_required = std::move(also_required)};
  for (int i = 1; i < argc; ++i) invocation.arguments.emplace_back(argv[i]);
  for (char** variable = environment; *variable != nullptr; ++variable) {
    invocation.environment.emplace_back(*variable);
  }
  return invocation;
}

absl::StatusOr<LoadedConfig> LoadConfig(const Invocation& invocation) {
  LoadedConfig loaded;
  std::vector<std::string> faults;
  const internal::CommandLine line = internal::ReadCommandLine(invocation, faults);
  if (line.help) loaded.print = internal::HelpText(invocation);
  if (line.version) loaded.print = VersionLine(invocation.service) + "\n";
  if (!loaded.print.empty()) return loaded;

  internal::Environment environment = internal::ReadEnvironment(invocation.environment);
  loaded.unknown_variables = std::move(environment.unknown);
  const auto path = line.config_file ? line.config_file : environment.config_file;
  GivenByName file;
  if (path) file = internal::ReadFileSettings(*path, faults);
  const GivenByName merged = Merge(line.given, environment.given, file);
  AssignAll(merged, invocation.also_required, loaded.config, faults);
  if (!faults.empty()) {
    std::string all;
    for (const std::string& fault : faults) all += Concat({all.empty() ? "" : "\n", fault});
    return absl::InvalidArgumentError(all);
  }
  if (line.print_config) loaded.print = Printed(invocation.service, merged);
  return loaded;
}

}  // namespace rapport::runtime
