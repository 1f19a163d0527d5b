// The shared cache against a real Redis: the order of values and fences, who may connect, and what
// is replaced when it is not ours.
#include "unit/cache/cache_testing.h"

#include <fstream>

namespace rapport::cache {
namespace {

using Stored = SharedCache::Stored;

class RedisCacheTest : public testing::Test {
 protected:
  RedisProcess redis_;
  TestCache cache_{redis_};
};

TEST_F(RedisCacheTest, GivesBackWhatWasPutWithItsOrder) {
  EXPECT_EQ(cache_.Read("key"), "miss");
  EXPECT_EQ(cache_.Put("key", 7, "value"), Stored::kStored);
  EXPECT_EQ(cache_.Read("key"), "7:value");
  EXPECT_EQ(cache_.cache.stats().hits, 1u);
  EXPECT_EQ(cache_.cache.stats().misses, 1u);
  EXPECT_EQ(cache_.cache.stats().errors, 0u);
}

TEST_F(RedisCacheTest, KeysAndValuesAreAnyBytes) {
  const std::string key("k\0\r\n %s %b\xff", 11), value("\0\r\n$5\r\n%s\xff\xfe", 12);
  EXPECT_EQ(cache_.Put(key, 1, value), Stored::kStored);
  EXPECT_EQ(cache_.Get(key)->value, value);
  const std::string long_value(200'000, 'v');
  EXPECT_EQ(cache_.Put("long", 1, long_value), Stored::kStored);
  EXPECT_EQ(cache_.Get("long")->value, long_value);
}

TEST_F(RedisCacheTest, AnEmptyValueIsAValue) {
  EXPECT_EQ(cache_.Put("key", 1, ""), Stored::kStored);
  EXPECT_EQ(cache_.Read("key"), "1:");
}

// The sequence of the design: version 3 is loaded, 4 written, 5 deleted, and every late fill loses.
TEST_F(RedisCacheTest, TheLargerOrderWinsHoweverLateTheFillComes) {
  EXPECT_EQ(cache_.Put("key", 7, "three"), Stored::kStored);
  EXPECT_EQ(cache_.Fence("key", 8), Stored::kStored);
  EXPECT_EQ(cache_.Read("key"), "miss");
  EXPECT_EQ(cache_.Put("key", 7, "three"), Stored::kStale);
  EXPECT_EQ(cache_.Read("key"), "miss");
  EXPECT_EQ(cache_.Put("key", 9, "four"), Stored::kStored);
  EXPECT_EQ(cache_.Read("key"), "9:four");
  EXPECT_EQ(cache_.Fence("key", 8), Stored::kStale) << "a fence that comes twice changes nothing";
  EXPECT_EQ(cache_.Read("key"), "9:four");
  EXPECT_EQ(cache_.Fence("key", 10), Stored::kStored);
  EXPECT_EQ(cache_.Put("key", 9, "four"), Stored::kStale);
  EXPECT_EQ(cache_.Read("key"), "miss");
  EXPECT_EQ(cache_.cache.stats().refused_stale, 2u);
}

TEST_F(RedisCacheTest, TheSameVersionLoadedAgainReplacesTheOlderCopy) {
  EXPECT_EQ(cache_.Put("key", 7, "loaded"), Stored::kStored);
  EXPECT_EQ(cache_.Put("key", 7, "loaded again"), Stored::kStored);
  EXPECT_EQ(cache_.Read("key"), "7:loaded again");
}

TEST_F(RedisCacheTest, OrdersAreNumbersUpTo2To53) {
  EXPECT_EQ(cache_.Put("key", 9'007'199'254'740'989, "old"), Stored::kStored);
  EXPECT_EQ(cache_.Put("key", 9'007'199'254'740'991, "new"), Stored::kStored);
  EXPECT_EQ(cache_.Put("key", 10, "text order would put this last"), Stored::kStale);
  EXPECT_EQ(cache_.Read("key"), "9007199254740991:new");
}

TEST_F(RedisCacheTest, EntriesEndByThemselves) {
  EXPECT_EQ(cache_.Put("value", 7, "v", milliseconds(30)), Stored::kStored);
  EXPECT_EQ(cache_.Fence("fence", 8, milliseconds(30)), Stored::kStored);
  EXPECT_TRUE(Eventually([&] { return redis_.Run({"DBSIZE"}) == "0"; }));
  EXPECT_EQ(cache_.Put("fence", 7, "v"), Stored::kStored);
}

TEST_F(RedisCacheTest, SoonMeansWithoutWaiting) {
  cache_.cache.PutSoon("key", 7, "value", kMinute);
  EXPECT_TRUE(Eventually([&] { return cache_.Read("key") == "7:value"; }));
  cache_.cache.FenceSoon("key", 8, kMinute);
  EXPECT_TRUE(Eventually([&] { return cache_.Read("key") == "miss"; }));
}

TEST_F(RedisCacheTest, AForgottenScriptIsSentAgain) {
  EXPECT_EQ(redis_.Run({"SCRIPT", "FLUSH"}), "OK");
  EXPECT_EQ(cache_.Put("key", 7, "value"), Stored::kStored);
  EXPECT_EQ(cache_.Fence("key", 8), Stored::kStored);
  EXPECT_EQ(cache_.cache.stats().errors, 0u);
}

TEST_F(RedisCacheTest, AKeyOfAnotherTypeIsAMissAndIsReplaced) {
  EXPECT_EQ(redis_.Run({"SET", "key", "what is this"}), "OK");
  EXPECT_EQ(cache_.Read("key"), "miss");
  EXPECT_EQ(cache_.cache.stats().errors, 1u);
  EXPECT_EQ(cache_.Put("key", 7, "value"), Stored::kStored);
  EXPECT_EQ(cache_.Read("key"), "7:value");
  redis_.Run({"HSET", "key", "v", "not a number"});
  EXPECT_EQ(cache_.Fence("key", 8), Stored::kStored);
  EXPECT_EQ(cache_.Read("key"), "miss");
  EXPECT_TRUE(cache_.cache.ready());
}

TEST_F(RedisCacheTest, EverythingGoneIsAMissAndNothingMore) {
  cache_.Put("key", 7, "value");
  redis_.Run({"FLUSHALL"});
  EXPECT_EQ(cache_.Read("key"), "miss");
  EXPECT_EQ(cache_.Put("key", 7, "value"), Stored::kStored);
  EXPECT_EQ(cache_.cache.stats().errors, 0u);
}

TEST_F(RedisCacheTest, WhenRedisIsFullFencesStillTakeValuesAway) {
  cache_.Put("key", 7, "value");
  redis_.Run({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(cache_.Put("another", 7, "value"), Stored::kUnknown);
  EXPECT_EQ(cache_.Read("key"), "7:value");
  EXPECT_EQ(cache_.Fence("key", 8), Stored::kStored);
  EXPECT_EQ(cache_.Read("key"), "miss");
  EXPECT_TRUE(cache_.cache.ready());
}

TEST_F(RedisCacheTest, ManyCommandsAtOnceEachGetTheirOwnAnswer) {
  constexpr int kKeys = 2'000;
  for (int i = 0; i < kKeys; i += 2) {
    cache_.cache.PutSoon(std::to_string(i), 2 * i + 1, "value " + std::to_string(i), kMinute);
  }
  std::vector<std::future<std::optional<SharedCache::Hit>>> gets;
  for (int i = 0; i < kKeys; ++i) {
    gets.push_back(StartOn(cache_.home, GetTask(cache_.cache, std::to_string(i))));
  }
  for (int i = 0; i < kKeys; ++i) {
    const auto hit = gets[i].get();
    ASSERT_EQ(hit.has_value(), i % 2 == 0) << i;
    if (hit) {
      EXPECT_EQ(hit->order, 2 * i + 1);
      EXPECT_EQ(hit->value, "value " + std::to_string(i));
    }
  }
}

TEST_F(RedisCacheTest, WorksOverTcpToo) {
  TestCache tcp(RedisCache::Options{.address = {.host = "127.0.0.1", .port = redis_.port()},
                                    .reply_limit = kPatient});
  tcp.AwaitReady();
  EXPECT_EQ(tcp.Put("key", 7, "over tcp"), Stored::kStored);
  EXPECT_EQ(cache_.Read("key"), "7:over tcp");
}

TEST_F(RedisCacheTest, NoMoreCommandsAreTakenThanFit) {
  TestCache small(RedisCache::Options{.address = {.unix_socket = redis_.socket()},
                                      .reply_limit = kPatient,
                                      .most_commands = 10,
                                      .most_bytes = 1'000});
  small.AwaitReady();
  EXPECT_EQ(small.Put("too long", 7, std::string(2'000, 'v')), Stored::kUnknown);
  EXPECT_EQ(small.cache.stats().dropped, 1u);
  redis_.Suspend();
  std::vector<std::future<std::optional<SharedCache::Hit>>> gets;
  for (int i = 0; i < 30; ++i) gets.push_back(StartOn(small.home, GetTask(small.cache, "key")));
  EXPECT_TRUE(Eventually([&] { return small.cache.stats().dropped == 21; }));
  redis_.Resume();
  for (auto& get : gets) EXPECT_EQ(get.get(), std::nullopt);
  EXPECT_EQ(small.Put("key", 7, "value"), Stored::kStored) << "there is room again";
}

// What the documentation of the commands says the user needs is enough, and the password may be
// replaced.
TEST(RedisCacheAccess, AnAclUserWithAPasswordFromAFile) {
  RedisProcess redis;
  const ScratchFolder folder;
  const std::string file = folder / "password";
  const auto set_user = [&](const std::string& password) {
    return redis.Run({"ACL", "SETUSER", "cache", "reset", "on", ">" + password, "~rapport/*",
                      "+hget", "+hset", "+del", "+pexpire", "+evalsha", "+eval", "+script|load"});
  };
  ASSERT_EQ(set_user("first"), "OK");
  std::ofstream(file) << "wrong\n";
  TestCache cache(RedisCache::Options{.address = {.unix_socket = redis.socket()},
                                      .login = {.user = "cache", .password_file = file},
                                      .reply_limit = kPatient});
  EXPECT_TRUE(Eventually([&] { return cache.cache.stats().errors > 0; }));
  EXPECT_FALSE(cache.cache.ready());
  EXPECT_EQ(cache.Read("rapport/key"), "miss");

  std::ofstream(file) << "first\n";
  cache.AwaitReady();
  EXPECT_EQ(cache.Put("rapport/key", 7, "value"), Stored::kStored);
  EXPECT_EQ(cache.Fence("rapport/other", 8), Stored::kStored);
  EXPECT_EQ(cache.Read("rapport/key"), "7:value");
  EXPECT_EQ(cache.Read("not ours"), "miss");

  ASSERT_EQ(set_user("second"), "OK");
  std::ofstream(file) << "second";
  redis.Run({"CLIENT", "KILL", "USER", "cache"});
  ASSERT_TRUE(Eventually([&] { return cache.Read("rapport/key") == "7:value"; }));
}

TEST(RedisCacheAccess, APasswordOfTheDefaultUser) {
  const ScratchFolder folder;
  RedisProcess redis({.arguments = {"--requirepass", "secret"}, .password = "secret"});
  std::ofstream(folder / "password") << "secret";
  TestCache cache(RedisCache::Options{.address = {.unix_socket = redis.socket()},
                                      .login = {.password_file = folder / "password"},
                                      .reply_limit = kPatient});
  cache.AwaitReady();
  EXPECT_EQ(cache.Put("key", 7, "value"), Stored::kStored);
  TestCache without(RedisCache::Options{.address = {.unix_socket = redis.socket()}});
  EXPECT_TRUE(Eventually([&] { return without.cache.stats().errors > 0; }));
  EXPECT_EQ(without.Read("key"), "miss");
}

}  // namespace
}  // namespace rapport::cache
