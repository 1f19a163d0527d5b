#include "platform/cache/redis_cache.h"

#include "platform/cache/redis_loop.h"

#include <utility>

namespace rapport::cache {

RedisCache::RedisCache(Options options) {
  if (options.follow) feed_.emplace(options.address, options.login, coherence());
  loop_ = std::make_unique<RedisLoop>(std::move(options), stats());
}
RedisCache::~RedisCache() = default;

bool RedisCache::ready() const { return loop_->ready(); }
void RedisCache::Distrust() { loop_->Distrust(); }
bool RedisCache::Start(Command& command) { return loop_->Start(command); }

}  // namespace rapport::cache
