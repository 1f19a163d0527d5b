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
constexpr int kAttempts = 100;

// The descriptor of the held lock; negative: somebody else has it, there is none, or who removes
// orphans was faster between our opening and locking it, and what we hold is in no folder any more.
int TakeLock(const std::string& folder, int flags) {
  const int fd =
      ::open(Concat({folder, kLock}).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
  if (fd < 0) return fd;
  struct stat facts{};
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::fstat(fd, &facts) == 0 && facts.st_nlink == 1) {
    return fd;
  }
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
    if (lock < 0) {
      ::rmdir(path.c_str());  // Only an empty one goes: its process ended before it had a lock.
      continue;
    }
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
  int reason = 0;
  // Others that start at the same moment may take a folder without a held lock for an orphan.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string path = (where / Concat({kPrefix, "XXXXXX"})).string();
    const bool made = ::mkdtemp(path.data()) != nullptr;
    const int lock = made ? TakeLock(path, O_CREAT) : -1;
    if (lock >= 0) return std::unique_ptr<PrivateFolder>(new PrivateFolder(std::move(path), lock));
    reason = errno;
    if (!made) break;
  }
  return absl::FailedPreconditionError(
      Absl(Concat({where.string(),
                   ": can't make a private folder: ", std::generic_category().message(reason)})));
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  ::close(lock_);
}

}  // namespace rapport::runtime
