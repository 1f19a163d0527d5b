// CheckpointFile: a service's signed checkpoints outside its database, in segments:
//
//   PATH                     the newest: appended to, 1 MiB or little more
//   PATH.000001 .000002 ...  those before it: full, and never changed again
//
// A segment begins with a signed link to the one before (segment_link.h; the first has none). To
// open the file costs its newest segment and a number an agency, however old it is; to check it
// reads one segment after the other. Not thread-safe.
#pragma once

#include "platform/audit/checkpoint.h"
#include "platform/audit/segment_link.h"
#include "platform/crypto/signing_key.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::audit {

class CheckpointFile {
 public:
  struct Options {
    std::string service;
    std::string path;  // made when absent
    std::size_t segment_bytes = 1u << 20;
  };
  // FAILED_PRECONDITION: the newest segment can't be used, its link or the last line of an agency
  // is not of `key`, or it is not the newest.
  // `key` must outlive it.
  static absl::StatusOr<std::unique_ptr<CheckpointFile>> Open(Options options,
                                                              const crypto::SigningKey& key);
  ~CheckpointFile();

  // Sequence of the agency's last checkpoint; 0: none.
  std::int64_t LastOf(const std::string& agency) const;
  const std::map<std::string, LastCheckpoint>& last() const { return last_; }  // by agency
  // Durable when it returns OK. What the file has already is left out. DATA_LOSS: one does not name
  // the last one of its agency here, so the database is not the one that these are of; nothing was
  // appended. Otherwise it is called again with what LastOf says then: the disk is read anew where
  // it may not be what this remembers.
  absl::Status Append(const std::vector<Checkpoint>& checkpoints);

 private:
  CheckpointFile(Options options, const crypto::SigningKey& key)
      : options_(std::move(options)), key_(key) {}
  absl::Status ReadAnew();
  absl::Status ReadNewest();
  absl::Status OpenToAppend();
  absl::Status CloseSegment();
  absl::Status Follows(const std::vector<Checkpoint>& checkpoints) const;
  absl::Status Error(std::string_view what) const;

  const Options options_;
  const crypto::SigningKey& key_;
  int file_ = -1;
  int segment_ = 1;
  std::size_t bytes_ = 0;
  std::map<std::string, LastCheckpoint> last_;
  bool unsure_ = false;  // whether the disk is what this remembers
};

// PATH.000007
std::string SegmentPath(const std::string& path, int segment);

// Whether both have the same bytes: two names of one file, or a copy where a volume has no links.
absl::StatusOr<bool> HaveSameBytes(const std::string& one, const std::string& other);

// Gives every checkpoint of all segments to `visit`, oldest first, in the memory of one segment.
// DATA_LOSS: a segment or a line is missing, changed, in another's place or not of `public_key`;
// says which. An error of `visit` ends it.
absl::Status WalkCheckpoints(const std::string& path, std::string_view service,
                             std::string_view public_key,
                             const std::function<absl::Status(const Checkpoint&)>& visit);

// Moves all segments into a folder of their own beside them, PATH.aside-TIME, where they can be
// walked as before; the folder. Empty: there were none. What a killed call began, the next ends;
// a file that was begun after that gets a folder of its own.
absl::StatusOr<std::string> SetAside(const std::string& path, std::int64_t now_us);
// Only ends what a killed call began, if one did. Empty: none.
absl::StatusOr<std::string> FinishSetAside(const std::string& path, std::int64_t now_us);

}  // namespace rapport::audit
