// RedisCache: the shared cache in a Redis, 7 or newer, over a unix socket or TCP.
//
// Everything that came since the loop's last turn goes out in one write (pipelining without a
// timer). A reply that is late, or that answers something else, closes the connection: what comes
// next on it can't be trusted. Without a connection every command is answered at once, with a miss,
// on the caller's thread. TCP to Redis is in clear: values are sealed by whoever stores them, the
// password is not. Thread-safe.
#pragma once

#include "platform/base/limits.h"
#include "platform/cache/redis_connection.h"
#include "platform/cache/redis_feed.h"
#include "platform/cache/redis_login.h"
#include "platform/cache/shared_cache.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace rapport::cache {

class RedisLoop;

class RedisCache final : public SharedCache {
 public:
  struct Options {
    RedisAddress address;
    RedisLogin login;
    // Other processes write the same data: coherence() tells what they change, by one more
    // connection (redis_feed.h).
    bool follow = false;
    std::chrono::milliseconds reply_limit = limits::kRedisReply;
    // For tests: see limits.h.
    std::size_t most_commands = limits::kRedisCommands;
    std::size_t most_bytes = limits::kRedisBytes;
  };

  // Begins to connect and goes on trying. Never fails: Redis may come later.
  explicit RedisCache(Options options);
  // Whoever still waits gets a miss, on an executor that must still be there.
  ~RedisCache() override;

  // Whether commands are sent at present. For tests and the metrics.
  bool ready() const;
  void Distrust() override;

 private:
  bool Start(Command& command) override;

  std::optional<RedisFeed> feed_;
  std::unique_ptr<RedisLoop> loop_;
};

}  // namespace rapport::cache
