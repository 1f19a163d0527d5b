#include "platform/runtime/telemetry/log_line.h"

#include "platform/base/clock.h"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace rapport::telemetry::internal {
namespace {

constexpr std::size_t kEndBytes = 2;  // "}\n"
constexpr std::string_view kLevels[] = {"debug", "info", "warn", "error"};

// "2026-01-02T03:04:05" is worked out once a second and thread.
struct Second {
  std::int64_t unix_seconds = -1;
  std::array<char, 32> text{};
};

constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (int c = 'a'; c <= 'z'; ++c) plain[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) plain[static_cast<std::size_t>(c)] = true;
  for (int c = '0'; c <= '9'; ++c) plain[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view(" ._/:;,()[]<>+=?#'-")) {
    plain[static_cast<std::size_t>(c)] = true;
  }
  return plain;
}();

}  // namespace

LogLine::LogLine(Level level, std::string_view event, std::string_view service) {
  thread_local Second second;
  const std::int64_t millis = RealMicros() / 1'000;
  if (millis / 1'000 != second.unix_seconds) {
    second.unix_seconds = millis / 1'000;
    const std::time_t seconds = second.unix_seconds;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::strftime(second.text.data(), second.text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  }
  const auto rest = static_cast<int>(millis % 1'000);
  const char fraction[] = {'.', static_cast<char>('0' + rest / 100),
                           static_cast<char>('0' + rest / 10 % 10),
                           static_cast<char>('0' + rest % 10)};
  Put(R"({"time":")");
  Put(second.text.data());
  Put({fraction, sizeof fraction});
  Put(R"(Z","level":")");
  Put(kLevels[static_cast<std::size_t>(level)]);
  Put(R"(","event":")");
  Put(event);
  Put(R"(","service":")");
  Put(service);
  Put(R"(")");
}

void LogLine::Put(std::string_view text) {
  std::memcpy(bytes_.data() + size_, text.data(), text.size());
  size_ += text.size();
}

bool LogLine::Begin(std::string_view name, std::size_t value_bytes) {
  constexpr std::size_t kAround = 6;  // ,"name":"value"
  if (size_ + name.size() + value_bytes + kAround + kEndBytes > bytes_.size()) return false;
  Put(R"(,")");
  Put(name);
  Put(R"(":)");
  return true;
}

void LogLine::Hex(std::uint64_t number) {
  for (int shift = 60; shift >= 0; shift -= 4) {
    bytes_[size_++] = "0123456789abcdef"[number >> shift & 15];
  }
}

void LogLine::Trace(const TraceId& trace) {
  if (trace.span == 0) return;
  if (Begin("trace", 32)) {
    Put(R"(")");
    Hex(trace.high);
    Hex(trace.low);
    Put(R"(")");
  }
  Hash("span", trace.span);
  if (trace.parent_span != 0) Hash("parent", trace.parent_span);
}

void LogLine::Hash(std::string_view name, std::uint64_t hash) {
  if (!Begin(name, 16)) return;
  Put(R"(")");
  Hex(hash);
  Put(R"(")");
}

void LogLine::Number(std::string_view name, std::int64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
  if (Begin(name, text.size())) Put(text);
}

void LogLine::Text(std::string_view name, std::string_view text) {
  if (!Begin(name, text.size())) return;
  Put(R"(")");
  for (const char c : text) bytes_[size_++] = kPlain[static_cast<unsigned char>(c)] ? c : '?';
  Put(R"(")");
}

void LogLine::Add(const LogField& field) {
  const std::string_view name = FieldName(field.field);
  switch (field.value.kind()) {
    case LogValue::Kind::kNumber:
      return Number(name, field.value.number());
    case LogValue::Kind::kBool:
      if (Begin(name, 5)) Put(field.value.number() != 0 ? "true" : "false");
      return;
    case LogValue::Kind::kText:
      return Text(name, field.value.text());
    case LogValue::Kind::kHash:
      return Hash(name, static_cast<std::uint64_t>(field.value.number()));
  }
}

std::string_view LogLine::Finish() {
  Put("}\n");
  return {bytes_.data(), size_};
}

}  // namespace rapport::telemetry::internal
