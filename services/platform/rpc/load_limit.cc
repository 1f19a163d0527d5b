#include "platform/rpc/load_limit.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace rapport::rpc {
namespace {

constexpr double kRise = 1.125;
// A window's fall: at least the first even if the wait is only just too long, at most the second,
// since the writes that ended had queued up before the last fall.
constexpr double kLeastFall = 0.9, kMostFall = 0.5;
constexpr int kMostPressure = 9;
constexpr int kSmoothing = 8;

}  // namespace

LoadLimit::LoadLimit(int most)
    : most_(std::max(1, most)), floor_(std::min<double>(most_, kFloor)), value_(most_) {}

// How late the window's writes were at least; 0: nothing to say.
LoadLimit::Time LoadLimit::Judged(const Window& window) {
  // Many writes began before this window and none ended in it.
  const bool stands_still = window.writes == 0 && window.writing > floor_;
  still_for_ = stands_still && stood_still_ ? still_for_ + window.length : Time(0);
  stood_still_ = stands_still;
  if (still_for_ > Time(0)) return still_for_;
  return window.writes >= kEnough ? window.quickest : Time(0);
}

void LoadLimit::Close(const Window& window) {
  quickest_ = Judged(window);
  if (quickest_ > Time(0) && window.in_flight <= kFew) {
    commit_ =
        std::min(commit_ == Time(0) ? quickest_ : commit_ + (quickest_ - commit_) / kSmoothing,
                 kSlowestCommit);
  }
  if (quickest_ > Allowed() && window.in_flight > floor_) {
    const double late =
        static_cast<double>(Allowed().count()) / static_cast<double>(quickest_.count());
    const double now = std::min<double>(value_, window.in_flight);
    value_ = std::max(floor_, now * std::clamp(late, kMostFall, kLeastFall));
    pressure_ = std::min(pressure_ + 1, kMostPressure);
    return;
  }
  // Time in which nobody called is time without a queue.
  const auto windows = std::clamp<std::int64_t>(window.length / kWindow, 1, 100);
  value_ = std::min(most_, value_ * std::pow(kRise, windows));
  pressure_ = static_cast<int>(std::max<std::int64_t>(0, pressure_ - windows));
}

}  // namespace rapport::rpc
