// Revocations: tokens that no longer count though they have not expired, from a file that is read
// again when it changes:
//   revoked:
//     - agency: harbour
//       subject: anna                            # without it: all of the agency's issuer
//       issued_before: "2026-11-27T09:30:00Z"
// Used by the hook of TokenVerifier, which asks behind its cache. A file that is not there when a
// service starts revokes nothing; later, one that is missing or broken changes nothing, however
// long: what was read last stays revoked. Thread-safe.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/clock.h"
#include "platform/crypto/agencies.h"
#include "platform/crypto/files.h"

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace rapport::crypto {

class Revocations {
 public:
  // A reload is tried this often: looking costs a system call.
  static constexpr std::int64_t kLookSeconds = 5;

  // Subject ("" for all) of an agency to the second before which its tokens count no longer.
  using List = absl::flat_hash_map<std::pair<std::string, std::string>, std::int64_t>;
  // INVALID_ARGUMENT, with file, line and what was expected. Given twice, the later time counts.
  static absl::StatusOr<List> Parse(const std::string& text, const std::string& path,
                                    const Agencies& agencies);

  struct Hooks {  // thread-safe, must not call back; absent ones are left out
    std::function<void(std::size_t entries)> on_read;
    // Why the file can't be used, once while the reason stays the same.
    std::function<void(const absl::Status& problem)> on_problem;
  };
  // An error of Parse, or FAILED_PRECONDITION: the file is there and can't be used.
  static absl::StatusOr<std::unique_ptr<Revocations>> Open(std::string path,
                                                           std::shared_ptr<const Agencies> agencies,
                                                           const Clock& machine_clock, Hooks hooks);

  // The second before which tokens of this principal count no longer; 0: none.
  std::int64_t Before(const Principal& principal);

 private:
  Revocations(std::string path, std::shared_ptr<const Agencies> agencies,
              const Clock& machine_clock, Hooks hooks);
  void Look();
  absl::Status Read();  // holds mutex_

  const std::string path_;
  const std::shared_ptr<const Agencies> agencies_;
  const Clock& machine_clock_;
  const Hooks hooks_;
  std::atomic<std::int64_t> next_look_;
  std::atomic<bool> any_{false};  // most of the time there are none
  std::mutex mutex_;
  bool was_there_ = false;  // one that never was is none that is missing
  FileStamp seen_;          // of the content that `state_` is about
  absl::Status state_;      // what is wrong with it
  List list_;
};

}  // namespace rapport::crypto
