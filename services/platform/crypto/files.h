// Small files of configuration and keys, whole. Used by readers of key files, JWKS and agencies,
// and by rapport-admin. Thread-safe.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace rapport::crypto {

// Which content of a path this is, without reading it: any of these changes when it is replaced.
struct FileStamp {
  std::int64_t modified_ns = 0, size = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

struct FileText {
  std::string text;
  mode_t mode = 0;
  FileStamp stamp;
};

// FAILED_PRECONDITION, with the path and the system's reason, when it can't be read, is no regular
// file or is longer than `most_bytes`.
absl::StatusOr<FileText> ReadFile(const std::string& path, std::size_t most_bytes);
absl::StatusOr<FileStamp> StampOf(const std::string& path);

// Replaces `path` in one step: a reader sees the old content or the new one. Durable when it
// returns.
absl::Status ReplaceFile(const std::string& path, std::string_view text, mode_t mode);

}  // namespace rapport::crypto
