// LoadLimit: how many calls may be in flight, found from how long durable writes take.
//
// Time is cut into windows. What speaks of a queue is the window's quickest write: a burst, a heavy
// request or a caller who waits for another service slows some writes, a queue at the database all
// of them. While the quickest is later than a commit explains, the limit falls by as much as it is
// late; otherwise it rises by an eighth. Pure: takes what was seen, knows no clock. Not thread-safe
// (admission.h holds the lock).
#pragma once

#include <chrono>

namespace rapport::rpc {

class LoadLimit {
 public:
  using Time = std::chrono::nanoseconds;
  // A window is at least so long; longer when nobody called.
  static constexpr Time kWindow = std::chrono::milliseconds(100);
  // What the quickest write may wait beyond two commits (the one under way when it came, and its
  // own). The slowest waits some times that; their objective is 250 ms (deploy/monitoring).
  static constexpr Time kPatience = std::chrono::milliseconds(100);
  // A commit that takes longer than this, on whatever disk, is a queue.
  static constexpr Time kSlowestCommit = std::chrono::milliseconds(50);
  // The limit never falls below this: so few calls make no queue that refusing others would cure.
  static constexpr int kFloor = 32;
  // With at most so many in flight a write's time is its own.
  static constexpr int kFew = 8;
  // Fewer writes say nothing of a window.
  static constexpr int kEnough = 8;

  struct Window {
    Time length{};      // since the last one ended
    int writes = 0;     // that ended in it
    Time quickest{};    // of these; without any it means nothing
    int writing = 0;    // under way at its end
    int in_flight = 0;  // calls of all kinds, at its end
  };

  // `most`: the limit at first, and whenever nothing speaks against it. At least 1.
  explicit LoadLimit(int most);
  void Close(const Window& window);

  int value() const { return static_cast<int>(value_); }
  // How long the quickest write of the last window took; 0 where too few ended to say.
  Time quickest() const { return quickest_; }
  // 0 to 9: for how many windows it has been falling, less those in which it rose.
  int pressure() const { return pressure_; }

 private:
  Time Allowed() const { return kPatience + 2 * commit_; }
  Time Judged(const Window& window);

  const double most_, floor_;
  double value_;
  Time commit_{};  // what a write takes while few calls are in flight
  Time quickest_{};
  bool stood_still_ = false;
  Time still_for_{};  // what the writes under way have waited at least while none ended
  int pressure_ = 0;
};

}  // namespace rapport::rpc
