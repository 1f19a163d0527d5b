// Several processes that write the same data, each with copies of its own: what one changes, the
// others give no more, and while they can't hear of it they keep nothing.
#include "unit/cache/entity_testing.h"

#include "support/long.h"
#include "support/scratch_folder.h"

#include <absl/strings/str_split.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

namespace rapport::cache {
namespace {

EntityOptions ReplicatedOptions() {
  EntityOptions options = CoherentOptions();
  options.replicated = true;
  return options;
}

class FollowingReplica : public Replica {
 public:
  FollowingReplica(const RedisProcess& redis, const TestKeys& keys, RedisLogin login = {},
                   EntityOptions options = ReplicatedOptions())
      : Replica(RedisCache::Options{.address = {.unix_socket = redis.socket()},
                                    .login = std::move(login),
                                    .follow = true,
                                    .reply_limit = kPatient},
                keys, std::move(options)) {}
  bool coherent() { return shared.coherence().listening(SteadyClock::now()); }
  bool AwaitCoherent() {
    return Eventually([&] { return coherent(); });
  }
  std::uint64_t own_hits() const { return cache.stats().process_hits; }
  // Returns when what was started on the second thread before has gone as far as it can.
  void SyncSecond() { RunOn(second_home, GetTask(shared, "nothing")); }
};

class CacheReplicas : public testing::Test {
 protected:
  // Until the copies of the process answer: a fill is also a change that others hear of, and it.
  void Warm(FollowingReplica& replica, const std::string& id) {
    EXPECT_TRUE(Eventually([&] {
      const std::uint64_t before = replica.own_hits();
      replica.Read(source_, id);
      return replica.own_hits() > before;
    }));
  }

