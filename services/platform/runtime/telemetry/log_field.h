// What a log line may say: one event of a closed list and typed fields.
//
// A field's value is a number, a duration, a code, a keyed hash of an id, or text that the compiler
// has seen (Literal). There is no way to put a run-time string into one, so nothing of a request
// can reach a log. Plain values; thread-safe.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rapport::telemetry {

enum class Level : std::uint8_t { kDebug, kInfo, kWarn, kError };

// What happened. Names in the lines: EventName().
enum class Event : std::uint8_t {
  kRpc,
  kRpcClient,
  kException,
  kStarting,
  kReady,
  kDraining,
  kStopped,
  kStartRefused,
  kFailStop,
  kConfigWarning,
  kDemoClock,
  kDemoClockRefused,
  kCertificateInstalled,
  kCertificateRefused,
  kCertificateExpiring,
  kAgenciesLoaded,
  kKeySetLoaded,
  kKeySetRefused,
  kRevocationsLoaded,
  kRevocationsRefused,
  kDatabaseOpened,
  kDatabaseFailed,
  kAuditFailed,
  kCacheUnavailable,
  kCacheAvailable,
  kPeerUnavailable,
  kPeerAvailable,
  kTransport,
  kOutboxDelayed,
  kOutboxParked,
  kCount,
};
std::string_view EventName(Event event);

enum class Field : std::uint8_t {
  kService,
  kMethod,
  kCode,
  kReason,
  kMicros,
  kAgency,
  kFamily,
  kPeer,
  kDestination,
  kCertificate,
  kProblem,
  kSetting,
  kDatabase,
  kCount,
  kAttempts,
  kSequence,
  kSeconds,
  kUnixSeconds,
  kSignal,
  kExitCode,
  kApiPort,
  kMeshPort,
  kHealthPort,
  kMetricsPort,
  kVersion,
  kRevision,
  kEnd,
};
std::string_view FieldName(Field field);

// Text that is a constant of the program.
class Literal {
 public:
  template <std::size_t N>
  consteval Literal(const char (&text)[N])  // NOLINT(google-explicit-constructor): reads as text
      : text_(text, N - 1) {
    for (const char c : text_) {
      if (c < ' ' || c > '~' || c == '"' || c == '\\') throw "would need escaping in JSON";
    }
  }
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

// A keyed hash of an id: equal ids give equal numbers in all processes with the same key, and
// without the key nobody can tell which id it is. Made by HashId() of logs.h.
struct HashedId {
  std::uint64_t value = 0;
};

class LogValue {
 public:
  enum class Kind : std::uint8_t { kNumber, kBool, kText, kHash };

  // NOLINTBEGIN(google-explicit-constructor): a field's value is written as what it is
  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  constexpr LogValue(T number) : kind_(Kind::kNumber), number_(static_cast<std::int64_t>(number)) {}
  template <std::same_as<bool> T>
  constexpr LogValue(T truth) : kind_(Kind::kBool), number_(truth ? 1 : 0) {}
  template <typename Rep, typename Period>
  constexpr LogValue(std::chrono::duration<Rep, Period> took)  // In microseconds.
      : LogValue(std::chrono::duration_cast<std::chrono::microseconds>(took).count()) {}
  template <std::size_t N>
  consteval LogValue(const char (&text)[N]) : LogValue(Literal(text)) {}
  constexpr LogValue(Literal text) : kind_(Kind::kText), text_(text.text()) {}
  constexpr LogValue(HashedId id)
      : kind_(Kind::kHash), number_(static_cast<std::int64_t>(id.value)) {}
  LogValue(absl::StatusCode code);
  // NOLINTEND(google-explicit-constructor)

  constexpr Kind kind() const { return kind_; }
  constexpr std::int64_t number() const { return number_; }
  constexpr std::string_view text() const { return text_; }

 private:
  Kind kind_;
  std::int64_t number_ = 0;
  std::string_view text_;
};

struct LogField {
  Field field;
  LogValue value;
};

}  // namespace rapport::telemetry
