// Which records a family has and how new each is, without opening them, and how far the log of
// events has come. For those who keep a family's records in memory and want to read only what
// changed since. Called inside Db::Read and Db::Write.
#pragma once

#include "platform/db/db.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::records {

struct RecordVersion {
  int kind = 0;
  std::string id;  // inner id
  std::int64_t version = 0;
};

// Of the kinds in [first_kind, last_kind], which must not be of a class that is kept apart; ordered
// by (kind, id).
absl::StatusOr<std::vector<RecordVersion>> VersionsOfFamily(db::Tx& tx, std::string_view agency,
                                                            std::string_view family, int first_kind,
                                                            int last_kind);

// The sequence of the agency's last event: all up to it, and what they tell of, is in this
// transaction's view. 0: there is none.
absl::StatusOr<std::int64_t> LastEvent(db::Tx& tx, std::string_view agency);

}  // namespace rapport::records
