// FailStop: the way from healthy to "this process must end"; there is none back.
//
// After an I/O error at a commit or a checkpoint nobody knows what the disk holds: pages that
// failed to reach it are marked clean. Only a restart, which reads the file anew, finds the truth.
// Thread-safe.
#pragma once

#include <absl/status/status.h>

#include <atomic>
#include <functional>
#include <utility>

namespace rapport::db {

class FailStop {
 public:
  // `end` is called once, with the reason, and should not return; where it does, the database
  // refuses everything.
  explicit FailStop(std::function<void(const absl::Status&)> end) : end_(std::move(end)) {}

  bool healthy() const { return healthy_.load(std::memory_order_acquire); }
  // From now on nothing is read or written.
  void Refuse() { healthy_.store(false, std::memory_order_release); }
  void End(const absl::Status& why) {
    Refuse();
    if (!ended_.exchange(true)) end_(why);
  }

 private:
  const std::function<void(const absl::Status&)> end_;
  std::atomic<bool> healthy_{true};
  std::atomic<bool> ended_{false};
};

}  // namespace rapport::db
