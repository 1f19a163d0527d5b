#include "platform/audit/verifier.h"

#include "platform/audit/checkpoint.h"
#include "platform/audit/verifier_walk.h"
#include "platform/base/status_macros.h"
#include "platform/base/yield.h"

#include <algorithm>
#include <utility>

namespace rapport::audit {
namespace {

// Rows of one slice: about 3 ms, the longest that other calls of the thread wait.
constexpr std::int64_t kSlice = 1'000;

constexpr char kSelectHead[] = "SELECT audit_sequence, mac FROM audit_head WHERE agency_id = $1";
constexpr char kSelectFirst[] =
    "SELECT sequence FROM audit WHERE agency_id = $1 ORDER BY sequence LIMIT 1";
constexpr char kSelectLast[] =
    "SELECT sequence FROM audit WHERE agency_id = $1 ORDER BY sequence DESC LIMIT 1";
constexpr char kSelectCheckpoint[] =
    "SELECT sequence FROM audit_checkpoint WHERE agency_id = $1 ORDER BY sequence DESC LIMIT 1";
constexpr char kSelectRows[] =
    "SELECT sequence, block, at_us, recorded_us, family_id, sealed, mac FROM audit"
    " WHERE agency_id = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence LIMIT $4";

absl::StatusOr<std::int64_t> NumberOr(db::Tx& tx, const char* sql, std::string_view agency,
                                      std::int64_t otherwise) {
  RETURN_IF_ERROR(
      tx.Run(sql, {agency}, [&](const db::Row& row) { otherwise = row.Int(0); }).status());
  return otherwise;
}

}  // namespace

Verifier::Verifier(std::string service, db::Db& db, crypto::KeyRing& keys,
                   const crypto::SuiteSecret& suite, std::string public_key)
    : service_(std::move(service)),
      db_(db),
      keys_(keys),
      mac_keys_(suite, crypto::SuiteKey::kAudit, service_),
      public_key_(std::move(public_key)) {}

Task<absl::StatusOr<VerifyReport>> Verifier::Verify(CallContext& context, std::string agency,
                                                    VerifyOptions options) const {
  Walk walk{.agency = std::move(agency), .options = std::move(options)};
  walk.mac_key = &mac_keys_.Of(walk.agency);
  CO_RETURN_IF_ERROR(co_await db_.Read(context, [&](db::Tx& tx) -> absl::Status {
    // Here, where a driver has its own thread for what waits.
    ASSIGN_OR_RETURN(walk.sealer, keys_.Find(walk.agency, "", crypto::KeyClass::kRecord));
    return Begin(tx, walk);
  }));
  while (!walk.done) {
    CO_RETURN_IF_ERROR(co_await db_.Read(context, [&](db::Tx& tx) { return ReadSlice(tx, walk); }));
    co_await Yield();
  }
  co_return std::move(walk.report);
}

absl::Status Verifier::Begin(db::Tx& tx, Walk& walk) const {
  VerifyReport& report = walk.report;
  report.verified = walk.options.after;
  if (report.verified.sequence == 0) report.verified.mac = GenesisMac();
  report.head.mac = GenesisMac();
  RETURN_IF_ERROR(tx.Run(kSelectHead, {walk.agency}, [&](const db::Row& row) {
                      report.head = {.sequence = row.Int(0), .mac = std::string(row.Bytes(1))};
                    }).status());
  ASSIGN_OR_RETURN(walk.last, NumberOr(tx, kSelectLast, walk.agency, 0));
  ASSIGN_OR_RETURN(walk.last_checkpoint, NumberOr(tx, kSelectCheckpoint, walk.agency, 0));
  ASSIGN_OR_RETURN(const std::int64_t first, NumberOr(tx, kSelectFirst, walk.agency, 1));
  if (first < 1) walk.Fail(Fault::kForked, first);

  const std::int64_t after = walk.options.after.sequence;
  for (const ChainPlace& place : walk.options.expected) {
    walk.expected.emplace(place.sequence, place.sequence == 0 ? GenesisMac() : place.mac);
  }
  RETURN_IF_ERROR(LoadPlaces(tx, walk, after - 1, after));
  if (!walk.done && !walk.GoesThrough(report.verified)) walk.Fail(Fault::kForked, after);
  return absl::OkStatus();
}

// What a walk from `after` to `until` is compared with: no more of the checkpoints is in memory at
// a time, however many there are.
absl::Status Verifier::LoadPlaces(db::Tx& tx, Walk& walk, std::int64_t after,
                                  std::int64_t until) const {
  walk.checkpoints.clear();
  ASSIGN_OR_RETURN(const auto checkpoints,
                   ReadCheckpoints(tx, service_, walk.agency, after, until));
  for (const Checkpoint& checkpoint : checkpoints) {
    if (!IsSigned(checkpoint, public_key_)) {
      walk.Fail(Fault::kEdited, checkpoint.sequence);
      return absl::OkStatus();
    }
    walk.checkpoints.emplace(checkpoint.sequence, checkpoint.mac);
  }
  return absl::OkStatus();
}

absl::Status Verifier::ReadSlice(db::Tx& tx, Walk& walk) const {
  VerifyReport& report = walk.report;
  const std::int64_t most = std::min(kSlice, walk.options.max_rows - report.rows);
  ChainPlace& at = report.verified;
  RETURN_IF_ERROR(LoadPlaces(tx, walk, at.sequence, at.sequence + most));
  if (walk.done) return absl::OkStatus();
  const auto check = [&](const db::Row& row) {
    if (walk.done || walk.suspect) return;
    ++report.rows;
    const AuditRow now{.sequence = row.Int(0),
                       .at_us = row.Int(2),
                       .recorded_us = row.Int(3),
                       .family = row.Bytes(4),
                       .sealed = row.Bytes(5)};
    const std::int64_t expected = at.sequence + 1;
    if (now.sequence > expected) return walk.Fail(Fault::kMissing, expected);
    std::string mac = RowMac(*walk.mac_key, at.mac, now);
    if (mac != row.Bytes(6) || row.Int(1) != now.sequence / kBlockRows) {
      walk.suspect.emplace(row);
      return;
    }
    ChainPlace place{.sequence = now.sequence, .mac = std::move(mac)};
    if (!walk.GoesThrough(place)) return walk.Fail(Fault::kForked, now.sequence);
    at = std::move(place);
    walk.at_us = now.at_us;
    walk.recorded_us = now.recorded_us;
  };
  ASSIGN_OR_RETURN(const std::int64_t rows,
                   tx.Run(kSelectRows, {walk.agency, at.sequence, walk.last, most}, check));
  if (walk.suspect) {
    ASSIGN_OR_RETURN(const Fault fault, Diagnose(tx, walk));
    walk.Fail(fault, walk.suspect->sequence);
  }
  if (walk.done) return absl::OkStatus();
  if (rows < most || at.sequence >= walk.last) {
    return CompareEnd(tx, walk);
  } else if (report.rows >= walk.options.max_rows) {
    walk.done = true;
  }
  return absl::OkStatus();
}

// All rows hold; but are they all there, and do they end where they should?
absl::Status Verifier::CompareEnd(db::Tx& tx, Walk& walk) const {
  const ChainPlace& at = walk.report.verified;
  const ChainPlace& head = walk.report.head;
  std::int64_t end = head.sequence;
  if (!walk.expected.empty()) end = std::max(end, walk.expected.rbegin()->first);
  // Those signed since are of rows that this walk does not read.
  RETURN_IF_ERROR(LoadPlaces(tx, walk, at.sequence, walk.last_checkpoint));
  if (walk.done) return absl::OkStatus();
  if (!walk.checkpoints.empty()) end = std::max(end, walk.checkpoints.rbegin()->first);
  if (at.sequence < end) {
    walk.Fail(Fault::kTruncated, at.sequence + 1);
  } else if (at.sequence > head.sequence) {
    walk.Fail(Fault::kForked, head.sequence + 1);
  } else if (at.mac != head.mac) {
    walk.Fail(Fault::kForked, at.sequence);
  }
  walk.done = true;
  return absl::OkStatus();
}

}  // namespace rapport::audit
