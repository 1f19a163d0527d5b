// CodeGuesses: how many unknown codes of an agency's invitations are looked for. Whoever tries
// codes has nothing that could be revoked, and each look asks the database; those that don't even
// have the right form never come this far (crypto/invitation_code.h). Of this process alone: with n
// replicas there are n times as many. Thread-safe.
#pragma once

#include "platform/base/clock.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <string>

namespace rapport::alliance {

class CodeGuesses {
 public:
  // At once, and one more for each so many seconds without one.
  static constexpr int kMost = 30;
  static constexpr std::chrono::seconds kEach{2};

  // Whether one more may be looked for. A code that is known costs nothing of it.
  bool MayLook(const std::string& agency, SteadyClock::time_point now) {
    const std::lock_guard lock(mutex_);
    const auto found = paid_until_.find(agency);
    return found == paid_until_.end() || found->second - now < kMost * kEach;
  }
  // It was not known.
  void Missed(const std::string& agency, SteadyClock::time_point now) {
    const std::lock_guard lock(mutex_);
    auto& paid_until = paid_until_[agency];
    paid_until = std::max(paid_until, now) + kEach;
  }

 private:
  std::mutex mutex_;
  // By agency, of which there are few: only names of the agencies file come here.
  absl::flat_hash_map<std::string, SteadyClock::time_point> paid_until_;
};

}  // namespace rapport::alliance
