// Outbox: the log of events in commit order, and how far each destination has been served from it.
//
// Records::Commit appends; the relay reads a batch, delivers it, and reports back:
//
//   NextBatch -> deliver -> Advance(how many), or Park(the refused one)
//
// at start for every one of AuditChain::Agencies, later for those that Listen tells of.
//
// A destination has a cursor. A family whose event was refused is parked: the cursor moves past its
// events, they wait in the log, and then come as batches of their own, in order, before anything
// else: again and again by itself, after too many refusals on Retry or Skip. Every change of a
// destination's queues is a compare-and-set on its revision: of two relays that work on the same
// queue one is told ABORTED and reads again. Delivery is at least once; the receiver's Inbox makes
// it once.
//
// Functions with a Tx run inside Db::Read or Db::Write. Knows no transport. Thread-safe.
#pragma once

#include "platform/audit/audit_chain.h"
#include "platform/crypto/suite_secret.h"
#include "platform/db/db.h"
#include "platform/records/records.h"

#include <absl/status/statusor.h>
#include <rapport/internal/v1/event.pb.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::records {

class Outbox {
 public:
  // `service` is the source in every envelope. `suite` must outlive it.
  Outbox(std::string service, const crypto::SuiteSecret& suite);

  // `on_commit` is called after each commit with events, on the thread the committing call
  // continues on, with the event types. Set before the first commit.
  using OnCommit = std::function<void(std::string_view agency, std::span<const int> types)>;
  void Listen(OnCommit on_commit) { on_commit_ = std::move(on_commit); }

  // For Records.
  struct Sealed {
    std::string family;
    int type = 0;
    std::int64_t created_us = 0;  // machine time
    std::string envelope;
  };
  Sealed Seal(const internal::v1::EventEnvelope& envelope) const;
  // What was sealed. DATA_LOSS: it is not what was stored.
  absl::StatusOr<internal::v1::EventEnvelope> Open(std::string_view agency,
                                                   const Sealed& event) const;
  static absl::Status Append(db::Tx& tx, audit::AuditChain& chain, std::string_view agency,
                             const Sealed& event);
  void Committed(std::string_view agency, std::span<const int> types) const;

  // One event on its way: `wire` is what DeliverEventsRequest carries.
  struct Outgoing {
    std::int64_t sequence = 0;
    std::string family;
    int type = 0;
    std::int64_t created_us = 0;  // machine time
    std::string wire;
    // The row is not what was stored: there is nothing to deliver, its family is to be parked.
    // Always the only event of its batch.
    bool damaged = false;
  };
  struct Batch {
    std::string agency, destination;
    bool parked = false;           // the queue of a parked family that is tried again
    std::string parked_family;     // ... which; empty is a family too
    std::vector<Outgoing> events;  // in order; empty: nothing to deliver
    bool more = false;             // there is more behind this batch: ask again without waiting
    // Reported back by Advance and Park.
    std::int64_t revision = 0;
    std::int64_t from = 0;  // events up to here were done before
    std::int64_t to = 0;    // ... and up to here once this batch is
    std::int64_t cursor = 0;
  };
  // What `destination` is to be given next, of the event types it wants. `waiting`: families that
  // are tried again, but not yet.
  absl::StatusOr<Batch> NextBatch(db::Tx& tx, std::string_view agency, std::string_view destination,
                                  std::span<const int> types, int limit,
                                  std::span<const std::string> waiting = {}) const;
  // The first `delivered` events of the batch were applied there. Report empty batches too: they
  // get the relay past events that nobody there wants, and end a retry.
  static absl::Status Advance(db::Tx& tx, const Batch& batch, int delivered);
  // Whether Advance would store anything: false saves the transaction. Whatever says `more` and was
  // delivered is worth it, so that a relay never asks for the same batch again without a pause.
  static bool IsWorthReporting(const Batch& batch, int delivered);
  // The first `index` events were applied; that one is refused, with this code. Its family stops,
  // for good or, `retrying`, until it is tried again.
  static absl::Status Park(db::Tx& tx, const Batch& batch, int index, int status_code,
                           std::int64_t now_us, bool retrying = false);

  // For the operator. NOT_FOUND: that family is not parked; Skip: or is tried again already, so
  // that there is no refused event at its front.
  struct Parked {
    std::string agency, destination, family;
    std::int64_t sequence = 0;  // the first event that was not applied
    bool retrying = false;
    std::int64_t since_us = 0;
    int status_code = 0;
  };
  static absl::StatusOr<std::vector<Parked>> ListParked(db::Tx& tx, std::string_view agency);
  static absl::Status Retry(db::Tx& tx, std::string_view agency, std::string_view destination,
                            std::string_view family);
  // Leaves the first event out for ever and tries the rest.
  static absl::Status Skip(db::Tx& tx, std::string_view agency, std::string_view destination,
                           std::string_view family);

  // How far `destination` is behind: the events of `types` that were not delivered, at most 10,000.
  // Families that are tried again are not counted as parked.
  struct Backlog {
    std::int64_t events = 0, oldest_us = 0, parked_families = 0;
  };
  static absl::StatusOr<Backlog> Behind(db::Tx& tx, std::string_view agency,
                                        std::string_view destination, std::span<const int> types);

  // Whether there is an event from before `before_us`.
  static absl::StatusOr<bool> AnyBefore(db::Tx& tx, std::string_view agency,
                                        std::int64_t before_us);
  // Deletes events from before `before_us` (machine time) that every one of `destinations` is done
  // with, oldest first, at most `limit`; how many.
  static absl::StatusOr<int> DeleteOld(db::Tx& tx, std::string_view agency,
                                       std::span<const std::string> destinations,
                                       std::int64_t before_us, int limit);

 private:
  struct Stored;
  absl::StatusOr<std::string> ToWire(std::string_view agency, const Stored& stored) const;
  std::string RestIdentity(std::string_view agency, const Sealed& event) const;

  const std::string service_;
  const crypto::SuiteSecret& suite_;
  OnCommit on_commit_;
};

// What a delivered envelope is sealed for, under the suite's event key of the agency.
std::string WireIdentity(std::string_view source, std::string_view agency);

}  // namespace rapport::records
