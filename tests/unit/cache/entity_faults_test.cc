// Whatever Redis does, a reader gets the right value or loads it: never an error, never somebody
// else's value.
#include "unit/cache/entity_testing.h"

#include "support/chaos_proxy.h"

#include <gmock/gmock.h>

#include <random>
#include <sstream>
#include <thread>

namespace rapport::cache {
namespace {

using support::ChaosProxy;
using testing::HasSubstr;
using testing::Not;

class EntityFaultsTest : public testing::Test {
 protected:
  EntityFaultsTest() {
    for (int i = 0; i < kEntities; ++i) source_.Write(IdOf(i), 3);
  }
  std::string KeyOf(const std::string& id, const std::string& agency = kAgency) const {
    return "rapport/test.fact/1/" + agency + "/" + keys_.ids.Show(agency, id);
  }

  static constexpr int kEntities = 64;
  const TestKeys keys_;
  Source source_;
  RedisProcess redis_;
};

TEST_F(EntityFaultsTest, RedisLearnsNothing) {
  Replica replica(redis_, keys_, FactOptions());
  EXPECT_EQ(replica.Read(source_, IdOf(1)), 3);
  replica.Sync();
  const std::string key = redis_.Run({"KEYS", "*"});
  EXPECT_EQ(key, KeyOf(IdOf(1)));
  EXPECT_THAT(key, Not(HasSubstr(IdOf(1))));
  EXPECT_THAT(redis_.Run({"HGETALL", key}), Not(HasSubstr(IdOf(1))));
  EXPECT_THAT(redis_.Run({"HGETALL", key}), Not(HasSubstr(kAgency)));
  EXPECT_EQ(redis_.Run({"HGET", key, "v"}), "7");
  const long ttl_ms = std::stol(redis_.Run({"PTTL", key}));
  EXPECT_GT(ttl_ms, 40'000);
  EXPECT_LE(ttl_ms, 60'000);
}

TEST_F(EntityFaultsTest, ValuesThatChangedPlacesAreMisses) {
  Replica replica(redis_, keys_, FactOptions());
  replica.Read(source_, IdOf(1));
  replica.Read(source_, IdOf(2));
  replica.Sync();
  const std::string one = KeyOf(IdOf(1)), two = KeyOf(IdOf(2));
  redis_.Run({"RENAME", one, "aside"});
  redis_.Run({"RENAME", two, one});
  redis_.Run({"RENAME", "aside", two});
  const int before = source_.loads;
  EXPECT_EQ(replica.Read(source_, IdOf(1)), 3);
  EXPECT_EQ(replica.shared.stats().decrypt_failures, 1u);
  EXPECT_TRUE(Eventually([&] { return replica.shared.stats().errors > 0; }))
      << "the connection is not trusted any more";
  EXPECT_TRUE(Eventually([&] { return replica.shared.ready(); }));
  EXPECT_EQ(replica.Read(source_, IdOf(2)), 3);
  EXPECT_EQ(replica.shared.stats().decrypt_failures, 2u);
  EXPECT_EQ(source_.loads, before + 2);
  EXPECT_TRUE(Eventually([&] {
    const auto hits = replica.cache.stats().shared_hits.load();
    replica.Read(source_, IdOf(1));
    return replica.cache.stats().shared_hits > hits;
  })) << "the right value replaces the wrong one";
}

TEST_F(EntityFaultsTest, AValueOfAnotherAgencyOrVersionIsAMiss) {
  Replica replica(redis_, keys_, FactOptions());
  replica.Read(source_, IdOf(1));
  replica.Sync();
  const std::string data = redis_.Run({"HGET", KeyOf(IdOf(1)), "d"});
  const std::string elsewhere = KeyOf(IdOf(1), "agency-two");
  redis_.Run({"HSET", elsewhere, "v", "7", "d", data});
  EXPECT_EQ(VersionIn(RunOn(replica.home,
                            ReadFact(replica.cache, source_, IdOf(1), 0, nullptr, "agency-two")),
                      IdOf(1), "agency-two"),
            3);
  EXPECT_EQ(replica.shared.stats().decrypt_failures, 1u);
  // An old value that says it is newer.
  ASSERT_TRUE(Eventually([&] { return replica.shared.stats().errors > 0; }));
  ASSERT_TRUE(Eventually([&] { return replica.shared.ready(); }));
  std::string newer = data;
  newer[7] = 9;
  redis_.Run({"HSET", KeyOf(IdOf(1)), "v", "9", "d", newer});
  EXPECT_EQ(replica.Read(source_, IdOf(1), 4), 3);
  EXPECT_EQ(replica.shared.stats().decrypt_failures, 2u);
}

// A value of a key that was replaced is no reason to give up the connection.
TEST_F(EntityFaultsTest, ValuesOfAnotherKeyAreMissesOnly) {
  Replica replica(redis_, keys_, FactOptions());
  replica.Read(source_, IdOf(1));
  replica.Sync();
  auto secrets = keys_.secrets();
  const auto rotated = std::make_shared<const crypto::Sealer>(77, std::string(32, 'r'));
  secrets.sealer = [&](std::string_view) { return rotated; };
  FactCache cache(FactOptions(), replica.shared, secrets);
  EXPECT_EQ(VersionIn(RunOn(replica.home, ReadFact(cache, source_, IdOf(1))), IdOf(1)), 3);
  EXPECT_EQ(replica.shared.stats().decrypt_failures, 1u);
  replica.Sync();
  EXPECT_EQ(VersionIn(RunOn(replica.home, ReadFact(cache, source_, IdOf(1))), IdOf(1)), 3);
  EXPECT_EQ(cache.stats().shared_hits, 1u);
  EXPECT_EQ(replica.shared.stats().errors, 0u);
}

// Reads all entities at random, `in_flight` at a time, until the test is over.
class Readers {
 public:
  Readers(Replica& replica, Source& source, int entities, int in_flight) {
    for (int i = 0; i < in_flight; ++i) {
      Executor& home = i % 2 == 0 ? replica.home : replica.second_home;
      running_.push_back(StartOn(home, Read(replica, source, home, entities, i)));
    }
  }
  void Stop() {
    stop_ = true;
    for (auto& one : running_) one.get();
    running_.clear();
  }
  ~Readers() { Stop(); }

  std::atomic<int> reads{0}, failures{0};

 private:
  Task<void> Read(Replica& replica, Source& source, Executor& home, int entities,
                  std::uint32_t seed) {
    std::minstd_rand random(seed + 1);
    while (!stop_) {
      const std::string id = IdOf(static_cast<int>(random() % entities));
      const FactOr fact = co_await ReadFact(replica.cache, source, id);
      if (VersionIn(fact, id) != 3) ++failures;
      ++reads;
      co_await support::On{home};
    }
  }

  std::atomic<bool> stop_{false};
  std::vector<std::future<void>> running_;
};

TEST_F(EntityFaultsTest, ShuffledRepliesGiveNobodyAWrongValue) {
  const ScratchFolder folder;
  ChaosProxy proxy({.unix_socket = folder / "proxy.sock"}, {.unix_socket = redis_.socket()});
  Replica replica({.address = {.unix_socket = folder / "proxy.sock"}, .reply_limit = kPatient},
                  keys_, FactOptions());
  Readers readers(replica, source_, kEntities, 64);
  EXPECT_TRUE(Eventually([&] { return replica.cache.stats().shared_hits > 1'000; }));
  proxy.ShuffleReplies(true, 20'240'601);
  EXPECT_TRUE(Eventually([&] { return replica.shared.stats().decrypt_failures > 20; }));
  proxy.ShuffleReplies(false);
  for (int i = 0; i < 5; ++i) {
    // Until the connection before is gone, or it is that one's reply that is lost.
    const auto hits = replica.cache.stats().shared_hits.load();
    EXPECT_TRUE(Eventually([&] { return replica.cache.stats().shared_hits > hits + 1'000; }));
    const auto errors = replica.shared.stats().errors.load();
    proxy.LoseOneReply();
    EXPECT_TRUE(Eventually([&] { return replica.shared.stats().errors > errors; }));
  }
  readers.Stop();
  EXPECT_EQ(readers.failures, 0);
}

// Everything at once, in an order that the printed seed repeats.
TEST_F(EntityFaultsTest, NoFaultIsAnErrorOrAWrongValue) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::minstd_rand random(seed);
  const ScratchFolder folder;
  ChaosProxy proxy({.unix_socket = folder / "proxy.sock"}, {.unix_socket = redis_.socket()});
  Replica replica(
      {.address = {.unix_socket = folder / "proxy.sock"}, .reply_limit = milliseconds(50)}, keys_,
      FactOptions());
  Readers readers(replica, source_, kEntities, 64);
  const auto some_reads = [&] {
    const int before = readers.reads;
    EXPECT_TRUE(Eventually([&] { return readers.reads > before + 2'000; }));
  };
  const std::vector<std::function<void()>> faults = {
      [&] { redis_.Kill(), some_reads(), redis_.Start(); },
      [&] { redis_.Suspend(), some_reads(), redis_.Resume(); },
      [&] { redis_.Run({"CLIENT", "PAUSE", "100"}); },
      [&] { redis_.Run({"DEBUG", "SLEEP", "0.1"}); },
      [&] { redis_.Run({"FLUSHALL"}); },
      [&] { redis_.Run({"SCRIPT", "FLUSH"}); },
      [&] {
        for (int i = 0; i < kEntities; ++i) redis_.Run({"SET", KeyOf(IdOf(i)), "nonsense"});
      },
      [&] {
        for (int i = 0; i < kEntities; ++i) redis_.Run({"HSET", KeyOf(IdOf(i)), "d", "nonsense"});
      },
      [&] {
        redis_.Run({"CONFIG", "SET", "maxmemory", "1"});
        some_reads();
        redis_.Run({"CONFIG", "SET", "maxmemory", "0"});
      },
      [&] { proxy.Cut(); },
      [&] { proxy.CutAfter(1'000); },
      [&] { proxy.StallReplies(true), some_reads(), proxy.StallReplies(false); },
      [&] { proxy.StallRequests(true), some_reads(), proxy.StallRequests(false); },
      [&] { proxy.ShuffleReplies(true, seed), some_reads(), proxy.ShuffleReplies(false); },
      [&] { proxy.LoseOneReply(); },
      [&] { proxy.Inject("$5\r\nhello\r\n"); },
  };
  std::vector<std::size_t> order(faults.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), random);
  for (const std::size_t fault : order) {
    faults[fault]();
    some_reads();
  }
  const auto hits = replica.cache.stats().shared_hits.load();
  EXPECT_TRUE(Eventually([&] { return replica.cache.stats().shared_hits > hits + 1'000; }));
  readers.Stop();
  EXPECT_EQ(readers.failures, 0);
  printf("%d reads through %zu faults, %d loads\n", readers.reads.load(), faults.size(),
         source_.loads.load());
}

}  // namespace
}  // namespace rapport::cache
