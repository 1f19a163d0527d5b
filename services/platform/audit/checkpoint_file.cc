#include "platform/audit/checkpoint_file.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/files.h"
#include "platform/crypto/mapped_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

namespace rapport::audit {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kMode = 0640;

}  // namespace

std::string SegmentPath(const std::string& path, int segment) {
  char number[16];
  std::snprintf(number, sizeof number, ".%06d", segment);
  return path + number;
}

absl::StatusOr<bool> HaveSameBytes(const std::string& one, const std::string& other) {
  ASSIGN_OR_RETURN(const crypto::MappedFile first, crypto::MappedFile::Open(one));
  ASSIGN_OR_RETURN(const crypto::MappedFile second, crypto::MappedFile::Open(other));
  return first.bytes() == second.bytes();
}

CheckpointFile::~CheckpointFile() {
  if (file_ >= 0) close(file_);
}

absl::Status CheckpointFile::Error(std::string_view what) const {
  return absl::FailedPreconditionError(Concat({options_.path, ": ", what}));
}

absl::StatusOr<std::unique_ptr<CheckpointFile>> CheckpointFile::Open(
    Options options, const crypto::SigningKey& key) {
  std::unique_ptr<CheckpointFile> self(new CheckpointFile(std::move(options), key));
  RETURN_IF_ERROR(self->ReadAnew());
  return self;
}

absl::Status CheckpointFile::ReadAnew() {
  RETURN_IF_ERROR(OpenToAppend());
  RETURN_IF_ERROR(ReadNewest());
  unsure_ = false;
  return absl::OkStatus();
}

absl::Status CheckpointFile::OpenToAppend() {
  if (file_ >= 0) close(file_);
  file_ = open(options_.path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, kMode);
  return file_ < 0 ? Error(std::strerror(errno)) : absl::OkStatus();
}

absl::Status CheckpointFile::ReadNewest() {
  segment_ = 1;
  last_.clear();
  std::map<std::string, Checkpoint> newest;  // of each agency: the one whose signature is checked
  std::size_t whole = 0;
  std::size_t size = 0;
  {
    ASSIGN_OR_RETURN(const crypto::MappedFile file, crypto::MappedFile::Open(options_.path));
    size = file.bytes().size();
    std::string_view rest = file.bytes();
    for (std::size_t end; (end = rest.find('\n')) != rest.npos; rest.remove_prefix(end + 1)) {
      const std::string_view line = rest.substr(0, end);
      if (const auto link = LinkFromLine(line); whole == 0 && link.ok()) {
        if (!IsSigned(*link, key_.public_key())) return Error("its link is not of this service");
        segment_ = link->segment;
        last_ = link->last;
      } else {
        auto checkpoint = FromLine(line);
        if (!checkpoint.ok()) return Error("a line is not a checkpoint of this service");
        const std::string agency = checkpoint->agency;
        newest[agency] = *std::move(checkpoint);
      }
      whole += end + 1;
    }
  }
  for (const auto& [agency, checkpoint] : newest) {
    if (!IsSigned(checkpoint, key_.public_key())) {
      return Error("a line is not a checkpoint of this service");
    }
    last_[agency] = {checkpoint.sequence, DigestOf(checkpoint)};
  }
  // A crash may leave half a line; its checkpoint is in the database and is appended again.
  if (whole < size && ftruncate(file_, static_cast<off_t>(whole)) != 0) {
    return Error(std::strerror(errno));
  }
  bytes_ = whole;
  // This one under its number: a crash kept it from being closed.
  const std::string closed = SegmentPath(options_.path, segment_);
  std::error_code error;
  if (!fs::exists(closed, error)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool same, HaveSameBytes(closed, options_.path));
  if (!same || fs::exists(SegmentPath(options_.path, segment_ + 1), error)) {
    return Error("an older one lies in its place");
  }
  return unlink(closed.c_str()) == 0 ? absl::OkStatus() : Error(std::strerror(errno));
}

std::int64_t CheckpointFile::LastOf(const std::string& agency) const {
  const auto found = last_.find(agency);
  return found == last_.end() ? 0 : found->second.sequence;
}

absl::Status CheckpointFile::Follows(const std::vector<Checkpoint>& checkpoints) const {
  std::map<std::string_view, std::string> digests;  // of those before in `checkpoints`
  for (const Checkpoint& one : checkpoints) {
    const auto known = last_.find(one.agency);
    const auto [last, first] = digests.try_emplace(
        one.agency, known == last_.end() ? std::string() : known->second.digest);
    if (one.previous != last->second) {
      const std::string what =
          " is not of the chain that this file knows: the database was put back and went on, or was"
          " written anew. Look; then the file and its segments can be put aside, and the next "
          "begins"
          " anew";
      return absl::DataLossError(
          Concat({options_.path, ": the checkpoint at sequence ", std::to_string(one.sequence),
                  " of agency ", one.agency, what}));
    }
    last->second = DigestOf(one);
  }
  return absl::OkStatus();
}

absl::Status CheckpointFile::Append(const std::vector<Checkpoint>& checkpoints) {
  if (unsure_) RETURN_IF_ERROR(ReadAnew());
  std::vector<Checkpoint> added;
  for (const Checkpoint& one : checkpoints) {
    if (one.sequence > LastOf(one.agency)) added.push_back(one);
  }
  RETURN_IF_ERROR(Follows(added));
  if (bytes_ >= options_.segment_bytes) RETURN_IF_ERROR(CloseSegment());
  std::string lines;
  for (const Checkpoint& one : added) lines += ToLine(one) + "\n";
  const ssize_t written = write(file_, lines.data(), lines.size());
  if (written != static_cast<ssize_t>(lines.size()) || fdatasync(file_) != 0) {
    // Half a line would spoil the next one; these come again with the next turn.
    unsure_ = ftruncate(file_, static_cast<off_t>(bytes_)) != 0;
    return Error("can't be appended to");
  }
  bytes_ += lines.size();
  for (const Checkpoint& one : added) last_[one.agency] = {one.sequence, DigestOf(one)};
  return absl::OkStatus();
}

// The segment gets its number as a second name, or a copy, then the next one takes the first in one
// step: at no moment is there no newest.
absl::Status CheckpointFile::CloseSegment() {
  unsure_ = true;
  const std::string closed = SegmentPath(options_.path, segment_);
  SegmentLink next{.service = options_.service, .segment = segment_ + 1, .last = last_};
  {
    ASSIGN_OR_RETURN(const crypto::MappedFile file, crypto::MappedFile::Open(options_.path));
    next.before = crypto::Sha256({file.bytes()});
    if (link(options_.path.c_str(), closed.c_str()) != 0) {
      if (errno == EEXIST) return Error(Concat({closed, ": is there already"}));
      RETURN_IF_ERROR(crypto::ReplaceFile(closed, file.bytes(), kMode));
    }
  }
  Sign(key_, next);
  const std::string line = ToLine(next) + "\n";
  RETURN_IF_ERROR(crypto::ReplaceFile(options_.path, line, kMode));
  RETURN_IF_ERROR(OpenToAppend());
  segment_ = next.segment;
  bytes_ = line.size();
  unsure_ = false;
  return absl::OkStatus();
}

}  // namespace rapport::audit
