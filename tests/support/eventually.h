// Waits in tests: for a condition, never for a time.
#pragma once

#include <chrono>
#include <thread>

namespace rapport::support {

// True as soon as `condition()` is; false when it is not within `limit`.
template <typename Condition>
bool Eventually(Condition&& condition, std::chrono::milliseconds limit = std::chrono::seconds(60)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace rapport::support
