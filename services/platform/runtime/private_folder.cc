#include "platform/runtime/private_folder.h"

#include "platform/base/strings.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace rapport::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "rapport-private.";
constexpr std::string_view kLock = "/lock";

// The descriptor of the held lock; negative: somebody else has it, or there is none.
int TakeLock(const std::string& folder, int flags) {
  const int fd =
      ::open(Concat({folder, kLock}).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
  if (fd < 0 || ::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  ::close(fd);
  return -1;
}

// Removes folders of processes of the same user that no longer live.
void RemoveOrphans(const fs::path& parent) {
  std::error_code error;
  for (fs::directory_iterator at(parent, error), end; !error && at != end; at.increment(error)) {
    const std::string path = at->path().string();
    struct stat facts{};
    if (!at->path().filename().string().starts_with(kPrefix) ||
        ::lstat(path.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode) ||
        facts.st_uid != ::geteuid()) {
      continue;
    }
    const int lock = TakeLock(path, 0);
    if (lock < 0) continue;
    std::error_code ignored;  // Another process that starts may remove it at the same time.
    fs::remove_all(path, ignored);
    ::close(lock);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<PrivateFolder>> PrivateFolder::Make(const std::string& parent) {
  std::error_code error;
  fs::path where = parent;
  if (parent.empty()) {
    where = ::access("/dev/shm", W_OK | X_OK) == 0 ? fs::path("/dev/shm")
                                                   : fs::temp_directory_path(error);
  }
  RemoveOrphans(where);
  std::string path = (where / Concat({kPrefix, "XXXXXX"})).string();
  const int lock = ::mkdtemp(path.data()) == nullptr ? -1 : TakeLock(path, O_CREAT);
  if (lock < 0) {
    const std::string reason = std::generic_category().message(errno);
    return absl::FailedPreconditionError(
        Absl(Concat({where.string(), ": can't make a private folder: ", reason})));
  }
  return std::unique_ptr<PrivateFolder>(new PrivateFolder(std::move(path), lock));
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  ::close(lock_);
}

}  // namespace rapport::runtime
