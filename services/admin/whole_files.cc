#include "admin/whole_files.h"

#include "platform/base/strings.h"
#include "platform/crypto/digest.h"

#include <absl/cleanup/cleanup.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rapport::admin {

absl::Status Refuse(std::string_view where, std::string_view why) {
  return absl::FailedPreconditionError(Absl(Concat({where, ": ", why})));
}

absl::StatusOr<std::string> Sha256OfFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts{};
  if (file < 0 || ::fstat(file, &facts) != 0) return Refuse(path, "can't be read");
  const auto closed = absl::MakeCleanup([file] { ::close(file); });
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size == 0) return Hex(crypto::Sha256({}));
  void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (bytes == MAP_FAILED) return Refuse(path, "can't be read");
  std::string digest = Hex(crypto::Sha256({{static_cast<const char*>(bytes), size}}));
  ::munmap(bytes, size);
  return digest;
}

absl::Status SyncPath(const std::string& path) {
  const int opened = ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = opened >= 0 && ::fsync(opened) == 0;
  if (opened >= 0) ::close(opened);
  return synced ? absl::OkStatus() : absl::UnavailableError(Concat({path, ": fsync"}));
}

}  // namespace rapport::admin
