// ErasedRows: the SQL of an erasure over the tables that every service has. Eraser's only.
#pragma once

#include "platform/db/db.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::records {

// What of a family only a walk over the agency's rows finds: read before the deletion, outside the
// write transaction.
struct ScatteredRows {
  std::vector<std::string> claims;                           // HMACs
  std::vector<std::pair<std::string, std::string>> answers;  // caller's HMAC, request id
  std::vector<std::int64_t> events;  // sequences, the erasure's own left out
  bool empty() const { return claims.empty() && answers.empty() && events.empty(); }
};

absl::StatusOr<ScatteredRows> FindScattered(db::Tx& tx, std::string_view agency,
                                            std::string_view family);
// Whether the family has records or history.
absl::StatusOr<bool> HasRecords(db::Tx& tx, std::string_view agency, std::string_view family);
// Those of `families`, all of one agency, of which anything is there: one walk over what is
// scattered however many they are, and a look at the records of each.
absl::StatusOr<std::set<std::string, std::less<>>> FamiliesLeft(
    db::Tx& tx, std::string_view agency, const std::vector<std::string>& families);
// Deletes all of it, moves the family's revision on, and lets parked queues of it run: what is left
// in them is the erasure. Whether there was any of it.
absl::StatusOr<bool> DeleteFamily(db::Tx& tx, std::string_view agency, std::string_view family,
                                  const ScatteredRows& scattered);

}  // namespace rapport::records
