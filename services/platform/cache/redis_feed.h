// RedisFeed: hears from Redis which keys of ours were changed, by anybody, and tells a Coherence.
//
// Client-side caching as Redis documents it: the connection asks for every change of a key below
// `rapport/` (CLIENT TRACKING, broadcasting) and has the messages sent to itself as a subscriber. A
// ping every quarter of a second goes the same way as they do, so its answer says that all before
// it were heard. A connection that is lost, silent for a second or not understood is closed, tried
// again a second later, and nothing is believed meanwhile. A user of an ACL needs besides what
// redis_commands.h says: &__redis__:invalidate +client|id +client|tracking +subscribe +ping;
// without it there is no coherence and nothing else changes. A thread of its own, which ends with
// the object.
#pragma once

#include "platform/cache/coherence.h"
#include "platform/cache/redis_connection.h"
#include "platform/cache/redis_login.h"

#include <string_view>
#include <thread>

struct redisContext;
struct redisReply;

namespace rapport::cache {

class RedisFeed {
 public:
  // `coherence` must outlive it.
  RedisFeed(RedisAddress address, RedisLogin login, Coherence& coherence);
  ~RedisFeed();
  RedisFeed(const RedisFeed&) = delete;

 private:
  using TimePoint = Coherence::TimePoint;

  void Run();
  // One connection, from its beginning to its end.
  void Follow(redisContext& connection);
  bool Subscribe(redisContext& connection);
  bool Hear(redisContext& connection);
  bool Understand(const redisReply& message);

  const RedisAddress address_;
  const RedisLogin login_;
  Coherence& coherence_;
  int stop_ = -1;       // an eventfd, readable once the object goes
  TimePoint pinged_{};  // when the ping without an answer was sent; 0: it has one
  std::thread thread_;
};

}  // namespace rapport::cache
