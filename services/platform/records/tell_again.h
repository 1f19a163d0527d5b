// TellAgain: puts a destination of the outbox back, so that it is told once more what it lost. The
// operator's, after the destination was restored from a backup.
#pragma once

#include "platform/db/db.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace rapport::records {

// Everything kept since `since_us` (machine time) is delivered to `destination` again, parked
// families' events included, each family's in order; what the destination still has it drops. When
// the first of these events was appended; nullopt: there is none, or nothing was ever delivered
// there. A relay may work on the queue meanwhile.
absl::StatusOr<std::optional<std::int64_t>> TellAgain(db::Tx& tx, std::string_view agency,
                                                      std::string_view destination,
                                                      std::int64_t since_us);

}  // namespace rapport::records
