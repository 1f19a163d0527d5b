#include "platform/runtime/telemetry/log_field.h"

#include <array>

namespace rapport::telemetry {
namespace {

constexpr auto kEvents = std::to_array<std::string_view>({
    "rpc",
    "rpc_client",
    "exception",
    "starting",
    "ready",
    "draining",
    "stopped",
    "start_refused",
    "fail_stop",
    "config_warning",
    "demo_clock",
    "demo_clock_refused",
    "certificate_installed",
    "certificate_refused",
    "certificate_expiring",
    "agencies_loaded",
    "key_set_loaded",
    "key_set_refused",
    "revocations_loaded",
    "revocations_refused",
    "database_opened",
    "database_failed",
    "audit_failed",
    "cache_unavailable",
    "cache_available",
    "peer_unavailable",
    "peer_available",
    "transport",
    "outbox_delayed",
    "outbox_parked",
});
static_assert(kEvents.size() == static_cast<std::size_t>(Event::kCount));

constexpr auto kFields = std::to_array<std::string_view>({
    "service",   "method",      "code",         "reason",  "us",       "agency",   "family",
    "peer",      "destination", "certificate",  "problem", "setting",  "database", "count",
    "attempts",  "sequence",    "seconds",      "at",      "signal",   "exit",     "api_port",
    "mesh_port", "health_port", "metrics_port", "version", "revision",
});
static_assert(kFields.size() == static_cast<std::size_t>(Field::kEnd));

// The gRPC numbers.
constexpr std::array<Literal, 17> kCodes = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

Literal NameOf(absl::StatusCode code) {
  const auto number = static_cast<std::size_t>(code);
  return kCodes[number < kCodes.size() ? number
                                       : static_cast<std::size_t>(absl::StatusCode::kUnknown)];
}

}  // namespace

std::string_view EventName(Event event) { return kEvents[static_cast<std::size_t>(event)]; }
std::string_view FieldName(Field field) { return kFields[static_cast<std::size_t>(field)]; }

LogValue::LogValue(absl::StatusCode code) : LogValue(NameOf(code)) {}

}  // namespace rapport::telemetry
