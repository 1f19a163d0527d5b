// Admission: which calls are let in, and which are told at once to come back later.
//
// Asked by the pipeline twice: when a call arrives (is there room for its class?), and once it is
// known whose it is (is there room for its agency?). How much room there is follows from how long
// work waits for the database (load_limit.h). What a call costs needs no price list: it counts for
// as long as it is in flight. Times come from the caller. Thread-safe, without a lock on a call's
// way; two threads that ask at the same moment may each let one in.
#pragma once

#include "platform/rpc/load_limit.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <random>
#include <string_view>
#include <utility>

namespace rapport::rpc {

class Admission {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Time = LoadLimit::Time;

  // What one call holds: nothing, a place of its class, or also one of its agency.
  struct Ticket {
    std::int8_t priority = -1;
    std::int16_t agency = -1;
  };

  // The least wait for the database since this was last asked (db::Db::LeastWait). Called once a
  // window, by whichever thread ends it. May be empty: no database.
  using QueueWait = std::function<Time()>;

  // `most`: calls in flight when nothing speaks for fewer. `seed`: which agencies meet in one
  // place.
  explicit Admission(int most, QueueWait queue_wait = {},
                     std::uint64_t seed = std::random_device()())
      : queue_wait_(std::move(queue_wait)), seed_(seed), limit_now_(most), limit_(most) {}

  // Whether a call that arrived `now` is let in; then `ticket` holds a place until Leave.
  // `priority`: a rapport.options.v1.Priority number. Each class has a share of the limit that the
  // lower ones cannot fill, and a sixteenth that none of the others can; urgent calls have 32
  // places of their own, or as many as the limit has. `threads_busy`: for how long no thread that
  // serves calls has had a pause. Above 20 ms bulk work keeps to its sixteenth: a call of it takes
  // as long as hundreds of others.
  bool Enter(Ticket& ticket, int priority, TimePoint now, Time threads_busy = {});
  // The same for streams, which are counted elsewhere: they take no place, and none of a class's
  // own is kept for them.
  bool HasRoom(int priority, TimePoint now, Time threads_busy = {});
  // Whether the agency of a call that was let in has room. Up to four fifths of what the call's
  // class has (urgent: half of its own places) an agency may use whatever others
  // leave; above that its part of the room for that class, among those that have a call in flight
  // and one that comes. A process that has met one agency only keeps nothing for others. False: the
  // ticket is still to be left.
  bool EnterAgency(Ticket& ticket, std::string_view agency);
  void Leave(Ticket& ticket);

  // For how long the database keeps work waiting at least, in the last window. A write that has
  // less time left need not begin.
  Time least_wait() const { return Time(least_wait_.load(std::memory_order_relaxed)); }
  // When to try again: 50 ms to 1.5 s, later the longer it has lasted, and not all at once.
  std::chrono::milliseconds RetryAfter();
  int limit() const { return limit_now_.load(std::memory_order_relaxed); }
  int in_flight() const;

 private:
  static constexpr int kPriorities = 5;
  // Agencies that meet in one place share it, in this process and until it ends: each has a seed of
  // its own.
  static constexpr int kPlaceBits = 12;

  bool Fits(std::size_t index, Time threads_busy) const;
  void CloseWindow(TimePoint now);
  std::size_t PlaceOf(std::string_view agency) const;

  const QueueWait queue_wait_;
  const std::uint64_t seed_;
  std::array<std::atomic<int>, kPriorities> of_class_{};
  std::atomic<int> limit_now_;
  std::atomic<std::int64_t> window_ends_{0};  // nanoseconds of the clock; 0: none began
  std::atomic<std::int64_t> least_wait_{0};
  std::atomic<std::uint32_t> refusals_{0};
  std::atomic<int> pressure_{0};
  alignas(64) std::atomic<int> agencies_{0};  // with a call in flight
  std::atomic<int> known_agencies_{0};        // that ever had one
  std::array<std::atomic<int>, 1u << kPlaceBits> of_agency_{};

  std::mutex mutex_;
  LoadLimit limit_;  // guarded by mutex_
};

}  // namespace rapport::rpc
