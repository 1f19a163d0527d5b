// MappedFile: a file's bytes as they are on disk, however long it is: pages come when they are
// read, and the system takes them back when it needs the room. For files that are appended to or
// replaced while it is open, never cut. Thread-safe.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <utility>

namespace rapport::crypto {

class MappedFile {
 public:
  // FAILED_PRECONDITION, with the path and the system's reason: it can't be read.
  static absl::StatusOr<MappedFile> Open(const std::string& path);
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  // As long as it was when it was opened.
  std::string_view bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}

  std::string_view bytes_;
};

}  // namespace rapport::crypto
