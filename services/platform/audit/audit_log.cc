#include "platform/audit/audit_log.h"

#include "platform/audit/audit_record.h"
#include "platform/audit/audit_row.h"
#include "platform/base/status_macros.h"
#include "platform/base/yield.h"

#include <algorithm>
#include <memory>

namespace rapport::audit {
namespace {

using db::Blob;

constexpr std::int64_t kSlice = 512;        // lines between two chances for others
constexpr int kSliceBlocks = 256;           // ... or blocks looked into for lines of a family
constexpr std::int64_t kMostRead = 50'000;  // lines of one call, about 0.2 s
constexpr std::int64_t kDay = 86'400'000'000;

constexpr char kSelectLast[] =
    "SELECT sequence FROM audit WHERE agency_id = $1 ORDER BY sequence DESC LIMIT 1";
constexpr char kSelectTimes[] =
    "SELECT at_us, recorded_us FROM audit WHERE agency_id = $1 AND sequence = $2";
constexpr char kSelectAll[] =
    "SELECT sequence, mac, sealed FROM audit"
    " WHERE agency_id = $1 AND sequence > $2 AND sequence < $3 ORDER BY sequence LIMIT $4";
constexpr char kSelectOfFamily[] =
    "SELECT sequence, mac, sealed FROM audit"
    " WHERE agency_id = $1 AND block = $2 AND family_id = $3 AND sequence > $4 AND sequence < $5"
    " ORDER BY sequence";

// The first sequence in [low, end) whose time is not before `us`, or `end`. The times of the rows
// never fall and sequences have no gap, so halving finds it.
absl::StatusOr<std::int64_t> FirstNotBefore(db::Tx& tx, std::string_view agency, AuditClock clock,
                                            std::int64_t us, std::int64_t low, std::int64_t end) {
  while (low < end) {
    const std::int64_t middle = low + (end - low) / 2;
    std::int64_t at_us = INT64_MIN;
    RETURN_IF_ERROR(tx.Run(kSelectTimes, {agency, middle}, [&](const db::Row& row) {
                        at_us = row.Int(clock == AuditClock::kDomain ? 0 : 1);
                      }).status());
    if (at_us < us) {
      low = middle + 1;
    } else {
      end = middle;
    }
  }
  return low;
}

}  // namespace

struct AuditLog::Reading {
  std::string agency;
  LogRange range;
  std::shared_ptr<const crypto::Sealer> sealer;
  std::int64_t at = 0;   // read up to here
  std::int64_t end = 0;  // first that is behind the range
  std::int64_t read = 0;
  bool stopped = false;  // by the visitor

  bool Ended() const { return at + 1 >= end; }
};

Task<absl::StatusOr<std::int64_t>> AuditLog::Read(CallContext& context, std::string agency,
                                                  LogRange range, Visit visit) const {
  Reading reading{.agency = std::move(agency), .range = std::move(range)};
  // Keys are asked for where a driver has its own thread for what waits.
  const absl::Status begun = co_await db_.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(reading.sealer, keys_.Find(reading.agency, "", crypto::KeyClass::kRecord));
    return Begin(tx, reading);
  });
  if (absl::IsNotFound(begun)) co_return 0;
  CO_RETURN_IF_ERROR(begun);
  while (!reading.stopped && !reading.Ended() && reading.read < kMostRead) {
    CO_RETURN_IF_ERROR(
        co_await db_.Read(context, [&](db::Tx& tx) { return ReadSlice(tx, reading, visit); }));
    co_await Yield();
  }
  co_return reading.Ended() && !reading.stopped ? 0 : reading.at;
}

absl::Status AuditLog::Begin(db::Tx& tx, Reading& reading) const {
  const LogRange& range = reading.range;
  std::int64_t last = 0;
  RETURN_IF_ERROR(tx.Run(kSelectLast, {reading.agency}, [&](const db::Row& row) {
                      last = row.Int(0);
                    }).status());
  const std::int64_t first = std::max<std::int64_t>(1, range.after + 1);
  ASSIGN_OR_RETURN(const std::int64_t from,
                   FirstNotBefore(tx, reading.agency, range.clock, range.from_us, first, last + 1));
  reading.at = from - 1;
  reading.end = last + 1;
  if (range.to_us < INT64_MAX - kDay) {
    ASSIGN_OR_RETURN(reading.end, FirstNotBefore(tx, reading.agency, range.clock,
                                                 range.to_us + kDay, from, last + 1));
  }
  return absl::OkStatus();
}

absl::Status AuditLog::ReadSlice(db::Tx& tx, Reading& reading, Visit visit) const {
  absl::Status opened;
  const auto show = [&](const db::Row& row) {
    if (reading.stopped || !opened.ok()) return;
    auto record = OpenRecord(*reading.sealer, service_, reading.agency, row.Bytes(2));
    opened = record.status();
    if (!opened.ok()) return;
    const AuditLine line{
        .sequence = row.Int(0), .mac = std::string(row.Bytes(1)), .record = *std::move(record)};
    ++reading.read;
    if (visit(line)) {
      reading.at = line.sequence;
    } else {
      reading.stopped = true;
    }
  };
  if (!reading.range.family) {
    ASSIGN_OR_RETURN(const std::int64_t rows,
                     tx.Run(kSelectAll, {reading.agency, reading.at, reading.end, kSlice}, show));
    if (rows < kSlice && !reading.stopped) reading.at = reading.end - 1;
    return opened;
  }
  for (int i = 0; i < kSliceBlocks && !reading.Ended() && !reading.stopped; ++i) {
    const std::int64_t block = (reading.at + 1) / kBlockRows;
    RETURN_IF_ERROR(
        tx.Run(kSelectOfFamily,
               {reading.agency, block, Blob{*reading.range.family}, reading.at, reading.end}, show)
            .status());
    RETURN_IF_ERROR(opened);
    if (!reading.stopped) reading.at = std::min(reading.end, (block + 1) * kBlockRows) - 1;
  }
  return absl::OkStatus();
}

}  // namespace rapport::audit
