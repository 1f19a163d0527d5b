#include "platform/runtime/await_database.h"

#include "platform/base/clock.h"
#include "platform/base/status_macros.h"
#include "platform/db/db.h"
#include "platform/db/migrate.h"
#include "platform/rpc/waiting_health.h"
#include "platform/runtime/lifecycle.h"
#include "platform/runtime/telemetry/logs.h"

#include <chrono>

namespace rapport::runtime {
namespace {

constexpr std::chrono::milliseconds kPause{200};
constexpr std::chrono::minutes kSaidAgain{1};
constexpr int kMostWrites = 5;

// A server that is away, a role that is not there yet, a migration that has not run.
bool WaitingMends(const absl::Status& status) {
  return absl::IsUnavailable(status) || db::IsSchemaMissing(status);
}

}  // namespace

absl::Status AwaitDatabase(const std::string& health_address,
                           absl::FunctionRef<absl::Status()> open) {
  absl::Status opened = open();
  if (!WaitingMends(opened)) return opened;
  ASSIGN_OR_RETURN(const auto health, rpc::WaitingHealth::Start(health_address));
  SteadyClock::time_point say_at = SteadyClock::now();
  while (WaitingMends(opened)) {
    if (SteadyClock::now() >= say_at) {
      telemetry::LogFailure(telemetry::Event::kDatabaseFailed, opened, {}, telemetry::Level::kWarn);
      telemetry::FlushLogs();
      say_at = SteadyClock::now() + kSaidAgain;
    }
    if (StopSignalWithin(kPause) != 0) {
      return absl::CancelledError("stopped while it waited for its database");
    }
    opened = open();
  }
  return opened;
}

absl::Status WriteAtStart(absl::FunctionRef<absl::Status()> write) {
  absl::Status written = write();
  for (int more = 1; more < kMostWrites && db::IsCommitUnknown(written); ++more) {
    telemetry::LogFailure(telemetry::Event::kDatabaseFailed, written, {}, telemetry::Level::kWarn);
    written = write();
  }
  return written;
}

}  // namespace rapport::runtime
