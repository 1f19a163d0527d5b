#include "platform/runtime/config_sources.h"

#include "platform/base/strings.h"
#include "platform/runtime/config_schema.h"

#include <yaml-cpp/yaml.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>

namespace rapport::runtime::internal {
namespace {

constexpr std::string_view kVariablePrefix = "RAPPORT_";

// The texts a flag was given; several are a mistake.
using Texts = std::vector<std::string>;

std::string DescriptionOf(const Setting& setting, const Invocation& invocation) {
  const auto& also = invocation.also_required;
  const bool required =
      setting.required || std::find(also.begin(), also.end(), setting.name) != also.end();
  std::string text = Concat({setting.meaning, ". [", VariableName(setting.name), "]"});
  if (required) text += " Required.";
  if (!setting.fallback.empty()) text += Concat({" Default: ", setting.fallback, "."});
  return text;
}

struct Flags {
  std::map<std::string, Texts, std::less<>> texts;
  Texts config_file;
  bool version = false, print_config = false;
};

void Declare(CLI::App& app, const Invocation& invocation, Flags& flags) {
  app.name("rapport-" + invocation.service);
  app.set_help_flag("--help", "Shows this");
  app.add_flag("--version", flags.version, "Shows version and revision");
  app.add_flag("--print-config", flags.print_config,
               "Shows every setting, its value and where that came from, as a file for --config");
  // Values are optional to the parser so that it never stops at the first mistake.
  app.add_option("--config", flags.config_file,
                 "YAML file of settings, names with _ for -. [RAPPORT_CONFIG]")
      ->expected(0, 1)
      ->allow_extra_args(false)
      ->type_name("FILE")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  for (const Setting& setting : Settings()) {
    CLI::Option* option =
        app.add_option(Concat({"--", setting.name}), flags.texts[std::string(setting.name)],
                       DescriptionOf(setting, invocation));
    option->expected(0, 1)->allow_extra_args(false)->type_name(setting.is_switch() ? "" : "VALUE");
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  app.allow_extras();
}

}  // namespace

std::string HelpText(const Invocation& invocation) {
  Flags flags;
  CLI::App app("A service of Rapport.");
  Declare(app, invocation, flags);
  return app.help();
}

CommandLine ReadCommandLine(const Invocation& invocation, std::vector<std::string>& faults) {
  Flags flags;
  CommandLine line;
  CLI::App app("A service of Rapport.");
  Declare(app, invocation, flags);
  std::vector<std::string> reversed(invocation.arguments.rbegin(), invocation.arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    line.help = true;
    return line;
  } catch (const CLI::ParseError& error) {
    faults.push_back(error.what());
    return line;
  }
  for (const std::string& extra : app.remaining()) {
    faults.push_back(Concat({extra, ": no such setting (flag)"}));
  }
  const auto take = [&](std::string_view name, const Texts& texts, bool is_switch) {
    const std::string from = Concat({"flag --", name});
    std::string text = texts.empty() ? "" : texts.front();
    if (texts.size() > 1)
      faults.push_back(
          Concat({name, ": given ", std::to_string(texts.size()), " times (", from, ")"}));
    if (text.empty() && is_switch) text = "true";
    if (text.empty()) faults.push_back(Concat({name, ": needs a value (", from, ")"}));
    return Given{text, from};
  };
  for (const Setting& setting : Settings()) {
    if (app.count(Concat({"--", setting.name})) == 0) continue;
    const auto found = flags.texts.find(setting.name);
    line.given.emplace(setting.name, take(setting.name, found->second, setting.is_switch()));
  }
  if (app.count("--config") > 0) line.config_file = take("config", flags.config_file, false).text;
  line.version = flags.version;
  line.print_config = flags.print_config;
  return line;
}

Environment ReadEnvironment(const std::vector<std::string>& variables) {
  Environment environment;
  std::map<std::string, std::string_view, std::less<>> known;
  for (const Setting& setting : Settings()) known[VariableName(setting.name)] = setting.name;
  for (const std::string& variable : variables) {
    const std::size_t equals = variable.find('=');
    if (!variable.starts_with(kVariablePrefix) || equals == std::string::npos) continue;
    const std::string name = variable.substr(0, equals), text = variable.substr(equals + 1);
    if (text.empty()) continue;  // The usual way to unset one.
    const auto found = known.find(name);
    if (found != known.end()) {
      environment.given[std::string(found->second)] = {text, Concat({"environment ", name})};
    } else if (name == "RAPPORT_CONFIG") {
      environment.config_file = text;
    } else {
      environment.unknown.push_back(name);
    }
  }
  return environment;
}

GivenByName ReadFileSettings(const std::string& path, std::vector<std::string>& faults) {
  GivenByName given;
  std::map<std::string, std::string_view, std::less<>> known;
  for (const Setting& setting : Settings()) known[FileName(setting.name)] = setting.name;
  const auto at = [&](const YAML::Mark& mark) {
    return Concat({path, ":", std::to_string(mark.line + 1)});
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {  // Opens like a file.
    faults.push_back(path + ": can't be read (--config)");
    return given;
  }
  try {
    const YAML::Node file = YAML::LoadFile(path);
    if (file.IsNull()) return given;
    if (!file.IsMap()) {
      faults.push_back(path + ": expected lines of the form setting: value");
      return given;
    }
    for (const auto& entry : file) {
      const std::string where = at(entry.first.Mark());
      const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "(no name)";
      const auto found = known.find(name);
      if (found == known.end()) {
        faults.push_back(Concat({name, ": no such setting (", where, ")"}));
        continue;
      }
      const std::string text = entry.second.IsScalar() ? entry.second.Scalar() : "";
      if (text.empty())
        faults.push_back(Concat({found->second, ": expected one value (", where, ")"}));
      if (!given.emplace(found->second, Given{text, where}).second) {
        faults.push_back(Concat({found->second, ": given twice (", where, ")"}));
      }
    }
  } catch (const YAML::BadFile&) {
    faults.push_back(path + ": can't be read (--config)");
  } catch (const YAML::Exception& error) {
    faults.push_back(Concat({at(error.mark), ": no YAML: ", error.msg}));
  }
  return given;
}

}  // namespace rapport::runtime::internal
