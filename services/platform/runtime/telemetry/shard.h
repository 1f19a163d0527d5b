// Shard: the counters of one thread. Internal to telemetry.
//
// One thread writes a shard, so counting is a plain load, add and store (3 ns); a locked add that
// two threads fight over costs 70. Whoever reads adds up all shards with relaxed loads. A shard
// outlives its thread and is handed to the next new one: totals never shrink.
#pragma once

#include "platform/runtime/telemetry/metric_names.h"

#include <absl/functional/function_ref.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace rapport::telemetry::internal {

inline constexpr std::size_t kMostMethods = 256;
inline constexpr std::size_t kCodes = 17;

class Cell {
 public:
  void Add(std::uint64_t by = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// One method as one thread saw it.
struct CallCells {
  Cell started, nanoseconds;
  std::array<Cell, kCodes> handled;
  std::array<Cell, kLatencyBounds.size() + 1> buckets;
};

// Where the series of each metric begin in Shard::own.
inline constexpr auto kOffsets = [] {
  std::array<std::size_t, kMetrics.size() + 1> offsets{};
  for (std::size_t i = 0; i < kMetrics.size(); ++i) {
    offsets[i + 1] = offsets[i] + kMetrics[i].series();
  }
  return offsets;
}();

struct Shard {
  using Methods = std::array<std::atomic<CallCells*>, kMostMethods>;
  std::array<Cell, kOffsets.back()> own;
  Methods server{}, client{};

  // Made when the method is first called on this thread.
  static CallCells& At(Methods& methods, std::size_t index) {
    CallCells* cells = methods[index].load(std::memory_order_relaxed);
    if (cells == nullptr) {
      cells = new CallCells;
      methods[index].store(cells, std::memory_order_release);
    }
    return *cells;
  }
};

Shard& ThisThread();
// Under the lock that guards the list of shards: keep it short.
void ForEachShard(absl::FunctionRef<void(const Shard&)> see);

}  // namespace rapport::telemetry::internal
