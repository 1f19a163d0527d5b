// How many reads a second one connection does. Prints figures; fails only when a read is a miss.
#include "platform/base/clock.h"

#include "unit/cache/cache_testing.h"

#include <cstdio>

namespace rapport::cache {
namespace {

constexpr int kReads = 100'000;

Task<int> ReadInTurn(SharedCache& cache, int count) {
  int hits = 0;
  for (int i = 0; i < count; ++i) {
    const auto hit = co_await cache.Get("key");
    if (hit && hit->value.size() == 500) ++hits;
  }
  co_return hits;
}

TEST(RedisSpeed, ReadsASecondWithManyUnderWay) {
  RedisProcess redis;
  TestCache cache(redis);
  ASSERT_EQ(cache.Put("key", 1, std::string(500, 'v')), SharedCache::Stored::kStored);
  for (const int in_flight : {1, 64, 256}) {
    const int each = (in_flight == 1 ? kReads / 10 : kReads) / in_flight;
    const auto start = SteadyClock::now();
    const double cpu_start = ProcessCpuSeconds();
    std::vector<std::future<int>> readers;
    for (int i = 0; i < in_flight; ++i) {
      readers.push_back(StartOn(cache.home, ReadInTurn(cache.cache, each)));
    }
    for (auto& reader : readers) EXPECT_EQ(reader.get(), each);
    const std::chrono::duration<double> took = SteadyClock::now() - start;
    const double reads = static_cast<double>(each) * in_flight;
    printf("%3d in flight: %7.0f GET/s of 500 bytes, %.2f us of our CPU a GET\n", in_flight,
           reads / took.count(), 1e6 * (ProcessCpuSeconds() - cpu_start) / reads);
  }
}

}  // namespace
}  // namespace rapport::cache
