// Event histories: which numbers a service's events have.
//
// An agency's events are numbered from 1, without gaps, and whoever gets them keeps the last number
// of each family, drops what is not above it, and holds cursors. A database that was put back from
// a backup would give the numbers after the backup's last a second time, to other events: these
// would be dropped as known. So a restore begins a new history: numbers above all that can have
// been given out before it, whatever was lost.
#pragma once

#include "platform/db/db.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <set>
#include <string>

namespace rapport::records {

// How many numbers a history has: more than an agency needs in its life.
inline constexpr std::int64_t kEventsOfHistory = std::int64_t{1} << 31;

// Which history a number is of: 0 until the first restore, then the Unix second of the last one.
constexpr std::int64_t HistoryOf(std::int64_t sequence) { return sequence / kEventsOfHistory; }
// Behind no event of that history, before all of them. 0: before the first event of all.
constexpr std::int64_t BeforeHistory(std::int64_t history) { return history * kEventsOfHistory; }

// The version of a resource that the event with this number tells of, for who keeps what they were
// told last: above what was told in histories before, of which the source has lost some.
constexpr std::int64_t VersionTold(std::int64_t sequence, std::int64_t version) {
  return BeforeHistory(HistoryOf(sequence)) + version;
}

// Of all agencies.
absl::StatusOr<std::int64_t> NewestHistory(db::Tx& tx);
// Every agency's next event is the first of a history that begins at `now_us` (machine time), or,
// if the database knows a later one, of the one after that. `more`: agencies that the database may
// not know yet. Of a database that no service uses.
absl::Status BeginHistory(db::Tx& tx, const std::set<std::string>& more, std::int64_t now_us);

}  // namespace rapport::records
