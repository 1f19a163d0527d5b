// What the tests of the shared cache have in common: a Redis, a cache on it, a thread to await on.
#pragma once

#include "platform/cache/redis_cache.h"

#include "support/eventually.h"
#include "support/redis_process.h"
#include "support/run_task.h"

#include <gtest/gtest.h>
#include <time.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace rapport::cache {

using std::chrono::milliseconds;
using std::chrono::seconds;
using support::Eventually;
using support::RedisProcess;
using support::RunOn;
using support::StartOn;

inline constexpr milliseconds kMinute{60'000};
// Of tests that are not about time: a busy machine must not look like a slow Redis.
inline constexpr milliseconds kPatient{5'000};

inline double ProcessCpuSeconds() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
}

inline Task<std::optional<SharedCache::Hit>> GetTask(SharedCache& cache, std::string key) {
  co_return co_await cache.Get(key);
}
inline Task<SharedCache::Stored> PutTask(SharedCache& cache, std::string key, std::int64_t order,
                                         std::string value, milliseconds ttl) {
  co_return co_await cache.Put(key, order, value, ttl);
}
inline Task<SharedCache::Stored> FenceTask(SharedCache& cache, std::string key, std::int64_t order,
                                           milliseconds ttl) {
  co_return co_await cache.Fence(key, order, ttl);
}

// A cache and plain calls on it.
class TestCache {
 public:
  using Stored = SharedCache::Stored;

  explicit TestCache(RedisCache::Options options) : cache(std::move(options)) {}
  explicit TestCache(const RedisProcess& redis, milliseconds reply_limit = kPatient)
      : TestCache(RedisCache::Options{.address = {.unix_socket = redis.socket()},
                                      .reply_limit = reply_limit}) {
    AwaitReady();
  }

  void AwaitReady() {
    ASSERT_TRUE(Eventually([&] { return cache.ready(); }));
  }
  std::optional<SharedCache::Hit> Get(const std::string& key) {
    return RunOn(home, GetTask(cache, key));
  }
  // "order:value", or "miss".
  std::string Read(const std::string& key) {
    const auto hit = Get(key);
    return hit ? std::to_string(hit->order) + ":" + hit->value : "miss";
  }
  Stored Put(const std::string& key, std::int64_t order, const std::string& value,
             milliseconds ttl = kMinute) {
    return RunOn(home, PutTask(cache, key, order, value, ttl));
  }
  Stored Fence(const std::string& key, std::int64_t order, milliseconds ttl = kMinute) {
    return RunOn(home, FenceTask(cache, key, order, ttl));
  }

  ThreadExecutor home;  // Outlives the cache, which resumes on it.
  RedisCache cache;
};

}  // namespace rapport::cache
