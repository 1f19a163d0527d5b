#include "platform/crypto/files.h"

#include "platform/base/strings.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace rapport::crypto {
namespace {

absl::Status Failed(const std::string& path, std::string_view doing) {
  const std::string reason = std::generic_category().message(errno);
  return absl::FailedPreconditionError(Concat({path, ": can't ", doing, ": ", reason}));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  const int fd_;
};

FileStamp StampOf(const struct stat& facts) {
  return {.modified_ns = facts.st_mtim.tv_sec * std::int64_t{1'000'000'000} + facts.st_mtim.tv_nsec,
          .size = facts.st_size,
          .inode = facts.st_ino};
}

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0;
}

}  // namespace

absl::StatusOr<FileText> ReadFile(const std::string& path, std::size_t most_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat facts{};
  if (!file.ok() || ::fstat(file.get(), &facts) != 0) return Failed(path, "open it");
  if (!S_ISREG(facts.st_mode)) return absl::FailedPreconditionError(Concat({path, ": is no file"}));
  FileText read{.text = {}, .mode = facts.st_mode, .stamp = StampOf(facts)};
  // As long as the file says, and one more to see whether that is all; it may grow meanwhile.
  std::size_t size = 0;
  const std::size_t room = std::min(static_cast<std::size_t>(facts.st_size), most_bytes) + 1;
  for (;;) {
    if (size == read.text.size()) read.text.resize(std::max(room, 2 * size));
    const ssize_t got = ::read(file.get(), read.text.data() + size, read.text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed(path, "read it");
    size += static_cast<std::size_t>(got);
    if (got == 0 || size > most_bytes) break;
  }
  if (size > most_bytes) {
    return absl::FailedPreconditionError(
        Concat({path, ": is longer than ", std::to_string(most_bytes), " bytes"}));
  }
  read.text.resize(size);
  return read;
}

absl::StatusOr<FileStamp> StampOf(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return Failed(path, "find it");
  return StampOf(facts);
}

absl::Status ReplaceFile(const std::string& path, std::string_view text, mode_t mode) {
  std::string next = path + ".XXXXXX";
  const Descriptor file(::mkostemp(next.data(), O_CLOEXEC));
  if (!file.ok()) return Failed(path, "create it");
  if (::fchmod(file.get(), mode) != 0 || !WriteAll(file.get(), text) ||
      ::rename(next.c_str(), path.c_str()) != 0) {
    absl::Status failed = Failed(path, "write it");
    ::unlink(next.c_str());
    return failed;
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const Descriptor parent(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY));
  if (!parent.ok() || ::fsync(parent.get()) != 0) return Failed(path, "sync its folder");
  return absl::OkStatus();
}

}  // namespace rapport::crypto
