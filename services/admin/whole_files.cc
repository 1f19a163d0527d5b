#include "admin/whole_files.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/mapped_file.h"

#include <fcntl.h>
#include <unistd.h>

namespace rapport::admin {

absl::Status Refuse(std::string_view where, std::string_view why) {
  return absl::FailedPreconditionError(Absl(Concat({where, ": ", why})));
}

absl::StatusOr<std::string> Sha256OfFile(const std::string& path) {
  ASSIGN_OR_RETURN(const crypto::MappedFile file, crypto::MappedFile::Open(path));
  return Hex(crypto::Sha256({file.bytes()}));
}

absl::Status SyncPath(const std::string& path) {
  const int opened = ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = opened >= 0 && ::fsync(opened) == 0;
  if (opened >= 0) ::close(opened);
  return synced ? absl::OkStatus() : absl::UnavailableError(Concat({path, ": fsync"}));
}

}  // namespace rapport::admin