  RedisProcess redis_;
  TestKeys keys_;
  Source source_;
  const std::string id_ = IdOf(1);
};

TEST_F(CacheReplicas, WhatAnotherChangedIsReadAnew) {
  FollowingReplica here(redis_, keys_), there(redis_, keys_);
  ASSERT_TRUE(here.AwaitCoherent());
  ASSERT_TRUE(there.AwaitCoherent());
  source_.Write(id_, 1);
  EXPECT_EQ(here.Read(source_, id_), 1);
  Warm(here, id_);
  source_.Write(id_, 2);
  there.InvalidateAndWait(id_, 2);
  EXPECT_TRUE(Eventually([&] { return here.Read(source_, id_) == 2; }));
  Warm(here, id_);
  EXPECT_EQ(here.Read(source_, id_), 2);
}

TEST_F(CacheReplicas, CopiesAnswerWithoutRedis) {
  FollowingReplica here(redis_, keys_);
  ASSERT_TRUE(here.AwaitCoherent());
  source_.Write(id_, 1);
  Warm(here, id_);
  const auto asked = here.shared.stats().hits + here.shared.stats().misses;
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(here.Read(source_, id_), 1);
  EXPECT_LT(here.shared.stats().hits + here.shared.stats().misses, asked + 10);
}

TEST_F(CacheReplicas, WhatRedisHasHadForLongIsKeptToo) {
  EntityOptions options = ReplicatedOptions();
  options.coherent_age = milliseconds(300);
  FollowingReplica there(redis_, keys_);
  source_.Write(id_, 1);
  const auto began = SteadyClock::now();
  EXPECT_EQ(there.Read(source_, id_), 1);
  there.Sync();
  ASSERT_TRUE(Eventually([&] { return SteadyClock::now() - began > options.coherent_age; }));
  FollowingReplica here(redis_, keys_, {}, options);
  ASSERT_TRUE(here.AwaitCoherent());
  Warm(here, id_);
  EXPECT_EQ(here.cache.stats().loads, 0u);
}

TEST_F(CacheReplicas, AChangeThatComesWhileItIsReadEndsTheCopy) {
  FollowingReplica here(redis_, keys_), there(redis_, keys_);
  ASSERT_TRUE(here.AwaitCoherent());
  source_.Write(id_, 1);
  const std::string key = "rapport/test.fact/1/agency-one/" + keys_.ids.Show(kAgency, id_);
  support::Door door;
  auto reading = StartOn(here.home, ReadFact(here.cache, source_, id_, 0, &door));
  door.AwaitWaiting(1);
  source_.Write(id_, 2);
  const auto mark = here.shared.coherence().Now(key);
  there.InvalidateAndWait(id_, 2);
  ASSERT_TRUE(Eventually([&] { return !here.shared.coherence().Holds(mark, SteadyClock::now()); }))
      << "the change was heard";
  auto later = StartOn(here.second_home, ReadFact(here.cache, source_, id_));
  here.SyncSecond();
  door.Open();
  EXPECT_EQ(VersionIn(reading.get(), id_), 1) << "whoever asked before the change";
  EXPECT_EQ(VersionIn(later.get(), id_), 2)
      << "and who asked after it, though a load was under way";
  EXPECT_EQ(here.Read(source_, id_), 2);
}

TEST_F(CacheReplicas, WhileRedisIsAwayNothingIsKept) {
  FollowingReplica here(redis_, keys_);
  ASSERT_TRUE(here.AwaitCoherent());
  source_.Write(id_, 1);
  Warm(here, id_);
  redis_.Kill();
  ASSERT_TRUE(Eventually([&] { return !here.coherent(); }));
  source_.Write(id_, 2);
  EXPECT_EQ(here.Read(source_, id_), 2);
  source_.Write(id_, 3);
  EXPECT_EQ(here.Read(source_, id_), 3);
  redis_.Start();
  ASSERT_TRUE(here.AwaitCoherent());
  Warm(here, id_);
}

// Intake can't be asked, and Redis was emptied or is away: what a process read less than a minute
// ago is what api.md's reads are served by then.
TEST_F(CacheReplicas, AStaleCopyIsGivenThoughNobodySaysWhetherItHolds) {
  EntityOptions options = ReplicatedOptions();
  options.max_age = options.coherent_age = milliseconds(40);
  FollowingReplica here(redis_, keys_, {}, options);
  ASSERT_TRUE(here.AwaitCoherent());
  source_.Write(id_, 1);
  EXPECT_EQ(here.Read(source_, id_), 1);
  here.Sync();
  redis_.Kill();
  ASSERT_TRUE(Eventually([&] { return !here.coherent(); }));
  const auto stale = [&](const std::string& id) {
    const auto found = RunOn(here.home, here.cache.FindStale(kAgency, id));
    return found == nullptr ? 0 : found->version;
  };
  EXPECT_EQ(stale(id_), 1) << "read while there was a Redis";
  const std::string other = IdOf(2);
  source_.Write(other, 5);
  EXPECT_EQ(here.Read(source_, other), 5);
  EXPECT_EQ(stale(other), 5) << "read when there was none";
}

TEST_F(CacheReplicas, WhatAnotherFencedOffIsNotGivenStaleEither) {
  EntityOptions options = ReplicatedOptions();
  options.max_age = options.coherent_age = milliseconds(40);
  FollowingReplica here(redis_, keys_, {}, options), there(redis_, keys_);
  ASSERT_TRUE(here.AwaitCoherent());
  source_.Write(id_, 1);
  EXPECT_EQ(here.Read(source_, id_), 1);
  here.Sync();
  source_.Write(id_, 2);
  there.InvalidateAndWait(id_, 2);
  EXPECT_TRUE(
      Eventually([&] { return RunOn(here.home, here.cache.FindStale(kAgency, id_)) == nullptr; }));
}

TEST_F(CacheReplicas, ASilentRedisIsBelievedForASecond) {
  FollowingReplica here(redis_, keys_);
  ASSERT_TRUE(here.AwaitCoherent());
  source_.Write(id_, 1);
  Warm(here, id_);
  redis_.Suspend();
  const auto silent = SteadyClock::now();
  EXPECT_TRUE(Eventually([&] { return !here.coherent(); }));
  EXPECT_LT(SteadyClock::now() - silent, seconds(10)) << "1 s, and what a busy machine adds";
  redis_.Resume();
  EXPECT_TRUE(here.AwaitCoherent());
}

TEST_F(CacheReplicas, AnEmptiedRedisEndsEveryCopy) {
  FollowingReplica here(redis_, keys_);
  ASSERT_TRUE(here.AwaitCoherent());
  source_.Write(id_, 1);
  Warm(here, id_);
  source_.Write(id_, 2);
  redis_.Run({"FLUSHALL"});
  EXPECT_TRUE(Eventually([&] { return here.Read(source_, id_) == 2; }));
}

TEST_F(CacheReplicas, ALostFeedEndsEveryCopyAndComesBack) {
  FollowingReplica here(redis_, keys_);
  ASSERT_TRUE(here.AwaitCoherent());
  source_.Write(id_, 1);
  Warm(here, id_);
  const auto mark = here.shared.coherence().Now("rapport/any");
  redis_.Run({"CLIENT", "KILL", "TYPE", "pubsub"});
  EXPECT_TRUE(Eventually([&] { return !here.shared.coherence().Holds(mark, SteadyClock::now()); }));
  EXPECT_TRUE(here.AwaitCoherent());
  EXPECT_FALSE(here.shared.coherence().Holds(mark, SteadyClock::now()));
  Warm(here, id_);
}

// A user that may not follow has the shared level and no copies; one that may needs what the
// headers say.
TEST_F(CacheReplicas, WithoutTheRightToFollowThereAreNoCopies) {
  const ScratchFolder folder;
  std::ofstream(folder / "password") << "word";
  const auto allow = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"ACL",      "SETUSER",    "cache", "reset",       "on",
                                   ">word",    "~rapport/*", "+hget", "+hset",       "+del",
                                   "+pexpire", "+evalsha",   "+eval", "+script|load"};
    words.insert(words.end(), more.begin(), more.end());
    ASSERT_EQ(redis_.Run(words), "OK");
  };
  const RedisLogin login{.user = "cache", .password_file = folder / "password"};
  allow({});
  {
    FollowingReplica here(redis_, keys_, login), there(redis_, keys_, login);
    source_.Write(id_, 1);
    EXPECT_EQ(here.Read(source_, id_), 1);
    here.Sync();
    EXPECT_EQ(there.Read(source_, id_), 1);
    EXPECT_EQ(there.cache.stats().shared_hits, 1u);
    EXPECT_FALSE(here.coherent());
    EXPECT_EQ(here.own_hits(), 0u);
  }
  allow({"&__redis__:invalidate", "+client|id", "+client|tracking", "+subscribe", "+ping"});
  FollowingReplica here(redis_, keys_, login);
  EXPECT_TRUE(here.AwaitCoherent());
  Warm(here, id_);
}

