// SingleFlight: of many coroutines that want the same thing at once, one gets it for all.
//
// Used by the entity cache around its loads. The first to join a key leads and must land; the
// others wait suspended, no thread is blocked, and each continues on its own executor. It does no
// work itself, cancels nothing and keeps no result. Thread-safe; a Seat belongs to one coroutine.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/executor.h"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rapport {

// `Result` is copied to every waiter.
template <typename Result>
class SingleFlight {
  struct Flight;

 public:
  class Seat;
  class Waiting;

  // Leads when no flight for `key` is under way. The flight must not outlive this object.
  Seat Join(std::string_view key) {
    Shard& shard = ShardOf(key);
    std::lock_guard lock(shard.mutex);
    if (auto found = shard.flights.find(key); found != shard.flights.end()) {
      return Seat(found->second, false);
    }
    auto flight = std::make_shared<Flight>(shard, std::string(key));
    shard.flights.emplace(flight->key, flight);
    return Seat(std::move(flight), true);
  }

  // Whoever joins `key` from now on begins anew: what a flight under way brings may be outdated.
  // Its own passengers still get it. `under_lock` runs in the order of all landings of the key.
  template <typename Under>
  void Forget(std::string_view key, Under&& under_lock) {
    Shard& shard = ShardOf(key);
    std::lock_guard lock(shard.mutex);
    if (auto found = shard.flights.find(key); found != shard.flights.end()) {
      const std::shared_ptr<Flight> flight = found->second;  // Owns the bytes of the map's key.
      shard.flights.erase(found);
      flight->current = false;
    }
    under_lock();
  }

 private:
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string_view, std::shared_ptr<Flight>> flights;
  };
  struct Flight {
    Flight(Shard& owner, std::string name) : shard(owner), key(std::move(name)) {}

    Shard& shard;
    const std::string key;
    // The rest is guarded by the shard's mutex; the result never changes once landed.
    bool current = true;  // not forgotten
    bool landed = false;
    std::optional<Result> result;
    std::vector<Waiting*> waiting;
  };

  Shard& ShardOf(std::string_view key) {
    return shards_[std::hash<std::string_view>{}(key) % shards_.size()];
  }

  std::array<Shard, 16> shards_;
};

// One coroutine's part in a flight.
template <typename Result>
class SingleFlight<Result>::Seat {
 public:
  Seat(Seat&& other) noexcept : flight_(std::move(other.flight_)), leads_(other.leads_) {}
  Seat& operator=(Seat&&) = delete;
  // A leader that leaves without landing, by an exception say, lands with nothing.
  ~Seat() {
    if (flight_ && leads_) End(std::nullopt, [] {});
  }

  bool leads() const { return leads_; }

  // Leader, once: gives `result` to everyone who waits. When the flight was not forgotten,
  // `if_current` runs first, in the order of all landings and Forgets of the key, and the answer is
  // true.
  template <typename IfCurrent>
  bool Land(Result result, IfCurrent&& if_current) {
    return End(std::move(result), if_current);
  }

  // The others: co_await seat.Wait(context) gives the leader's result. Nullopt: the leader landed
  // with nothing, or the call of `context` was cancelled; the flight goes on without it.
  Waiting Wait(CallContext& context) { return Waiting(flight_, context); }

 private:
  friend SingleFlight;
  Seat(std::shared_ptr<Flight> flight, bool leads) : flight_(std::move(flight)), leads_(leads) {}

  template <typename IfCurrent>
  bool End(std::optional<Result> result, IfCurrent&& if_current) {
    const std::shared_ptr<Flight> flight = std::exchange(flight_, nullptr);
    std::vector<Continuation> ready;
    bool current;
    {
      std::lock_guard lock(flight->shard.mutex);
      current = flight->current;
      if (current) {
        if_current();
        flight->shard.flights.erase(std::string_view(flight->key));
      }
      flight->landed = true;
      flight->result = std::move(result);
      ready.reserve(flight->waiting.size());
      for (const Waiting* one : flight->waiting) ready.push_back(one->continuation_);
      flight->waiting.clear();
    }
    PostByHome(ready);
    return current;
  }

  std::shared_ptr<Flight> flight_;
  const bool leads_;
};

template <typename Result>
class SingleFlight<Result>::Waiting final : CancelHook {
 public:
  Waiting(std::shared_ptr<Flight> flight, CallContext& context)
      : flight_(std::move(flight)), context_(context) {}
  Waiting(const Waiting&) = delete;

  bool await_ready() const { return context_.cancelled(); }
  bool await_suspend(Handle handle) {
    continuation_ = {Executor::Current(), handle};
    context_.SetCancelHook(this);
    std::lock_guard lock(flight_->shard.mutex);
    if (flight_->landed) return false;
    flight_->waiting.push_back(this);
    return true;
  }
  std::optional<Result> await_resume() {
    context_.SetCancelHook(nullptr);
    if (left_ || continuation_.home == nullptr) return std::nullopt;
    return flight_->result;
  }

 private:
  friend Seat;
  // Posts instead of resuming: the caller of Cancel is in the middle of something.
  void OnCancel() override {
    {
      std::lock_guard lock(flight_->shard.mutex);
      if (std::erase(flight_->waiting, this) == 0) return;  // Landed; the result is on its way.
    }
    left_ = true;
    continuation_.home->Post({&continuation_.handle, 1});
  }

  const std::shared_ptr<Flight> flight_;
  CallContext& context_;
  Continuation continuation_{};
  bool left_ = false;
};

}  // namespace rapport
