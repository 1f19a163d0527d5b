// Checkpoint: a signed statement that the audit chain of an agency had this MAC at this sequence.
// Kept outside the database, it makes a chain that was cut or written anew detectable: nothing
// inside the database can. Each names the one before it. Pure.
#pragma once

#include "platform/crypto/signing_key.h"
#include "platform/db/db.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::audit {

struct Checkpoint {
  std::string service, agency;
  std::int64_t sequence = 0;
  std::string mac;         // of the row at `sequence`, 32 bytes
  std::int64_t at_us = 0;  // machine time
  std::string previous;    // DigestOf the one before; empty for the first
  std::string signature;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

void Sign(const crypto::SigningKey& key, Checkpoint& checkpoint);
bool IsSigned(const Checkpoint& checkpoint, std::string_view public_key);
std::string DigestOf(const Checkpoint& checkpoint);

// One line of a checkpoint file: JSON, without the line's end.
std::string ToLine(const Checkpoint& checkpoint);
// INVALID_ARGUMENT: not such a line. Does not check the signature.
absl::StatusOr<Checkpoint> FromLine(std::string_view line);

// Checkpoints of `agency` behind `after` and up to `until`, oldest first, at most 1,000: for
// whoever keeps them elsewhere.
absl::StatusOr<std::vector<Checkpoint>> ReadCheckpoints(db::Tx& tx, std::string_view service,
                                                        std::string_view agency, std::int64_t after,
                                                        std::int64_t until = INT64_MAX);

}  // namespace rapport::audit
