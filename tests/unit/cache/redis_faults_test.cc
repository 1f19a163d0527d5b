// Redis may be absent, late, full or lying: that is a miss, and it ends when the fault ends.
#include "unit/cache/cache_testing.h"

#include "support/chaos_proxy.h"

#include "platform/cache/breaker.h"

#include <thread>

namespace rapport::cache {
namespace {

using Stored = SharedCache::Stored;
using support::ChaosProxy;

// Long enough that a busy machine is not late, short enough to wait for.
constexpr milliseconds kShort{250};

// A cache that talks to Redis through a proxy.
class RedisFaultsTest : public testing::Test {
 protected:
  RedisFaultsTest()
      : proxy_({.unix_socket = folder_ / "proxy.sock"}, {.unix_socket = redis_.socket()}),
        cache_(RedisCache::Options{.address = {.unix_socket = folder_ / "proxy.sock"},
                                   .reply_limit = kPatient}) {
    cache_.AwaitReady();
  }

  CacheStats& stats() { return cache_.cache.stats(); }

  const ScratchFolder folder_;
  RedisProcess redis_;
  ChaosProxy proxy_;
  TestCache cache_;
};

TEST(RedisAbsent, EverythingIsAMissAtOnceAndWorksWhenRedisComes) {
  RedisProcess redis({.start = false});
  TestCache cache(RedisCache::Options{.address = {.unix_socket = redis.socket()}});
  EXPECT_TRUE(Eventually([&] { return cache.cache.stats().breaker_open.load(); }));
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_EQ(cache.Read("key"), "miss");
    EXPECT_EQ(cache.Put("key", 7, "value"), Stored::kUnknown);
  }
  redis.Start();
  cache.AwaitReady();
  EXPECT_FALSE(cache.cache.stats().breaker_open);
  EXPECT_EQ(cache.Put("key", 7, "value"), Stored::kStored);
  EXPECT_EQ(cache.Read("key"), "7:value");
}

TEST(RedisAbsent, AHostThatDoesNotExistIsAMissToo) {
  TestCache cache(RedisCache::Options{.address = {.host = "no such host", .port = 1}});
  EXPECT_TRUE(Eventually([&] { return cache.cache.stats().errors > 0; }));
  EXPECT_EQ(cache.Read("key"), "miss");
}

TEST(RedisKilled, IsAMissAndComesBackEmpty) {
  RedisProcess redis;
  TestCache cache(redis);
  cache.Put("key", 7, "value");
  for (int round = 0; round < 3; ++round) {
    redis.Kill();
    EXPECT_EQ(cache.Read("key"), "miss");
    redis.Start();
    EXPECT_TRUE(Eventually([&] { return cache.Put("key", 7, "value") == Stored::kStored; }));
    EXPECT_EQ(cache.Read("key"), "7:value");
  }
}

// Writes to a connection that the server closed raise SIGPIPE in hiredis; nobody must notice.
TEST(RedisKilled, UnderLoadNobodyHangsAndNothingEnds) {
  RedisProcess redis;
  TestCache cache(redis);
  std::atomic<bool> stop{false};
  std::atomic<int> calls{0};
  std::thread load([&] {
    while (!stop) {
      std::vector<std::future<std::optional<SharedCache::Hit>>> gets;
      for (int i = 0; i < 64; ++i) {
        cache.cache.PutSoon("key", 7, std::string(1'000, 'v'), kMinute);
        gets.push_back(StartOn(cache.home, GetTask(cache.cache, "key")));
      }
      for (auto& get : gets) {
        const auto hit = get.get();
        if (hit) EXPECT_EQ(hit->value.size(), 1'000u);
        ++calls;
      }
    }
  });
  for (int round = 0; round < 5; ++round) {
    const int before = calls;
    EXPECT_TRUE(Eventually([&] { return calls > before + 500; }));
    redis.Kill();
    redis.Start();
  }
  stop = true;
  load.join();
  EXPECT_TRUE(Eventually([&] { return cache.Put("key", 7, "value") == Stored::kStored; }));
}

TEST(RedisLate, ALateReplyIsAMissAndClosesTheConnection) {
  RedisProcess redis;
  TestCache cache(redis, kShort);
  cache.Put("key", 7, "value");
  redis.Run({"CLIENT", "PAUSE", "60000", "ALL"});
  const auto start = SteadyClock::now();
  EXPECT_EQ(cache.Read("key"), "miss");
  EXPECT_GE(SteadyClock::now() - start, kShort);
  EXPECT_EQ(cache.cache.stats().timeouts, 1u);
  EXPECT_FALSE(cache.cache.ready());
  redis.Kill();  // While it is paused it takes no command, not even that it may go on.
  redis.Start();
  EXPECT_TRUE(Eventually([&] { return cache.Put("key", 7, "value") == Stored::kStored; }));
}

TEST(RedisLate, AStoppedServerCostsFewWaitsBeforeNobodyWaits) {
  RedisProcess redis;
  TestCache cache(redis, kShort);
  redis.Suspend();
  ASSERT_TRUE(Eventually([&] {
    EXPECT_EQ(cache.Read("key"), "miss");
    return cache.cache.stats().breaker_open.load();
  }));
  EXPECT_EQ(cache.cache.stats().timeouts, static_cast<std::uint64_t>(Breaker::kFailures));
  redis.Resume();
  cache.AwaitReady();
  EXPECT_TRUE(Eventually([&] { return cache.Put("key", 7, "value") == Stored::kStored; }));
}

TEST_F(RedisFaultsTest, AReplyCutInTheMiddleIsAMiss) {
  ASSERT_EQ(cache_.Put("key", 7, std::string(10'000, 'v')), Stored::kStored);
  proxy_.CutAfter(5'000);
  EXPECT_EQ(cache_.Read("key"), "miss");
  EXPECT_TRUE(Eventually([&] { return cache_.Get("key").has_value(); }));
  EXPECT_EQ(cache_.Get("key")->value, std::string(10'000, 'v'));
}

TEST_F(RedisFaultsTest, AResetConnectionIsMadeAgain) {
  cache_.Put("key", 7, "value");
  for (int round = 0; round < 3; ++round) {
    const auto made = proxy_.connections();
    proxy_.Cut();
    EXPECT_TRUE(Eventually([&] { return proxy_.connections() > made; }));
    EXPECT_TRUE(Eventually([&] { return cache_.Read("key") == "7:value"; }));
  }
}

TEST_F(RedisFaultsTest, ASlowNetworkIsServed) {
  proxy_.Delay(milliseconds(5));
  EXPECT_EQ(cache_.Put("key", 7, "value"), Stored::kStored);
  EXPECT_EQ(cache_.Read("key"), "7:value");
}

TEST_F(RedisFaultsTest, ProbesAreRareWhileTheServerRefuses) {
  proxy_.Refuse(true);
  proxy_.Cut();
  ASSERT_TRUE(Eventually([&] { return stats().breaker_open.load(); }));
  const auto errors = stats().errors.load();
  const auto start = SteadyClock::now();
  ASSERT_TRUE(Eventually([&] { return stats().errors >= errors + 2; }));
  EXPECT_GE(SteadyClock::now() - start, milliseconds(700));
  proxy_.Refuse(false);
  cache_.AwaitReady();
}

// hiredis 0.14 ends the process with an assert on a reply that no command asked for.
TEST_F(RedisFaultsTest, AReplyThatNobodyAskedForClosesTheConnection) {
  cache_.Put("key", 7, "value");
  for (const std::string reply : {"$5\r\nhello\r\n", ":1\r\n", "$-1\r\n", "+OK\r\n", "-ERR x\r\n",
                                  "*2\r\n:1\r\n:2\r\n", "*-1\r\n", "rubbish\r\n"}) {
    const auto errors = stats().errors.load();
    proxy_.Inject(reply);
    EXPECT_TRUE(Eventually([&] { return stats().errors > errors; })) << reply;
    EXPECT_TRUE(Eventually([&] { return cache_.Read("key") == "7:value"; })) << reply;
  }
}

TEST_F(RedisFaultsTest, AnAnswerOfAnotherKindClosesTheConnection) {
  cache_.Put("key", 7, "value");
  for (const std::string reply :
       {":1\r\n", "$3\r\nabc\r\n", "*1\r\n$3\r\nabc\r\n", "*1000000000\r\n", "+OK\r\n"}) {
    const auto made = proxy_.connections();
    proxy_.StallReplies(true);
    auto get = StartOn(cache_.home, GetTask(cache_.cache, "key"));
    proxy_.Inject(reply);
    proxy_.StallReplies(false);
    get.get();  // Its own answer or a miss, as it happens: the reply may have come before it asked.
    EXPECT_TRUE(Eventually([&] { return proxy_.connections() > made; })) << reply;
    EXPECT_TRUE(Eventually([&] { return cache_.Read("key") == "7:value"; })) << reply;
  }
}

TEST_F(RedisFaultsTest, AReplyWithoutEndIsNotCollected) {
  proxy_.Inject("$500000000\r\n");
  const auto errors = stats().errors.load();
  auto get = StartOn(cache_.home, GetTask(cache_.cache, "key"));
  for (int i = 0; i < 10 && stats().errors == errors; ++i) proxy_.Inject(std::string(100'000, 'x'));
  EXPECT_TRUE(Eventually([&] { return stats().errors > errors; }));
  EXPECT_EQ(get.get(), std::nullopt);
  EXPECT_EQ(stats().timeouts, 0u) << "it waited for the end";
}

// A reply is lost, so every command gets the one of the command before it. Values say whose they
// are, so here it is seen; the entity cache, which seals them, sees it too.
TEST_F(RedisFaultsTest, DistrustEndsAConnectionWhoseRepliesAreShifted) {
  for (int i = 0; i < 10; ++i) cache_.Put(std::to_string(i), 1, std::to_string(i));
  proxy_.LoseOneReply();
  std::vector<std::future<std::optional<SharedCache::Hit>>> gets;
  for (int i = 0; i < 10; ++i) {
    gets.push_back(StartOn(cache_.home, GetTask(cache_.cache, std::to_string(i))));
  }
  EXPECT_EQ(gets[0].get()->value, "1");
  cache_.cache.Distrust();
  EXPECT_EQ(gets[9].get(), std::nullopt);
  EXPECT_TRUE(Eventually([&] { return cache_.Read("3") == "1:3"; }));
}

// A write that the kernel took in parts must not leave the loop asking for more writes for ever.
TEST_F(RedisFaultsTest, AfterALongWriteTheLoopRests) {
  proxy_.StallRequests(true);
  for (int i = 0; i < 100; ++i) {
    cache_.cache.PutSoon(std::to_string(i), 1, std::string(200'000, 'v'), kMinute);
  }
  proxy_.StallRequests(false);
  ASSERT_EQ(cache_.Read("99"), "1:" + std::string(200'000, 'v'));
  const double cpu = ProcessCpuSeconds();
  const auto start = SteadyClock::now();
  ASSERT_TRUE(Eventually([&] { return SteadyClock::now() - start > milliseconds(200); }));
  EXPECT_LT(ProcessCpuSeconds() - cpu, 0.05);
}

TEST_F(RedisFaultsTest, FencesAreRepeatedBeforeAnythingIsReadAgain) {
  TestCache elsewhere(redis_);
  for (int i = 0; i < 1'000; ++i) elsewhere.Put(std::to_string(i), 7, "old");
  proxy_.Refuse(true);
  proxy_.Cut();
  ASSERT_TRUE(Eventually([&] { return !cache_.cache.ready(); }));
  for (int i = 0; i < 1'000; ++i) {
    if (i % 2 == 0) {
      EXPECT_EQ(cache_.Fence(std::to_string(i), 8), Stored::kUnknown);
    } else {
      cache_.cache.FenceSoon(std::to_string(i), 8, kMinute);
    }
  }
  EXPECT_EQ(elsewhere.Read("0"), "7:old");
  proxy_.Refuse(false);
  cache_.AwaitReady();
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_EQ(cache_.Read(std::to_string(i)), "miss") << i;
    EXPECT_EQ(elsewhere.Put(std::to_string(i), 7, "old"), Stored::kStale) << i;
  }
  EXPECT_EQ(stats().fences_lost, 0u);
}

TEST_F(RedisFaultsTest, AFenceWhoseReplyIsLostIsRepeated) {
  TestCache elsewhere(redis_);
  elsewhere.Put("key", 7, "old");
  proxy_.StallRequests(true);
  cache_.cache.FenceSoon("key", 8, kMinute);
  proxy_.Cut();
  proxy_.StallRequests(false);
  EXPECT_TRUE(Eventually([&] { return elsewhere.Read("key") == "miss"; }));
}

TEST(RedisReplica, WhoRefusesFencesIsNotReadFrom) {
  RedisProcess redis;
  TestCache cache(redis);
  cache.Put("key", 7, "old");
  redis.Run({"REPLICAOF", "127.0.0.1", "1"});
  EXPECT_EQ(cache.Read("key"), "7:old") << "nobody knows better yet";
  EXPECT_EQ(cache.Fence("key", 8), Stored::kUnknown);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(cache.Read("key"), "miss");
  redis.Run({"REPLICAOF", "NO", "ONE"});
  cache.AwaitReady();
  EXPECT_EQ(cache.Read("key"), "miss");
}

TEST(RedisEnd, WhoWaitsWhenTheCacheEndsGetsAMiss) {
  RedisProcess redis;
  ThreadExecutor home;
  std::vector<std::future<std::optional<SharedCache::Hit>>> gets;
  {
    RedisCache cache({.address = {.unix_socket = redis.socket()}, .reply_limit = kShort});
    ASSERT_TRUE(Eventually([&] { return cache.ready(); }));
    redis.Suspend();
    for (int i = 0; i < 100; ++i) gets.push_back(StartOn(home, GetTask(cache, "key")));
    support::Settle(home);
  }
  for (auto& get : gets) EXPECT_EQ(get.get(), std::nullopt);
}

TEST(RedisEnd, FencesThatWereSentSoonStillLeave) {
  RedisProcess redis;
  TestCache elsewhere(redis);
  elsewhere.Put("key", 7, "old");
  {
    RedisCache cache({.address = {.unix_socket = redis.socket()}, .reply_limit = kPatient});
    ASSERT_TRUE(Eventually([&] { return cache.ready(); }));
    cache.FenceSoon("key", 8, kMinute);
  }
  EXPECT_EQ(elsewhere.Read("key"), "miss");
}

}  // namespace
}  // namespace rapport::cache
