// LogLine: one line while it is being written. Internal to telemetry: whoever calls Raw() answers
// for its text being free of anything that JSON would escape and of anything personal.
#pragma once

#include "platform/base/call_context.h"
#include "platform/runtime/telemetry/log_field.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rapport::telemetry::internal {

class LogLine {
 public:
  // Writes time, level, event and service.
  LogLine(Level level, std::string_view event, std::string_view service);

  void Trace(const TraceId& trace);
  void Add(const LogField& field);
  void Number(std::string_view name, std::int64_t number);
  // Characters outside [A-Za-z0-9 and ._/:;,()[]<>+=?#'-] and space become '?'.
  void Text(std::string_view name, std::string_view text);
  void Hash(std::string_view name, std::uint64_t hash);
  // The finished line with its newline; valid as long as this object.
  std::string_view Finish();

 private:
  // A field that does not fit is left out.
  bool Begin(std::string_view name, std::size_t value_bytes);
  void Put(std::string_view text);
  void Hex(std::uint64_t number);

  std::array<char, 1024> bytes_;
  std::size_t size_ = 0;
};

}  // namespace rapport::telemetry::internal
