// Clock: domain time, injected, so that eight weekly sessions can happen in seconds.
//
// Deadlines, tokens and TLS never ask it: they use the machine's clocks. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace rapport {

// Waits and deadlines. Never jumps.
using SteadyClock = std::chrono::steady_clock;

// The machine's wall clock, microseconds since 1970 UTC.
inline std::int64_t RealMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class Clock {
 public:
  virtual ~Clock() = default;
  // Microseconds since 1970 UTC.
  virtual std::int64_t NowMicros() const = 0;
};

class SystemClock final : public Clock {
 public:
  std::int64_t NowMicros() const override { return RealMicros(); }
};

// A clock that stands still until it is moved.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t micros = 0) : micros_(micros) {}
  std::int64_t NowMicros() const override { return micros_.load(); }
  void Set(std::int64_t micros) { micros_ = micros; }
  void Advance(std::chrono::microseconds by) { micros_ += by.count(); }

 private:
  std::atomic<std::int64_t> micros_;
};

}  // namespace rapport
