// RedisCommands: what the shared cache says to Redis and what the answers mean. Pure; the Redis
// loop calls it.
//
// A key holds a hash: `v` is the order in decimal, `d` the order as 8 bytes, big endian, and then
// the value; empty for a fence. The order stands in `d` again so that a read is one HGET of one
// field and what it brings belongs together. An ACL for this user needs: ~rapport/* +hget +hset
// +del +pexpire +evalsha +eval +script|load,
// and what redis_feed.h says.
#pragma once

#include "platform/cache/redis_connection.h"
#include "platform/cache/shared_cache.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace rapport::cache {

// The compare-version script: KEYS[1]; ARGV order, d, ttl in ms. 1: stored; 0: a larger order was
// there; -1: Redis has no room, and what it knew of the key is gone.
extern const std::string_view kStoreScript;

// Sends `command`: HGET, or the script by `sha`, or by its text when `sha` is empty.
void SendCommand(RedisConnection& connection, const SharedCache::Command& command,
                 std::string_view sha);

enum class Answer : std::uint8_t {
  kDone,      // `hit` or `stored` of the command is set
  kError,     // an error reply; the connection is good
  kNoScript,  // send it again with the script's text
  kNonsense,  // not an answer to such a command: nothing more on this connection can be trusted
};
Answer ReadAnswer(RedisReply& reply, SharedCache::Command& command);

}  // namespace rapport::cache
