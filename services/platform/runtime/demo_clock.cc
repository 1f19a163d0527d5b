#include "platform/runtime/demo_clock.h"

#include "platform/base/strings.h"
#include "platform/runtime/telemetry/logs.h"

#include <absl/strings/ascii.h>
#include <absl/time/time.h>
#include <arpa/inet.h>

namespace rapport::runtime {
namespace {

using telemetry::Event;

constexpr std::size_t kMostBytes = 128;

absl::StatusOr<std::int64_t> ParseTime(const std::string& path, const std::string& text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, absl::StripAsciiWhitespace(text), &time, &error) ||
      time == absl::InfiniteFuture() || time == absl::InfinitePast()) {
    return absl::InvalidArgumentError(
        Absl(Concat({path, ": expected a time like 2026-03-02T14:00:00Z"})));
  }
  return absl::ToUnixMicros(time);
}

}  // namespace

absl::StatusOr<std::unique_ptr<FileClock>> FileClock::Open(std::string path) {
  std::unique_ptr<FileClock> clock(new FileClock(std::move(path)));
  if (absl::Status status = clock->Refresh(); !status.ok()) return status;
  telemetry::Log(telemetry::Level::kWarn, Event::kDemoClock,
                 {{telemetry::Field::kUnixSeconds, clock->micros_ / 1'000'000}});
  return clock;
}

// With the lock held, or before anyone else knows the clock.
absl::Status FileClock::Refresh() const {
  auto file = crypto::ReadFile(path_, kMostBytes);
  if (!file.ok()) return file.status();
  stamp_ = file->stamp;
  const auto micros = ParseTime(path_, file->text);
  if (!micros.ok()) return micros.status();
  if (*micros < micros_) return absl::FailedPreconditionError(Absl(path_ + ": time went back"));
  micros_ = *micros;
  return absl::OkStatus();
}

std::int64_t FileClock::NowMicros() const {
  std::lock_guard lock(mutex_);
  const auto stamp = crypto::StampOf(path_);
  if (stamp.ok() && *stamp == stamp_) return micros_;
  const absl::Status status = stamp.ok() ? Refresh() : stamp.status();
  if (!status.ok()) telemetry::LogFailure(Event::kDemoClockRefused, status);
  return micros_;
}

bool IsLoopback(std::string_view address) {
  if (address.starts_with("unix:")) return true;
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string host(address.substr(0, colon));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    in6_addr parsed{};
    host = host.substr(1, host.size() - 2);
    return ::inet_pton(AF_INET6, host.c_str(), &parsed) == 1 && IN6_IS_ADDR_LOOPBACK(&parsed);
  }
  in_addr parsed{};
  return ::inet_pton(AF_INET, host.c_str(), &parsed) == 1 && ntohl(parsed.s_addr) >> 24 == 127;
}

absl::Status CheckDemoClock(std::span<const std::string> listen_addresses, bool all_issuers_local) {
  for (const std::string& address : listen_addresses) {
    if (IsLoopback(address)) continue;
    return absl::FailedPreconditionError(
        Absl(Concat({"demo-clock: refused, because ", address,
                     " can be reached from other machines; listen on 127.0.0.1"})));
  }
  if (!all_issuers_local) {
    return absl::FailedPreconditionError(
        "demo-clock: refused, because an agency of the agencies file has an issuer that is not "
        "local_issuer");
  }
  return absl::OkStatus();
}

}  // namespace rapport::runtime
