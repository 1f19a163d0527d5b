// ChangeFeed: the outbox as a log that readers follow by cursor.
//
// A cursor is a place in one service's log of one agency, sealed, so that nobody can make one. It
// names the event it stands behind by sequence and time: a restore begins a new history, where no
// older place counts (event_history.h), and a database that came back otherwise shows by the time.
// Never tells content. Functions with a Tx run inside Db::Read. Thread-safe.
#pragma once

#include "platform/crypto/suite_secret.h"
#include "platform/records/outbox.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::records {

class ChangeFeed {
 public:
  // Behind the event of this sequence. 0: before all.
  struct Place {
    std::int64_t sequence = 0;
    std::int64_t created_us = 0;  // of that event, machine time
    friend bool operator==(const Place&, const Place&) = default;
  };
  struct Entry {
    Place place;
    int type = 0;
    std::string family;  // inner id
    // Empty when the row is not what was stored: something of the family changed.
    internal::v1::EventEnvelope envelope;
  };
  struct Page {
    std::vector<Entry> entries;  // of the types asked for, in order
    Place place;                 // behind everything that was looked at
    bool more = false;           // there was more to look at
  };

  ChangeFeed(std::string service, const Outbox& outbox, const crypto::SuiteSecret& suite)
      : service_(std::move(service)), outbox_(outbox), suite_(suite) {}

  std::string Cursor(std::string_view agency, const Place& place) const;
  // INVALID_ARGUMENT, CURSOR_INVALID: not a cursor of this service for this agency.
  absl::StatusOr<Place> Read(std::string_view agency, std::string_view cursor) const;

  // Behind the newest event.
  static absl::StatusOr<Place> Newest(db::Tx& tx, std::string_view agency);
  // At most `limit` entries of `types` behind `place`; nullopt: from this history's oldest.
  // OUT_OF_RANGE, CHANGES_EXPIRED: what comes next is no longer kept, or the place is of another
  // history.
  absl::StatusOr<Page> After(db::Tx& tx, std::string_view agency, std::optional<Place> place,
                             std::span<const int> types, int limit) const;

 private:
  std::string Identity(std::string_view agency) const;

  const std::string service_;
  const Outbox& outbox_;
  const crypto::SuiteSecret& suite_;
};

}  // namespace rapport::records
