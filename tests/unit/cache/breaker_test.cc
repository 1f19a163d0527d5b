// A server that fails is tried again soon, then once a second, never by all replicas together.
#include "platform/cache/breaker.h"

#include <gtest/gtest.h>

#include <set>

namespace rapport::cache {
namespace {

using std::chrono::milliseconds;

TEST(Breaker, PausesBrieflyAtFirstThenProbesOnceASecond) {
  Breaker breaker(1);
  const auto between = [](SteadyClock::duration pause, int low_ms, int high_ms) {
    return pause >= milliseconds(low_ms) && pause <= milliseconds(high_ms);
  };
  EXPECT_TRUE(between(breaker.OnFailure(), 40, 60));
  EXPECT_FALSE(breaker.open());
  EXPECT_TRUE(between(breaker.OnFailure(), 80, 120));
  EXPECT_FALSE(breaker.open());
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_TRUE(between(breaker.OnFailure(), 800, 1'200));
    EXPECT_TRUE(breaker.open());
  }
}

TEST(Breaker, OneSuccessCloses) {
  Breaker breaker(1);
  for (int i = 0; i < 5; ++i) breaker.OnFailure();
  breaker.OnSuccess();
  EXPECT_FALSE(breaker.open());
  EXPECT_LE(breaker.OnFailure(), milliseconds(60));
}

TEST(Breaker, ReplicasSpread) {
  std::set<SteadyClock::duration> pauses;
  for (std::uint32_t seed = 0; seed < 100; ++seed) pauses.insert(Breaker(seed).OnFailure());
  EXPECT_GT(pauses.size(), 90u);
}

}  // namespace
}  // namespace rapport::cache
