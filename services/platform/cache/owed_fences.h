// OwedFences: fences that Redis has not confirmed, the largest order of each key, to be repeated.
// Bounded; a fence older than its time to live is not owed any more, since whatever it fences off
// is too old to be used by then. Belongs to the Redis loop, which guards it.
#pragma once

#include "platform/base/clock.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace rapport::cache {

class OwedFences {
 public:
  struct Fence {
    std::int64_t order = 0;
    std::chrono::milliseconds ttl{0};
    SteadyClock::time_point until;
  };

  explicit OwedFences(std::size_t most) : most_(most) {}

  // False: there are too many already, and this one is lost.
  bool Add(std::string_view key, std::int64_t order, std::chrono::milliseconds ttl) {
    const auto now = SteadyClock::now();
    if (fences_.size() >= most_) {
      std::erase_if(fences_, [&](const auto& entry) { return entry.second.until < now; });
    }
    const auto found = fences_.find(std::string(key));
    if (found != fences_.end()) {
      if (order >= found->second.order) found->second = {order, ttl, now + ttl};
      return true;
    }
    if (fences_.size() >= most_) return false;
    fences_.emplace(key, Fence{order, ttl, now + ttl});
    return true;
  }

  // Takes out up to `most` that still matter and gives each to use(std::string key, Fence).
  template <typename Use>
  void Take(std::size_t most, Use&& use) {
    const auto now = SteadyClock::now();
    while (most > 0 && !fences_.empty()) {
      auto node = fences_.extract(fences_.begin());
      if (node.mapped().until < now) continue;
      use(std::move(node.key()), node.mapped());
      --most;
    }
  }

  bool empty() const { return fences_.empty(); }

 private:
  const std::size_t most_;
  std::unordered_map<std::string, Fence> fences_;
};

}  // namespace rapport::cache
