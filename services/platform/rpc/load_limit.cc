#include "platform/rpc/load_limit.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace rapport::rpc {
namespace {

constexpr double kRise = 1.125;
// A window's fall: at least the first even if the wait is only just too long, at most the second,
// since what began now had queued up before the last fall.
constexpr double kLeastFall = 0.9, kMostFall = 0.5;
constexpr int kMostPressure = 9;

}  // namespace

LoadLimit::LoadLimit(int most)
    : most_(std::max(1, most)), floor_(std::min<double>(most_, kFloor)), value_(most_) {}

void LoadLimit::Close(const Window& window) {
  if (window.wait > kPatience && window.in_flight > floor_) {
    const double late =
        static_cast<double>(kPatience.count()) / static_cast<double>(window.wait.count());
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
