// What is running: for `--version`, the metric rapport_build_info and the first log line.
// Constants.
#pragma once

#include "platform/runtime/telemetry/log_field.h"

#include <string>
#include <string_view>

namespace rapport::runtime {

struct BuildInfo {
  telemetry::Literal version;   // "0.1.0"
  telemetry::Literal revision;  // of the source when CMake ran, 12 digits; "unknown" without git
  telemetry::Literal compiler;  // "Clang 19.1.7"
};
BuildInfo ThisBuild();

// "rapport-notes 0.1.0 (0123456789ab, Clang 19.1.7)"
std::string VersionLine(std::string_view service);

}  // namespace rapport::runtime
