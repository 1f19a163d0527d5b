// The table of settings and how their texts become values. Internal to config. Pure but for looking
// whether files are there.
#pragma once

#include "platform/runtime/config.h"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace rapport::runtime::internal {

// What a text must look like; numbers, seconds and the like follow from the type of the field.
enum class Form : std::uint8_t {
  kAny,
  kAddress,   // HOST:PORT or unix:PATH
  kFile,      // there and readable
  kFolder,    // there
  kNewFile,   // in a folder that is there
  kDatabase,  // path of a file in a folder that is there, or URL
  kIsolation,
};

struct Setting {
  using Field = std::variant<std::string Config::*, int Config::*, bool Config::*,
                             std::chrono::seconds Config::*, telemetry::Level Config::*>;
  std::string_view name;  // flag "--api-address", variable RAPPORT_API_ADDRESS, file api_address
  Field field;
  Form form = Form::kAny;
  std::string_view fallback;  // the default
  bool required = false;
  bool secret = false;  // a URL in it may hold a password: not shown
  int least = 0, most = 0;
  std::string_view meaning;

  bool is_switch() const { return std::holds_alternative<bool Config::*>(field); }
};

std::span<const Setting> Settings();

std::string VariableName(std::string_view setting);  // RAPPORT_API_ADDRESS
std::string FileName(std::string_view setting);      // api_address

// Puts the value into `config`; else what was expected.
std::optional<std::string> Assign(const Setting& setting, const std::string& text, Config& config);

// As --print-config shows it.
std::string Shown(const Setting& setting, const std::string& text);

}  // namespace rapport::runtime::internal