// What deploy/kubernetes gives the services' user, no more and no less than the headers say.
TEST_F(CacheReplicas, TheUserOfTheManifestsIsEnoughForCopies) {
  const char* source = std::getenv("RAPPORT_SOURCE");
  ASSERT_NE(source, nullptr);
  std::ifstream file(std::string(source) + "/deploy/kubernetes/components/redis/client/users.acl");
  std::vector<std::string> words{"ACL", "SETUSER"};
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("user rapport ")) continue;
    for (const std::string_view word : std::vector<std::string>(absl::StrSplit(line, ' '))) {
      if (word != "user") words.emplace_back(word.starts_with('#') ? ">word" : word);
    }
  }
  ASSERT_EQ(redis_.Run(words), "OK");
  const ScratchFolder folder;
  std::ofstream(folder / "password") << "word\n";
  const RedisLogin login{.user = "rapport", .password_file = folder / "password"};
  FollowingReplica here(redis_, keys_, login), there(redis_, keys_, login);
  EXPECT_TRUE(here.AwaitCoherent());
  EXPECT_TRUE(there.AwaitCoherent());
  source_.Write(id_, 1);
  Warm(here, id_);
  EXPECT_EQ(there.Read(source_, id_), 1);
  EXPECT_EQ(there.cache.stats().shared_hits, 1u);
  const std::string refused = redis_.Run({"ACL", "DRYRUN", "rapport", "FLUSHALL"});
  EXPECT_NE(refused.find("no permissions"), std::string::npos) << refused;
}

