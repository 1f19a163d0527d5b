// SharedCache: what all replicas of a service may share, and may lose at any time without harm.
//
// The entity cache calls it; services use that. Nothing here is ever an error: an absent, late or
// lying server is a miss. It does not know what the values are; whoever stores them seals them and
// checks what comes back (see entity_cache.h). Thread-safe. Commands are awaited on an executor.
//
// Everything under a key has an order, and the larger one wins: 2 * version + 1 for a value of that
// version, 2 * version for a fence, which says that something changed at that version and holds no
// value. So a fill that was loaded before a change loses against the change's fence, however late
// it comes. An order is in [0, 2^53).
#pragma once

#include "platform/base/executor.h"
#include "platform/cache/coherence.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace rapport::cache {

// Counters since the start, for metrics.
struct CacheStats {
  using Count = std::atomic<std::uint64_t>;
  Count hits{0}, misses{0};   // of Get, as the server answered
  Count errors{0};            // error replies, connections lost or refused
  Count timeouts{0};          // connections closed because a reply was late
  Count dropped{0};           // commands refused because too many were under way
  Count refused_stale{0};     // fills that lost against a larger order
  Count decrypt_failures{0};  // values that were not what was asked for
  Count fences_lost{0};       // fences that were neither confirmed nor could be remembered
  std::atomic<bool> breaker_open{false};
};

class SharedCache {
 public:
  struct Hit {
    std::int64_t order = 0;
    std::string value;
  };
  enum class Stored : std::uint8_t {
    kUnknown,  // perhaps, perhaps not
    kStored,
    kStale,  // a larger order was there
  };
  // One command under way: the driver's side of an awaiter.
  struct Command {
    enum class Kind : std::uint8_t { kGet, kPut, kFence };
    Kind kind;
    std::string_view key, value;
    std::int64_t order = 0;
    std::chrono::milliseconds ttl{0};
    bool owned = false;  // an OwnedCommand, deleted when it is done
    Continuation continuation{};
    std::optional<Hit> hit;
    Stored stored = Stored::kUnknown;
  };
  // A command that nobody waits for, with its bytes.
  struct OwnedCommand final : Command {
    OwnedCommand(Kind its_kind, std::string its_key, std::int64_t its_order, std::string its_value,
                 std::chrono::milliseconds its_ttl);
    std::string key_bytes, value_bytes;
  };
  class GetAwaiter;
  class StoreAwaiter;

  virtual ~SharedCache() = default;

  // co_await cache.Get(key): the value and its order; nullopt is a miss. Arguments of the awaited
  // forms must live until the end of the co_await expression.
  GetAwaiter Get(std::string_view key);
  // Stores unless a larger order is known; an equal one is replaced. `ttl` is at least 1 ms.
  StoreAwaiter Put(std::string_view key, std::int64_t order, std::string_view value,
                   std::chrono::milliseconds ttl);
  // From now on readers miss and smaller orders are refused. `ttl` must be longer than any fill may
  // be under way. A fence that could not be delivered is repeated when the server is back.
  StoreAwaiter Fence(std::string_view key, std::int64_t order, std::chrono::milliseconds ttl);
  // The same, without waiting for the answer. Callable on any thread.
  void PutSoon(std::string key, std::int64_t order, std::string value,
               std::chrono::milliseconds ttl);
  void FenceSoon(std::string key, std::int64_t order, std::chrono::milliseconds ttl);

  // A value came that belongs to another key: nothing more is read from this connection.
  virtual void Distrust() {}

  CacheStats& stats() { return stats_; }
  // What other processes change under our keys. Where nobody listens no mark of it holds.
  Coherence& coherence() { return coherence_; }

 protected:
  // Carries out `command` later, then resumes its continuation or, when owned, deletes it: true. Or
  // answers it now: false. After true the command may be gone already.
  virtual bool Start(Command& command) = 0;

 private:
  void Send(std::unique_ptr<OwnedCommand> command);

  CacheStats stats_;
  Coherence coherence_;
};

class SharedCache::GetAwaiter {
 public:
  GetAwaiter(SharedCache& owner, std::string_view key)
      : owner_(owner), command_{.kind = Command::Kind::kGet, .key = key, .value = {}} {}
  GetAwaiter(const GetAwaiter&) = delete;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(Handle handle) {
    command_.continuation = {Executor::Current(), handle};
    return owner_.Start(command_);
  }
  std::optional<Hit> await_resume() { return std::move(command_.hit); }

 private:
  SharedCache& owner_;
  Command command_;
};

class SharedCache::StoreAwaiter {
 public:
  StoreAwaiter(SharedCache& owner, Command command) : owner_(owner), command_(std::move(command)) {}
  StoreAwaiter(const StoreAwaiter&) = delete;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(Handle handle) {
    command_.continuation = {Executor::Current(), handle};
    return owner_.Start(command_);
  }
  // For tests and measurements: no caller may depend on it.
  Stored await_resume() const { return command_.stored; }

 private:
  SharedCache& owner_;
  Command command_;
};

// Remembers nothing. What a service without a Redis setting uses.
class NullCache final : public SharedCache {
 private:
  bool Start(Command& command) override {
    if (command.kind == Command::Kind::kGet) ++stats().misses;
    return false;
  }
};

}  // namespace rapport::cache
