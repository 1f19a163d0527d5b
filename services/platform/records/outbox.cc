#include "platform/records/outbox.h"

#include "platform/base/status_macros.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace rapport::records {
namespace {

using db::Blob;

// How much of the log one batch looks at, wanted or not, and how much it delivers.
constexpr std::int64_t kScan = 1'000;
constexpr std::size_t kBatchBytes = 1u << 20;

constexpr char kInsert[] =
    "INSERT INTO outbox (agency_id, sequence, family_id, event_type, created_us, envelope)"
    " VALUES ($1, $2, $3, $4, $5, $6)";
constexpr char kSelectCursor[] =
    "SELECT sequence, revision FROM delivery WHERE agency_id = $1 AND destination = $2";
constexpr char kSelectParkedFamilies[] =
    "SELECT family_id, sequence, retrying FROM parked WHERE agency_id = $1 AND destination = $2";
constexpr char kSelectEvents[] =
    "SELECT sequence, family_id, event_type, created_us, envelope FROM outbox"
    " WHERE agency_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
constexpr char kSelectFamilyEvents[] =
    "SELECT sequence, family_id, event_type, created_us, envelope FROM outbox"
    " WHERE agency_id = $1 AND sequence > $2 AND sequence <= $3 AND family_id = $4"
    " ORDER BY sequence LIMIT $5";

bool Wants(std::span<const int> types, std::int64_t type) {
  return std::ranges::find(types, type) != types.end();
}

}  // namespace

struct Outbox::Stored {
  std::int64_t sequence = 0;
  Sealed event;

  explicit Stored(const db::Row& row)
      : sequence(row.Int(0)),
        event{.family = std::string(row.Bytes(1)),
              .type = static_cast<int>(row.Int(2)),
              .created_us = row.Int(3),
              .envelope = std::string(row.Bytes(4))} {}
};

Outbox::Outbox(std::string service, const crypto::SuiteSecret& suite)
    : service_(std::move(service)), suite_(suite) {}

std::string WireIdentity(std::string_view source, std::string_view agency) {
  return crypto::Identity({"v1", source, "event", agency});
}

std::string Outbox::RestIdentity(std::string_view agency, const Sealed& event) const {
  return crypto::Identity({"v1", service_, "outbox", agency, event.family,
                           std::to_string(event.type), std::to_string(event.created_us)});
}

// The sequence is given inside the transaction, after the envelope was sealed: an event is sealed
// for its row at rest, and again, with its sequence, when it leaves.
Outbox::Sealed Outbox::Seal(const internal::v1::EventEnvelope& envelope) const {
  Sealed event{.family = envelope.family(),
               .type = static_cast<int>(envelope.type()),
               .created_us = RealMicros(),
               .envelope = {}};
  const std::string& agency = envelope.agency();
  event.envelope = suite_.SealerFor(crypto::SuiteKey::kEvent, agency)
                       ->Seal(RestIdentity(agency, event), envelope.SerializeAsString());
  return event;
}

absl::Status Outbox::Append(db::Tx& tx, audit::AuditChain& chain, std::string_view agency,
                            const Sealed& event) {
  ASSIGN_OR_RETURN(const std::int64_t sequence, chain.NextEvent(tx, agency));
  return tx
      .Run(kInsert, {agency, sequence, Blob{event.family}, event.type, event.created_us,
                     Blob{event.envelope}})
      .status();
}

void Outbox::Committed(std::string_view agency, std::span<const int> types) const {
  if (on_commit_) on_commit_(agency, types);
}

absl::StatusOr<internal::v1::EventEnvelope> Outbox::Open(std::string_view agency,
                                                         const Sealed& event) const {
  ASSIGN_OR_RETURN(const std::string plain,
                   suite_.SealerFor(crypto::SuiteKey::kEvent, agency)
                       ->Open(RestIdentity(agency, event), event.envelope));
  internal::v1::EventEnvelope envelope;
  if (!envelope.ParseFromString(plain)) return absl::DataLossError("not an event envelope");
  return envelope;
}

absl::StatusOr<std::string> Outbox::ToWire(std::string_view agency, const Stored& stored) const {
  ASSIGN_OR_RETURN(internal::v1::EventEnvelope envelope, Open(agency, stored.event));
  envelope.set_sequence(stored.sequence);
  const auto sealer = suite_.SealerFor(crypto::SuiteKey::kEvent, agency);
  return sealer->Seal(WireIdentity(service_, agency), envelope.SerializeAsString());
}

absl::StatusOr<Outbox::Batch> Outbox::NextBatch(db::Tx& tx, std::string_view agency,
                                                std::string_view destination,
                                                std::span<const int> types, int limit,
                                                std::span<const std::string> waiting) const {
  Batch batch{.agency = std::string(agency), .destination = std::string(destination)};
  RETURN_IF_ERROR(tx.Run(kSelectCursor, {agency, destination}, [&](const db::Row& row) {
                      batch.cursor = row.Int(0);
                      batch.revision = row.Int(1);
                    }).status());
  batch.from = batch.cursor;
  std::vector<std::string> stopped;
  RETURN_IF_ERROR(tx.Run(kSelectParkedFamilies, {agency, destination}, [&](const db::Row& row) {
                      stopped.emplace_back(row.Bytes(0));
                      if (!row.Bool(2) || batch.parked) return;
                      if (std::ranges::find(waiting, stopped.back()) != waiting.end()) return;
                      batch.parked = true;
                      batch.parked_family = stopped.back();
                      batch.from = row.Int(1) - 1;
                    }).status());

  std::vector<Stored> rows;
  const auto keep = [&](const db::Row& row) { rows.emplace_back(row); };
  auto read =
      batch.parked
          ? tx.Run(kSelectFamilyEvents,
                   {agency, batch.from, batch.cursor, Blob{batch.parked_family}, kScan}, keep)
          : tx.Run(kSelectEvents, {agency, batch.from, kScan}, keep);
  if (!read.ok()) return read.status();
  batch.more = *read == kScan;
  batch.to = batch.parked && !batch.more ? batch.cursor : batch.from;
  batch.more = batch.more || batch.parked;  // The other families' queue comes after it.
  std::size_t bytes = 0;
  for (const Stored& row : rows) {
    const bool waits =
        !batch.parked && std::ranges::find(stopped, row.event.family) != stopped.end();
    if (!waits && Wants(types, row.event.type)) {
      if (static_cast<int>(batch.events.size()) == limit || bytes > kBatchBytes) {
        batch.more = true;
        batch.to = batch.events.back().sequence;
        break;
      }
      auto wire = ToWire(agency, row);
      const bool damaged = !wire.ok();
      if (damaged && !batch.events.empty()) {  // What comes before it goes first, up to there.
        batch.more = true;
        batch.to = batch.events.back().sequence;
        break;
      }
      batch.events.push_back({.sequence = row.sequence,
                              .family = row.event.family,
                              .type = row.event.type,
                              .created_us = row.event.created_us,
                              .wire = damaged ? "" : *std::move(wire),
                              .damaged = damaged});
      bytes += batch.events.back().wire.size();
    }
    batch.to = std::max(batch.to, row.sequence);
    if (!batch.events.empty() && batch.events.back().damaged) {
      batch.more = true;
      break;
    }
  }
  return batch;
}

}  // namespace rapport::records
