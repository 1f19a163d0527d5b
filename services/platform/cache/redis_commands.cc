#include "platform/cache/redis_commands.h"

#include "platform/base/strings.h"

#include <bit>
#include <cstring>
#include <string>

namespace rapport::cache {
namespace {

using Command = SharedCache::Command;

constexpr std::size_t kOrderBytes = sizeof(std::int64_t);
static_assert(std::endian::native == std::endian::little);

std::string OrderBytes(std::int64_t order) {
  const std::uint64_t big = __builtin_bswap64(static_cast<std::uint64_t>(order));
  std::string bytes(kOrderBytes, '\0');
  std::memcpy(bytes.data(), &big, kOrderBytes);
  return bytes;
}

Answer ReadGet(RedisReply& reply, Command& command) {
  if (reply.type == RedisReply::Type::kNil || reply.text.empty()) return Answer::kDone;
  if (reply.text.size() < kOrderBytes) return Answer::kNonsense;
  std::uint64_t big;
  std::memcpy(&big, reply.text.data(), kOrderBytes);
  command.hit = SharedCache::Hit{static_cast<std::int64_t>(__builtin_bswap64(big)),
                                 reply.text.substr(kOrderBytes)};
  return Answer::kDone;
}

}  // namespace

// A key of another type, or without a number, is not ours: it is replaced. A larger order wins, an
// equal one is the same version loaded again, and its age begins anew. When Redis is out of memory
// it still lets us delete, which makes a fence as good as stored.
const std::string_view kStoreScript = R"(
local known = redis.pcall('HGET', KEYS[1], 'v')
if type(known) == 'table' then
  redis.call('DEL', KEYS[1])
  known = false
end
known = known and tonumber(known)
if known and known > tonumber(ARGV[1]) then return 0 end
local set = redis.pcall('HSET', KEYS[1], 'v', ARGV[1], 'd', ARGV[2])
if type(set) == 'table' and set.err then
  redis.call('DEL', KEYS[1])
  return -1
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
)";

void SendCommand(RedisConnection& connection, const Command& command, std::string_view sha) {
  if (command.kind == Command::Kind::kGet) {
    connection.Send({"HGET", command.key, "d"});
    return;
  }
  const std::string data = command.kind == Command::Kind::kFence
                               ? std::string()
                               : Concat({OrderBytes(command.order), command.value});
  connection.Send({sha.empty() ? "EVAL" : "EVALSHA", sha.empty() ? kStoreScript : sha, "1",
                   command.key, std::to_string(command.order), data,
                   std::to_string(command.ttl.count())});
}

Answer ReadAnswer(RedisReply& reply, Command& command) {
  if (reply.type == RedisReply::Type::kError) {
    return command.kind != Command::Kind::kGet && reply.text.starts_with("NOSCRIPT")
               ? Answer::kNoScript
               : Answer::kError;
  }
  if (command.kind == Command::Kind::kGet) {
    return reply.type == RedisReply::Type::kInteger ? Answer::kNonsense : ReadGet(reply, command);
  }
  if (reply.type != RedisReply::Type::kInteger || reply.integer < -1 || reply.integer > 1) {
    return Answer::kNonsense;
  }
  if (reply.integer < 0 && command.kind == Command::Kind::kPut) return Answer::kError;
  command.stored = reply.integer == 0 ? SharedCache::Stored::kStale : SharedCache::Stored::kStored;
  return Answer::kDone;
}

}  // namespace rapport::cache