// Writers write as services do (commit, fence, answer), as fast as they can; readers of another
// process read all the time: how long after a write was answered is the version before it given at
// most? RAPPORT_LONG: a million writes.
TEST_F(CacheReplicas, NoCopyIsOlderThanASecond) {
  constexpr int kEntities = 500, kWriters = 2;
  const int writes = support::Long() ? 500'000 : 15'000;  // of each
  FollowingReplica reads(redis_, keys_), other(redis_, keys_);
  ASSERT_TRUE(reads.AwaitCoherent());
  // Since when a version is stale: since the write of the next one was answered.
  struct Entity {
    std::mutex mutex;
    std::int64_t version = 0;
    std::map<std::int64_t, SteadyClock::time_point> superseded;
  };
  std::array<Entity, kEntities> entities;
  std::atomic<int> writing{kWriters};
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      std::mt19937 random(static_cast<unsigned>(w));
      for (int i = 0; i < writes; ++i) {
        const int number = static_cast<int>(random() % (kEntities / kWriters)) * kWriters + w;
        Entity& entity = entities[static_cast<std::size_t>(number)];
        std::int64_t version = 0;
        {
          std::lock_guard lock(entity.mutex);
          version = entity.version + 1;
          source_.Write(IdOf(number), version);
          entity.version = version;
          if (entity.superseded.size() > 10'000) {
            entity.superseded.erase(entity.superseded.begin());
          }
        }
        ThreadExecutor& home = w == 0 ? other.home : other.second_home;
        RunOn(home, other.cache.InvalidateAndWait(kAgency, IdOf(number), version));
        std::lock_guard lock(entity.mutex);
        entity.superseded[version - 1] = SteadyClock::now();
      }
      --writing;
    });
  }
  std::chrono::nanoseconds oldest{};
  std::mt19937 random(7);
  int read = 0;
  for (; writing > 0 || read < 1'000; ++read) {
    const int number = static_cast<int>(random() % kEntities);
    Entity& entity = entities[static_cast<std::size_t>(number)];
    const auto asked = SteadyClock::now();
    const std::int64_t version = reads.Read(source_, IdOf(number));
    std::lock_guard lock(entity.mutex);
    if (entity.superseded.empty() || version >= entity.superseded.begin()->first) {
      const auto since = entity.superseded.find(version);
      if (since != entity.superseded.end()) oldest = std::max(oldest, asked - since->second);
    } else {
      ADD_FAILURE() << "version " << version << " of before the last 10,000";
    }
  }
  for (std::thread& writer : writers) writer.join();
  const auto ms = [](auto time) { return std::chrono::duration<double, std::milli>(time).count(); };
  RecordProperty("oldest_ms", std::to_string(ms(oldest)));
  std::printf("%d writes, %d reads, %llu of them from the process; the oldest was %.1f ms stale\n",
              kWriters * writes, read, static_cast<unsigned long long>(reads.own_hits()),
              ms(oldest));
  EXPECT_LT(oldest, seconds(1));
  EXPECT_GT(reads.own_hits(), 0u);
  EXPECT_EQ(other.shared.stats().fences_lost, 0u);
  EXPECT_EQ(other.shared.stats().dropped, 0u);
}

}  // namespace
}  // namespace rapport::cache
