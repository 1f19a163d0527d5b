// Checkpoint files read as a whole, and moved as a whole.
#include "platform/audit/checkpoint_file.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/mapped_file.h"

#include <absl/time/time.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace rapport::audit {
namespace {

namespace fs = std::filesystem;

// Numbers of the segments that have one, in order.
std::vector<int> Closed(const std::string& path) {
  std::vector<int> numbers;
  const fs::path parent = fs::path(path).parent_path();
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent.empty() ? "." : parent, error)) {
    const std::string name = entry.path().filename();
    const std::string stem = Concat({fs::path(path).filename().string(), "."});
    if (!name.starts_with(stem) || name.size() < stem.size() + 6) continue;
    const std::string digits = name.substr(stem.size());
    if (digits.find_first_not_of("0123456789") != digits.npos || digits.size() > 9) continue;
    numbers.push_back(std::stoi(digits));
  }
  std::ranges::sort(numbers);
  return numbers;
}

class Walk {
 public:
  Walk(std::string_view service, std::string_view public_key,
       const std::function<absl::Status(const Checkpoint&)>& visit)
      : service_(service), public_key_(public_key), visit_(visit) {}

  // Whole lines only: a crash may leave half a one at the end of the newest.
  absl::Status Read(const std::string& path, int segment, const crypto::MappedFile& file) {
    std::string_view rest = file.bytes();
    bool first = segment > 1;
    for (std::size_t end; (end = rest.find('\n')) != rest.npos; rest.remove_prefix(end + 1)) {
      const std::string_view line = rest.substr(0, end);
      RETURN_IF_ERROR(first ? CheckLink(path, segment, line) : CheckLine(path, line));
      first = false;
    }
    if (first) return absl::DataLossError(Concat({path, ": its link is missing"}));
    digest_ = crypto::Sha256({file.bytes()});
    return absl::OkStatus();
  }

 private:
  absl::Status CheckLink(const std::string& path, int segment, std::string_view line) const {
    const auto link = LinkFromLine(line);
    if (!link.ok() || !IsSigned(*link, public_key_) || link->service != service_) {
      return absl::DataLossError(Concat({path, ": its link is not of this suite"}));
    }
    if (link->segment != segment)
      return absl::DataLossError(Concat({path, ": is another segment"}));
    if (link->before != digest_) {
      return absl::DataLossError(Concat({path, ": the segment before it was changed"}));
    }
    return absl::OkStatus();
  }

  absl::Status CheckLine(const std::string& path, std::string_view line) {
    const auto checkpoint = FromLine(line);
    if (!checkpoint.ok() || !IsSigned(*checkpoint, public_key_) ||
        checkpoint->service != service_) {
      return absl::DataLossError(Concat({path, ": a line is not a checkpoint of this suite"}));
    }
    std::string& last = last_[checkpoint->agency];
    if (checkpoint->previous != last) {
      return absl::DataLossError(
          Concat({path, ": a line before sequence ", std::to_string(checkpoint->sequence),
                  " of agency ", checkpoint->agency, " is missing"}));
    }
    last = DigestOf(*checkpoint);
    return visit_(*checkpoint);
  }

  const std::string_view service_, public_key_;
  const std::function<absl::Status(const Checkpoint&)>& visit_;
  std::map<std::string, std::string> last_;  // digest of each agency's last checkpoint
  std::string digest_;                       // of the segment before
};

std::string MovingOf(const std::string& path) { return path + ".moving"; }

// All segments, the newest last.
std::vector<std::string> NamesOf(const std::string& path) {
  std::vector<std::string> names;
  for (const int segment : Closed(path)) names.push_back(SegmentPath(path, segment));
  std::error_code error;
  if (fs::exists(path, error)) names.push_back(path);
  return names;
}

// Through one folder, which has its last name when all are in it.
absl::StatusOr<std::string> MoveAll(const std::string& path, const std::vector<std::string>& names,
                                    std::int64_t now_us) {
  const std::string moving = MovingOf(path);
  std::error_code error;
  fs::create_directory(moving, error);
  for (const std::string& name : names) {
    if (error) break;
    fs::rename(name, fs::path(moving) / fs::path(name).filename(), error);
  }
  std::string aside = Concat(
      {path, ".aside-",
       absl::FormatTime("%Y%m%dT%H%M%E6SZ", absl::FromUnixMicros(now_us), absl::UTCTimeZone())});
  if (!error) fs::rename(moving, aside, error);
  if (error) return absl::UnavailableError(Concat({path, ": can't be moved: ", error.message()}));
  return aside;
}

// 1 without a link.
int NumberOf(const crypto::MappedFile& file) {
  const auto link = LinkFromLine(file.bytes().substr(0, file.bytes().find('\n')));
  return link.ok() ? link->segment : 1;
}

// The newest segment as it was at some moment, and those closed before it.
struct Segments {
  int number = 0;
  std::vector<int> closed;
  crypto::MappedFile newest;
};

absl::StatusOr<Segments> Find(const std::string& path) {
  for (;;) {
    ASSIGN_OR_RETURN(crypto::MappedFile newest, crypto::MappedFile::Open(path));
    const int number = NumberOf(newest);
    std::vector<int> closed = Closed(path);
    // One with the newest's own number is its second name or its copy, if a crash left that.
    bool older = !closed.empty() && closed.back() > number;
    std::error_code error;
    if (!closed.empty() && closed.back() == number &&
        !fs::equivalent(SegmentPath(path, number), path, error)) {
      ASSIGN_OR_RETURN(const bool same, HaveSameBytes(SegmentPath(path, number), path));
      older = !same;
    }
    // A service that runs may have closed it meanwhile.
    ASSIGN_OR_RETURN(const crypto::MappedFile now, crypto::MappedFile::Open(path));
    if (NumberOf(now) != number) continue;
    if (older) {
      return absl::DataLossError(
          Concat({path, ": is older than ", SegmentPath(path, closed.back())}));
    }
    return Segments{number, std::move(closed), std::move(newest)};
  }
}

}  // namespace

absl::Status WalkCheckpoints(const std::string& path, std::string_view service,
                             std::string_view public_key,
                             const std::function<absl::Status(const Checkpoint&)>& visit) {
  ASSIGN_OR_RETURN(const Segments segments, Find(path));
  Walk walk(service, public_key, visit);
  for (int segment = 1; segment < segments.number; ++segment) {
    const std::string name = SegmentPath(path, segment);
    if (!std::ranges::binary_search(segments.closed, segment)) {
      return absl::DataLossError(Concat({name, ": is missing"}));
    }
    ASSIGN_OR_RETURN(const crypto::MappedFile file, crypto::MappedFile::Open(name));
    RETURN_IF_ERROR(walk.Read(name, segment, file));
  }
  return walk.Read(path, segments.number, segments.newest);
}

absl::StatusOr<std::string> FinishSetAside(const std::string& path, std::int64_t now_us) {
  std::error_code error;
  if (!fs::exists(MovingOf(path), error)) return "";
  // The newest goes last: where it is there already, what lies at `path` was begun since.
  const bool all = fs::exists(fs::path(MovingOf(path)) / fs::path(path).filename(), error);
  return MoveAll(path, all ? std::vector<std::string>() : NamesOf(path), now_us);
}

absl::StatusOr<std::string> SetAside(const std::string& path, std::int64_t now_us) {
  ASSIGN_OR_RETURN(std::string finished, FinishSetAside(path, now_us));
  const std::vector<std::string> names = NamesOf(path);
  if (names.empty()) return finished;
  return MoveAll(path, names, finished.empty() ? now_us : now_us + 1);
}

}  // namespace rapport::audit
