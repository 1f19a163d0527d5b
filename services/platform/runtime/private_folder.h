// PrivateFolder: a folder of this process alone, gone with it. For validated copies of keys.
//
// Lies in memory (/dev/shm) where the system has that, else in the folder for temporary files. What
// killed processes left behind is removed when the next one starts. Thread-safe.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

namespace rapport::runtime {

class PrivateFolder {
 public:
  // Under `parent`; empty: /dev/shm or the system's. FAILED_PRECONDITION: it can't be made.
  static absl::StatusOr<std::unique_ptr<PrivateFolder>> Make(const std::string& parent);
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  PrivateFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  const std::string path_;
  const int lock_;  // held as long as the process lives: who can take it finds an orphan
};

}  // namespace rapport::runtime
