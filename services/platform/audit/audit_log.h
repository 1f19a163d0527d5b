// AuditLog: reads the trail of an agency: by family or as a whole, between two times, line by line
// with the record open. Queries build on it. Reads in slices and gives way between them.
// Thread-safe.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/task.h"
#include "platform/crypto/key_ring.h"
#include "platform/db/db.h"

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>
#include <rapport/internal/v1/sealed.pb.h>

#include <cstdint>
#include <optional>
#include <string>

namespace rapport::audit {

struct AuditLine {
  std::int64_t sequence = 0;
  std::string mac;
  internal::v1::AuditRecord record;
};

// Which clock a time is of: the domain's (`at_us`) or the machine's (`recorded_us`).
enum class AuditClock : std::uint8_t { kDomain, kMachine };

struct LogRange {
  std::optional<std::string> family;  // inner id; absent: all lines
  std::int64_t after = 0;             // lines behind this sequence
  // No line outside of these times is left out; some outside may come: the times of lines are
  // exact, their order is not when a clock was set back. A clock that was set back by more than a
  // day hides lines.
  AuditClock clock = AuditClock::kDomain;
  std::int64_t from_us = INT64_MIN, to_us = INT64_MAX;
};

class AuditLog {
 public:
  AuditLog(std::string service, db::Db& db, crypto::KeyRing& keys)
      : service_(std::move(service)), db_(db), keys_(keys) {}

  // Shows `visit` one line after the other, oldest first, until it says false, all of the range was
  // read, or as much as one call may read. The sequence behind which to go on; 0: all was read. An
  // agency that never did anything has no lines. DATA_LOSS: a line does not open.
  using Visit = absl::FunctionRef<bool(const AuditLine&)>;
  Task<absl::StatusOr<std::int64_t>> Read(CallContext& context, std::string agency, LogRange range,
                                          Visit visit) const;

 private:
  struct Reading;
  absl::Status Begin(db::Tx& tx, Reading& reading) const;
  absl::Status ReadSlice(db::Tx& tx, Reading& reading, Visit visit) const;

  const std::string service_;
  db::Db& db_;
  crypto::KeyRing& keys_;
};

}  // namespace rapport::audit
