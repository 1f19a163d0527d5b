// PostgresReachable: what the connections of a pool know together about a server that is down, so
// that they do not all knock at once and nobody waits long for what can't be had.
//
// Thread-safe.
#pragma once

#include "platform/base/clock.h"

#include <atomic>
#include <chrono>

namespace rapport::db {

class PostgresReachable {
 public:
  using Time = SteadyClock::time_point;
  using Duration = SteadyClock::duration;
  // How long a call waits for a server that is away: a restart shows as a delay, an outage as
  // UNAVAILABLE.
  explicit PostgresReachable(Duration patience) : patience_(patience) {}

  // A connection could be made.
  void Reached() { since_.store(0, std::memory_order_relaxed); }
  // None could be made, `tries` times in a row by this thread.
  void Failed(int tries);
  // Until when a call that began to wait at `began` may go on trying.
  Time WaitsUntil(Time began) const;
  // When to try next, after Failed: 20 ms and up to 1 s later, spread.
  static Duration Pause(int tries);

 private:
  const Duration patience_;
  std::atomic<Duration::rep> since_{0};  // of the steady clock; 0: it is not away
};

}  // namespace rapport::db
