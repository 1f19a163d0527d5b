// SegmentLink: the first line of every segment of a checkpoint file but the first. Signed, it names
// the segment before by its digest, and where each agency's checkpoints had come to. So what is
// appended next needs no earlier segment, and none of them can go or change unseen. Pure.
#pragma once

#include "platform/crypto/signing_key.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace rapport::audit {

// An agency's last checkpoint: what the next one must name.
struct LastCheckpoint {
  std::int64_t sequence = 0;
  std::string digest;  // DigestOf it
  friend bool operator==(const LastCheckpoint&, const LastCheckpoint&) = default;
};

struct SegmentLink {
  std::string service;
  int segment = 0;                             // this one's number, from 2
  std::string before;                          // SHA-256 of all bytes of the segment before
  std::map<std::string, LastCheckpoint> last;  // by agency
  std::string signature;
  friend bool operator==(const SegmentLink&, const SegmentLink&) = default;
};

void Sign(const crypto::SigningKey& key, SegmentLink& link);
bool IsSigned(const SegmentLink& link, std::string_view public_key);

// JSON, without the line's end.
std::string ToLine(const SegmentLink& link);
// INVALID_ARGUMENT: not such a line. Does not check the signature.
absl::StatusOr<SegmentLink> LinkFromLine(std::string_view line);

}  // namespace rapport::audit
