#include "platform/crypto/mapped_file.h"

#include "platform/base/strings.h"

#include <absl/cleanup/cleanup.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace rapport::crypto {

absl::StatusOr<MappedFile> MappedFile::Open(const std::string& path) {
  const auto failed = [&path] {
    const std::string reason = std::generic_category().message(errno);
    return absl::FailedPreconditionError(Concat({path, ": can't be read: ", reason}));
  };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts{};
  if (file < 0) return failed();
  const auto closed = absl::MakeCleanup([file] { ::close(file); });
  if (::fstat(file, &facts) != 0) return failed();
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size == 0) return MappedFile({});
  void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (bytes == MAP_FAILED) return failed();
  return MappedFile({static_cast<const char*>(bytes), size});
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace rapport::crypto
