// Breaker: when to try a server again. Short pauses after the first failures, then one probe about
// every second, during which callers don't wait at all. Pure; belongs to the cache's loop.
#pragma once

#include "platform/base/clock.h"

#include <algorithm>
#include <chrono>
#include <random>

namespace rapport::cache {

class Breaker {
 public:
  // So many failures without a success between them open it.
  static constexpr int kFailures = 3;
  static constexpr std::chrono::milliseconds kFirstPause{50};
  static constexpr std::chrono::milliseconds kProbePause{1'000};

  explicit Breaker(std::uint32_t seed) : random_(seed) {}

  void OnSuccess() { failures_ = 0; }
  // How long to leave the server alone: 50 ms, 100 ms, then 1 s, each 20 % shorter to 20 % longer,
  // so that replicas don't come back together.
  SteadyClock::duration OnFailure() {
    failures_ = std::min(failures_ + 1, kFailures);
    const auto pause = open() ? kProbePause : kFirstPause * failures_;
    return std::chrono::duration_cast<SteadyClock::duration>(pause * spread_(random_));
  }
  bool open() const { return failures_ >= kFailures; }

 private:
  int failures_ = 0;
  std::minstd_rand random_;
  std::uniform_real_distribution<double> spread_{0.8, 1.2};
};

}  // namespace rapport::cache
