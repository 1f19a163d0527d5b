// Key files: the mounted secrets. One key a line, 64 hex digits. Read by services at start and by
// rapport-admin. Never says what is in one.
#pragma once

#include "platform/crypto/secret.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <span>
#include <string>
#include <vector>

namespace rapport::crypto {

// A key encryption key and its predecessors while they are being retired; more is a mistake.
inline constexpr std::size_t kMostKeysInFile = 8;

// The keys of `path`, in order, between 1 and `most`. FAILED_PRECONDITION, with the path and what
// to do, when the file is missing, readable or writable by everybody, or holds anything else.
// (Readable by the group is accepted: that is how secrets are mounted in a cluster.)
absl::StatusOr<std::vector<Secret>> ReadKeyFile(const std::string& path, std::size_t most);

// Replaces `path` at once, mode 0600.
absl::Status WriteKeyFile(const std::string& path, std::span<const Secret> keys);

// 32 fresh random bytes.
Secret NewSecret();

}  // namespace rapport::crypto
