// The other half of Outbox: what is reported back, and what the operator does.
#include "platform/base/status_macros.h"
#include "platform/records/outbox.h"
#include "platform/schema/errors.h"

#include <algorithm>

namespace rapport::records {
namespace {

using db::Blob;

// An empty batch is stored once reading it again would cost more than storing it.
constexpr std::int64_t kWorthStoring = 500;

constexpr char kInsertCursor[] =
    "INSERT INTO delivery (agency_id, destination, sequence, revision) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (agency_id, destination) DO NOTHING";
constexpr char kUpdateCursor[] =
    "UPDATE delivery SET sequence = $3, revision = revision + 1"
    " WHERE agency_id = $1 AND destination = $2 AND revision = $4";
constexpr char kTouchCursor[] =
    "UPDATE delivery SET revision = revision + 1 WHERE agency_id = $1 AND destination = $2";
constexpr std::int64_t kMostCounted = 10'000;
constexpr char kSelectBehind[] =
    "SELECT event_type, created_us FROM outbox"
    " WHERE agency_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
constexpr char kSelectCursor[] =
    "SELECT sequence FROM delivery WHERE agency_id = $1 AND destination = $2";
constexpr char kInsertParked[] =
    "INSERT INTO parked"
    " (agency_id, destination, family_id, sequence, retrying, since_us, status_code)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)";
constexpr char kStopAgain[] =
    "UPDATE parked SET sequence = $4, retrying = $5, since_us = $6, status_code = $7"
    " WHERE agency_id = $1 AND destination = $2 AND family_id = $3";
constexpr char kMoveParked[] =
    "UPDATE parked SET sequence = $4"
    " WHERE agency_id = $1 AND destination = $2 AND family_id = $3";
constexpr char kDeleteParked[] =
    "DELETE FROM parked WHERE agency_id = $1 AND destination = $2 AND family_id = $3";
constexpr char kRetry[] =
    "UPDATE parked SET retrying = $4"
    " WHERE agency_id = $1 AND destination = $2 AND family_id = $3";
constexpr char kSkip[] =
    "UPDATE parked SET retrying = $4, sequence = sequence + 1"
    " WHERE agency_id = $1 AND destination = $2 AND family_id = $3 AND retrying = $5";
constexpr char kSelectParked[] =
    "SELECT destination, family_id, sequence, retrying, since_us, status_code FROM parked"
    " WHERE agency_id = $1 ORDER BY destination, family_id";
constexpr char kSelectFirstParked[] =
    "SELECT sequence FROM parked WHERE agency_id = $1 ORDER BY sequence LIMIT 1";
constexpr char kSelectOldest[] =
    "SELECT sequence, created_us FROM outbox WHERE agency_id = $1 ORDER BY sequence LIMIT $2";
constexpr char kDeleteUpTo[] = "DELETE FROM outbox WHERE agency_id = $1 AND sequence <= $2";

absl::Status SetCursor(db::Tx& tx, const Outbox::Batch& batch, std::int64_t sequence) {
  const bool first = batch.revision == 0;
  auto rows =
      first ? tx.Run(kInsertCursor, {batch.agency, batch.destination, sequence, 1})
            : tx.Run(kUpdateCursor, {batch.agency, batch.destination, sequence, batch.revision});
  if (!rows.ok()) return rows.status();
  return *rows == 1 ? absl::OkStatus() : schema::Refused(schema::reasons::kConflict);
}

// Up to which sequence the destination is done once the first `delivered` events were applied.
std::int64_t DoneUpTo(const Outbox::Batch& batch, int delivered) {
  const auto done = static_cast<std::size_t>(delivered);
  return done < batch.events.size() ? batch.events[done].sequence - 1 : batch.to;
}

}  // namespace

bool Outbox::IsWorthReporting(const Batch& batch, int delivered) {
  if (batch.parked) return true;  // Even when nothing is left of it: the retry ends.
  const std::int64_t moved = DoneUpTo(batch, delivered) - batch.from;
  return moved >= (batch.events.empty() ? kWorthStoring : 1);
}

absl::Status Outbox::Advance(db::Tx& tx, const Batch& batch, int delivered) {
  if (!IsWorthReporting(batch, delivered)) return absl::OkStatus();
  const std::int64_t to = DoneUpTo(batch, delivered);
  if (!batch.parked) return SetCursor(tx, batch, to);
  RETURN_IF_ERROR(SetCursor(tx, batch, batch.cursor));
  const Blob family{batch.parked_family};
  if (to >= batch.cursor) {
    return tx.Run(kDeleteParked, {batch.agency, batch.destination, family}).status();
  }
  return tx.Run(kMoveParked, {batch.agency, batch.destination, family, to + 1}).status();
}

absl::Status Outbox::Park(db::Tx& tx, const Batch& batch, int index, int status_code,
                          std::int64_t now_us, bool retrying) {
  const Outgoing& refused = batch.events[static_cast<std::size_t>(index)];
  RETURN_IF_ERROR(SetCursor(tx, batch, batch.parked ? batch.cursor : refused.sequence));
  return tx
      .Run(batch.parked ? kStopAgain : kInsertParked,
           {batch.agency, batch.destination, Blob{refused.family}, refused.sequence, retrying,
            now_us, status_code})
      .status();
}

absl::StatusOr<std::vector<Outbox::Parked>> Outbox::ListParked(db::Tx& tx,
                                                               std::string_view agency) {
  std::vector<Parked> all;
  RETURN_IF_ERROR(tx.Run(kSelectParked, {agency}, [&](const db::Row& row) {
                      all.push_back({.agency = std::string(agency),
                                     .destination = std::string(row.Bytes(0)),
                                     .family = std::string(row.Bytes(1)),
                                     .sequence = row.Int(2),
                                     .retrying = row.Bool(3),
                                     .since_us = row.Int(4),
                                     .status_code = static_cast<int>(row.Int(5))});
                    }).status());
  return all;
}

absl::Status Outbox::Retry(db::Tx& tx, std::string_view agency, std::string_view destination,
                           std::string_view family) {
  ASSIGN_OR_RETURN(const std::int64_t rows,
                   tx.Run(kRetry, {agency, destination, Blob{family}, true}));
  if (rows == 0) return absl::NotFoundError("that family is not parked");
  return tx.Run(kTouchCursor, {agency, destination}).status();
}

absl::Status Outbox::Skip(db::Tx& tx, std::string_view agency, std::string_view destination,
                          std::string_view family) {
  ASSIGN_OR_RETURN(const std::int64_t rows,
                   tx.Run(kSkip, {agency, destination, Blob{family}, true, false}));
  if (rows == 0) return absl::NotFoundError("that family is not parked, or is tried again already");
  return tx.Run(kTouchCursor, {agency, destination}).status();
}

absl::StatusOr<Outbox::Backlog> Outbox::Behind(db::Tx& tx, std::string_view agency,
                                               std::string_view destination,
                                               std::span<const int> types) {
  Backlog behind;
  std::int64_t cursor = 0;
  RETURN_IF_ERROR(tx.Run(kSelectCursor, {agency, destination}, [&](const db::Row& row) {
                      cursor = row.Int(0);
                    }).status());
  RETURN_IF_ERROR(tx.Run(kSelectBehind, {agency, cursor, kMostCounted}, [&](const db::Row& row) {
                      if (std::ranges::find(types, row.Int(0)) == types.end()) return;
                      if (behind.events++ == 0) behind.oldest_us = row.Int(1);
                    }).status());
  RETURN_IF_ERROR(tx.Run(kSelectParked, {agency}, [&](const db::Row& row) {
                      if (row.Bytes(0) == destination && !row.Bool(3)) ++behind.parked_families;
                    }).status());
  return behind;
}

absl::StatusOr<bool> Outbox::AnyBefore(db::Tx& tx, std::string_view agency,
                                       std::int64_t before_us) {
  bool any = false;
  RETURN_IF_ERROR(tx.Run(kSelectOldest, {agency, 1}, [&](const db::Row& row) {
                      any = row.Int(1) < before_us;
                    }).status());
  return any;
}

absl::StatusOr<int> Outbox::DeleteOld(db::Tx& tx, std::string_view agency,
                                      std::span<const std::string> destinations,
                                      std::int64_t before_us, int limit) {
  std::int64_t done = INT64_MAX;
  for (const std::string& destination : destinations) {
    std::int64_t cursor = 0;
    RETURN_IF_ERROR(tx.Run(kSelectCursor, {agency, destination}, [&](const db::Row& row) {
                        cursor = row.Int(0);
                      }).status());
    done = std::min(done, cursor);
  }
  RETURN_IF_ERROR(tx.Run(kSelectFirstParked, {agency}, [&](const db::Row& row) {
                      done = std::min(done, row.Int(0) - 1);
                    }).status());
  std::int64_t last = 0;
  bool old = true;
  RETURN_IF_ERROR(tx.Run(kSelectOldest, {agency, limit}, [&](const db::Row& row) {
                      old = old && row.Int(0) <= done && row.Int(1) < before_us;
                      if (old) last = row.Int(0);
                    }).status());
  if (last == 0) return 0;
  ASSIGN_OR_RETURN(const std::int64_t deleted, tx.Run(kDeleteUpTo, {agency, last}));
  return static_cast<int>(deleted);
}

}  // namespace rapport::records
