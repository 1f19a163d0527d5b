// QueueWait: how long a queue keeps its work waiting, as one number for a span of time.
//
// That is the least that any of the work which began in the span had waited: a burst makes some of
// it wait, a queue that does not go away all of it (Nichols and Jacobson, "Controlling queue
// delay", 2012). Not thread-safe: the lock of the queue guards it.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace rapport::db {

class QueueWait {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Time = std::chrono::nanoseconds;
  // While nothing begins, what waits says something only from here on: no commit takes so long on
  // any disk that should have one.
  static constexpr Time kStandsStill = std::chrono::milliseconds(500);

  // A piece of work begins that has waited since `queued`.
  void Begins(TimePoint queued, TimePoint now) {
    const Time waited = now - queued;
    least_ = least_ ? std::min(*least_, waited) : waited;
  }

  // The least wait since this was last asked. Where nothing began, how long the oldest of what
  // waits (`oldest`: since when, absent if nothing does) has, from kStandsStill on. Otherwise 0.
  Time Take(std::optional<TimePoint> oldest, TimePoint now) {
    const std::optional<Time> least = std::exchange(least_, std::nullopt);
    if (least || !oldest) return least.value_or(Time(0));
    const Time still = now - *oldest;
    return still >= kStandsStill ? still : Time(0);
  }

 private:
  std::optional<Time> least_;
};

}  // namespace rapport::db
