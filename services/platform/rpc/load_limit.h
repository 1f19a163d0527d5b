// LoadLimit: how many calls may be in flight, found from how long work waits for the database.
//
// Time is cut into windows. Of each counts the least that any work had waited for its turn
// (db/queue_wait.h): a burst makes some of it wait, a queue that stays all of it. While even the
// least wait is longer than kPatience, the limit falls by as much as it is too long; otherwise it
// rises by an eighth. Pure: takes what was seen, knows no clock. Not thread-safe (admission.h holds
// the lock).
#pragma once

#include <chrono>

namespace rapport::rpc {

class LoadLimit {
 public:
  using Time = std::chrono::nanoseconds;
  // A window is at least so long; longer when nobody called.
  static constexpr Time kWindow = std::chrono::milliseconds(100);
  // What work may wait for its turn at least, one that is due all the time. A write that needs a
  // new key waits twice, for two databases, and the slowest some times that; the objective of
  // writes is 250 ms (deploy/monitoring).
  static constexpr Time kPatience = std::chrono::milliseconds(50);
  // The limit never falls below this: so few calls make no queue that refusing others would cure.
  static constexpr int kFloor = 32;

  struct Window {
    Time length{};      // since the last one ended
    Time wait{};        // the least; 0: nothing waited, or nothing is known
    int in_flight = 0;  // calls of all kinds, at its end
  };

  // `most`: the limit at first, and whenever nothing speaks against it. At least 1.
  explicit LoadLimit(int most);
  void Close(const Window& window);

  int value() const { return static_cast<int>(value_); }
  // 0 to 9: for how many windows it has been falling, less those in which it rose.
  int pressure() const { return pressure_; }

 private:
  const double most_, floor_;
  double value_;
  int pressure_ = 0;
};

}  // namespace rapport::rpc
