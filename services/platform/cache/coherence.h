// Coherence: whether a copy that this process made is still what it was made of.
//
// Whoever reads an entity takes a mark first and keeps it with the copy; Redis says which keys
// others change (redis_feed.h), and from then on marks of these keys do not hold. A change that
// comes between the mark and the end of the reading counts: such a copy was never good. Keys share
// 32,768 places, so a change now and then ends a copy of something else. While nobody listens, and
// a second after the last sign that somebody does, no mark holds. Thread-safe; no lock.
#pragma once

#include <absl/hash/hash.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rapport::cache {

class Coherence {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // For how long what was heard up to some moment is believed after it.
  static constexpr std::chrono::milliseconds kBelief{1'000};

  struct Mark {
    std::uint64_t span = 0;  // of listening; 0: nobody listened
    std::uint32_t place = 0, changes = 0;

    // Of one key: nothing was heard of it between the two.
    bool SameAs(const Mark& other) const { return span == other.span && changes == other.changes; }
  };

  // Before the entity behind this key of the shared cache is read.
  Mark Now(std::string_view key) const {
    const std::uint64_t span = span_;
    if (span % 2 == 0) return {};
    const auto place = static_cast<std::uint32_t>(absl::HashOf(key) % kPlaces);
    return {span, place, changes_[place]};
  }
  bool Holds(const Mark& mark, TimePoint now) const {
    return mark.span != 0 && now.time_since_epoch().count() < until_ && span_ == mark.span &&
           changes_[mark.place] == mark.changes;
  }
  bool listening(TimePoint now) const {
    return span_ % 2 == 1 && now.time_since_epoch().count() < until_;
  }

  // For the feed, on one thread. From Begin on all that changes is told by Changed; everything that
  // changed until `heard` has been.
  void Begin(TimePoint heard) {
    Confirm(heard);
    if (span_ % 2 == 0) ++span_;
  }
  void Confirm(TimePoint heard) { until_ = (heard + kBelief).time_since_epoch().count(); }
  void Changed(std::string_view key) { ++changes_[absl::HashOf(key) % kPlaces]; }
  // Everything may have changed.
  void Forget() { span_ += 2; }
  // Nobody listens any more.
  void End() {
    if (span_ % 2 == 1) ++span_;
  }

 private:
  static constexpr std::size_t kPlaces = 32'768;

  std::atomic<std::uint64_t> span_{0};  // odd: somebody listens
  std::atomic<std::int64_t> until_{0};  // of the steady clock
  std::array<std::atomic<std::uint32_t>, kPlaces> changes_{};
};

}  // namespace rapport::cache
