// Who reads an entity gets it from the nearest place that may still be believed.
#include "unit/cache/entity_testing.h"

#include <stdexcept>

namespace rapport::cache {
namespace {

using support::Door;
using support::Settle;

// A shared level without a server: it keeps what it is given and, when told, loses fences.
class MapCache final : public SharedCache {
 public:
  bool loses_fences = false;
  std::map<std::string, Hit>& entries() { return entries_; }

 private:
  bool Start(Command& command) override {
    std::lock_guard lock(mutex_);
    auto& entry = entries_[std::string(command.key)];
    if (command.kind == Command::Kind::kGet) {
      if (!entry.value.empty()) command.hit = entry;
    } else if (command.order >= entry.order &&
               !(command.kind == Command::Kind::kFence && loses_fences)) {
      entry = {command.order, std::string(command.value)};
    }
    return false;
  }

  std::mutex mutex_;
  std::map<std::string, Hit> entries_;
};

class EntityCacheTest : public testing::Test {
 protected:
  EntityCacheTest() { source_.Write(id_, 3); }

  std::int64_t Read(FactCache& cache, std::int64_t min_version = 0) {
    return VersionIn(RunOn(home_, ReadFact(cache, source_, id_, min_version)), id_);
  }
  FactCache Make(EntityOptions options, SharedCache& shared) {
    return FactCache(std::move(options), shared, keys_.secrets());
  }

  const std::string id_ = IdOf(1);
  const TestKeys keys_;
  Source source_;
  NullCache none_;
  MapCache map_;
  CallContext context_, other_context_;
  ThreadExecutor home_;
};

TEST_F(EntityCacheTest, WithoutAnyLevelEveryReadLoads) {
  auto cache = Make(FactOptions(), none_);
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(Read(cache), 3);
    EXPECT_EQ(source_.loads, i);
  }
  EXPECT_EQ(cache.Find(kAgency, id_), nullptr);
}

TEST_F(EntityCacheTest, TheProcessKeepsWhatItLoaded) {
  auto cache = Make(CoherentOptions(), none_);
  EXPECT_EQ(cache.Find(kAgency, id_), nullptr);
  EXPECT_EQ(Read(cache), 3);
  EXPECT_EQ(Read(cache), 3);
  ASSERT_NE(cache.Find(kAgency, id_), nullptr);
  EXPECT_EQ(cache.Find(kAgency, id_)->version, 3);
  EXPECT_EQ(cache.Find("agency-two", id_), nullptr);
  EXPECT_EQ(source_.loads, 1);
  EXPECT_EQ(cache.stats().loads, 1u);
  EXPECT_EQ(cache.stats().process_hits, 3u);
}

TEST_F(EntityCacheTest, AnotherReplicaFindsItInTheSharedLevel) {
  auto one = Make(FactOptions(), map_), two = Make(FactOptions(), map_);
  EXPECT_EQ(Read(one), 3);
  EXPECT_EQ(Read(two), 3);
  EXPECT_EQ(source_.loads, 1);
  EXPECT_EQ(two.stats().shared_hits, 1u);
}

TEST_F(EntityCacheTest, NothingOlderThanAskedForComesFromACache) {
  auto cache = Make(CoherentOptions(), map_);
  EXPECT_EQ(Read(cache), 3);
  source_.Write(id_, 4);
  EXPECT_EQ(Read(cache), 3) << "nobody told it";
  EXPECT_EQ(cache.Find(kAgency, id_, 4), nullptr);
  EXPECT_EQ(Read(cache, 4), 4);
  EXPECT_EQ(Read(cache), 4) << "and it remembers";
  EXPECT_EQ(source_.loads, 2);
}

TEST_F(EntityCacheTest, AVersionThatDoesNotExistIsAnsweredByTheLoader) {
  auto cache = Make(CoherentOptions(), map_);
  EXPECT_EQ(Read(cache, std::numeric_limits<std::int64_t>::max()), 3);
  EXPECT_EQ(Read(cache, -5), 3);
}

TEST_F(EntityCacheTest, InvalidateForgetsInBothLevels) {
  auto cache = Make(CoherentOptions(), map_);
  EXPECT_EQ(Read(cache), 3);
  source_.Write(id_, 4);
  cache.Invalidate(kAgency, id_, 4);
  EXPECT_EQ(cache.Find(kAgency, id_), nullptr);
  EXPECT_EQ(Read(cache), 4);
  source_.Write(id_, 5);
  RunOn(home_, cache.InvalidateAndWait(kAgency, id_, 5));
  EXPECT_EQ(Read(cache), 5);
  EXPECT_EQ(source_.loads, 3);
}

TEST_F(EntityCacheTest, AnInvalidationOfWhatIsAlreadyKnownForgetsNothing) {
  auto cache = Make(CoherentOptions(), none_);
  source_.Write(id_, 5);
  EXPECT_EQ(Read(cache), 5);
  cache.Invalidate(kAgency, id_, 5);
  cache.Invalidate(kAgency, id_, 4);
  EXPECT_EQ(Read(cache), 5);
  EXPECT_EQ(source_.loads, 1);
}

TEST_F(EntityCacheTest, AProcessThatWroteTakesNothingOlderFromASharedLevelThatLostTheFence) {
  auto cache = Make(CoherentOptions(), map_);
  EXPECT_EQ(Read(cache), 3);
  map_.loses_fences = true;
  source_.Write(id_, 4);
  cache.Invalidate(kAgency, id_, 4);
  EXPECT_EQ(Read(cache), 4);
}

TEST_F(EntityCacheTest, WhatASourceThatLagsBehindAnInvalidationSaysIsNotKept) {
  auto cache = Make(CoherentOptions(), map_);
  cache.Invalidate(kAgency, id_, 5);
  EXPECT_EQ(Read(cache), 3) << "the loader is final";
  EXPECT_EQ(cache.Find(kAgency, id_), nullptr);
  source_.Write(id_, 5);
  EXPECT_EQ(Read(cache), 5);
  EXPECT_EQ(cache.Find(kAgency, id_)->version, 5);
}

TEST_F(EntityCacheTest, FailuresAreGivenAndNotKept) {
  auto cache = Make(CoherentOptions(), map_);
  source_.Delete(id_);
  EXPECT_TRUE(absl::IsNotFound(RunOn(home_, ReadFact(cache, source_, id_)).status()));
  EXPECT_EQ(cache.stats().load_failures, 1u);
  source_.Write(id_, 7);
  EXPECT_EQ(Read(cache), 7);
}

TEST_F(EntityCacheTest, NoValueIsAnAnswerThatIsNotKept) {
  auto cache = Make(CoherentOptions(), map_);
  const auto read = [](FactCache& c, CallContext& context, std::string id) -> Task<FactOr> {
    co_return co_await c.GetOrLoad(context, kAgency, id, 0,
                                   [](CallContext&) -> Task<absl::StatusOr<Loaded<Fact>>> {
                                     co_return Loaded<Fact>{9, nullptr};
                                   });
  };
  const FactOr nothing = RunOn(home_, read(cache, context_, id_));
  ASSERT_TRUE(nothing.ok());
  EXPECT_EQ(*nothing, nullptr);
  EXPECT_EQ(Read(cache), 3);
}

TEST_F(EntityCacheTest, ACopyIsGivenNoLongerThanItsAgeAllowsExceptWhenAskedForStale) {
  auto options = FactOptions();
  options.process_entries = 100;
  options.max_age = milliseconds(40);
  for (SharedCache* shared :
       {static_cast<SharedCache*>(&none_), static_cast<SharedCache*>(&map_)}) {
    auto cache = Make(options, *shared);
    const int before = source_.loads;
    EXPECT_EQ(Read(cache), 3);
    EXPECT_TRUE(Eventually([&] { return cache.Find(kAgency, id_) == nullptr; }));
    const auto stale = RunOn(home_, cache.FindStale(kAgency, id_));
    ASSERT_NE(stale, nullptr);
    EXPECT_EQ(stale->version, 3);
    EXPECT_EQ(source_.loads, before + 1);
    EXPECT_EQ(Read(cache), 3);
    EXPECT_EQ(source_.loads, before + 2);
  }
}

TEST_F(EntityCacheTest, TheSharedLevelsCopiesAgeFromWhenTheyWereRead) {
  auto options = FactOptions();
  auto one = Make(options, map_);
  EXPECT_EQ(Read(one), 3);
  const auto filled = SteadyClock::now();
  options.process_entries = 100;
  options.max_age = milliseconds(40);
  auto two = Make(options, map_);
  EXPECT_TRUE(Eventually([&] { return SteadyClock::now() > filled + milliseconds(45); }));
  EXPECT_EQ(Read(two), 3);
  EXPECT_EQ(source_.loads, 2) << "too old for this reader";
  EXPECT_NE(RunOn(home_, Make(options, map_).FindStale(kAgency, id_)), nullptr);
  EXPECT_EQ(RunOn(home_, two.FindStale(kAgency, IdOf(2))), nullptr);
}

// A writer that died between commit and fence leaves an old value in the shared level. A process
// that trusts its own copies for ever must not take that one for ever.
TEST_F(EntityCacheTest, ACopyFromTheSharedLevelAgesEvenInACoherentProcess) {
  auto options = CoherentOptions();
  options.ttl = milliseconds(500);
  EXPECT_EQ(Read(*std::make_unique<FactCache>(options, map_, keys_.secrets())), 3);
  auto restarted = Make(options, map_);
  EXPECT_EQ(Read(restarted), 3);
  EXPECT_EQ(restarted.stats().shared_hits, 1u);
  source_.Write(id_, 4);
  EXPECT_TRUE(Eventually([&] { return Read(restarted) == 4; }));
}

TEST_F(EntityCacheTest, ALoadOfHalfTheTimeToLiveIsNotShared) {
  auto options = FactOptions();
  options.ttl = milliseconds(40);
  auto cache = Make(options, map_);
  Door door;
  auto read = StartOn(home_, ReadFact(cache, source_, id_, 0, &door));
  door.AwaitWaiting(1);
  const auto waiting = SteadyClock::now();
  EXPECT_TRUE(Eventually([&] { return SteadyClock::now() > waiting + milliseconds(20); }));
  door.Open();
  EXPECT_EQ(VersionIn(read.get(), id_), 3);
  EXPECT_EQ(Read(cache), 3);
  EXPECT_EQ(source_.loads, 2);
}

TEST_F(EntityCacheTest, WithoutASealerTheSharedLevelIsPassedOver) {
  auto secrets = keys_.secrets();
  secrets.sealer = [](std::string_view) { return nullptr; };
  FactCache cache(FactOptions(), map_, secrets);
  EXPECT_EQ(Read(cache), 3);
  EXPECT_EQ(Read(cache), 3);
  EXPECT_EQ(source_.loads, 2);
  EXPECT_EQ(map_.entries().size(), 0u);
}

TEST_F(EntityCacheTest, AValueOfAnotherSchemaIsNotRead) {
  auto options = FactOptions();
  auto one = Make(options, map_);
  EXPECT_EQ(Read(one), 3);
  options.schema = 2;
  auto two = Make(options, map_);
  EXPECT_EQ(Read(two), 3);
  EXPECT_EQ(source_.loads, 2);
}

TEST_F(EntityCacheTest, EveryChangedOrMissingByteIsAMiss) {
  auto cache = Make(FactOptions(), map_);
  EXPECT_EQ(Read(cache), 3);
  ASSERT_EQ(map_.entries().size(), 1u);
  const SharedCache::Hit good = map_.entries().begin()->second;
  ASSERT_GT(good.value.size(), 33u);
  std::uint64_t bad = 0;
  for (std::size_t i = 0; i < good.value.size(); ++i) {
    for (const bool cut : {false, true}) {
      std::string& value = map_.entries().begin()->second.value;
      value = good.value;
      value[i] = static_cast<char>(value[i] ^ 1);
      if (cut) value.resize(std::max<std::size_t>(i, 1));  // None at all would be a fence.
      EXPECT_EQ(Read(cache), 3);
      EXPECT_EQ(map_.stats().decrypt_failures, ++bad) << i;
    }
  }
  map_.entries().begin()->second = {good.order + 2, good.value};
  EXPECT_EQ(Read(cache, 4), 3) << "an old value said that it is newer";
  EXPECT_EQ(map_.stats().decrypt_failures, ++bad);
  EXPECT_EQ(cache.stats().shared_hits, 0u);
}

TEST_F(EntityCacheTest, BytesThatDoNotDecodeAreAMiss) {
  struct Picky : FactCodec {
    static std::shared_ptr<const Fact> Decode(std::string_view) { return nullptr; }
  };
  EntityCache<Fact, Picky> cache(FactOptions(), map_, keys_.secrets());
  const auto read = [](EntityCache<Fact, Picky>& c, CallContext& context, Source& source,
                       std::string id) -> Task<FactOr> {
    co_return co_await c.GetOrLoad(context, kAgency, id, 0,
                                   [&](CallContext&) -> Task<absl::StatusOr<Loaded<Fact>>> {
                                     co_return source.Read(kAgency, id);
                                   });
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(VersionIn(RunOn(home_, read(cache, context_, source_, id_)), id_), 3);
  }
  EXPECT_EQ(source_.loads, 2);
}

// Loads with the caller's context, which the test may end.
Task<FactOr> ReadWith(FactCache& cache, CallContext& context, Source& source, std::string id,
                      Door& door, bool* load_ended) {
  co_return co_await cache.GetOrLoad(context, kAgency, id, 0,
                                     [&](CallContext& load) -> Task<absl::StatusOr<Loaded<Fact>>> {
                                       auto loaded = source.Read(kAgency, id);
                                       co_await door.Pass();
                                       *load_ended = load.Expired();
                                       co_return loaded;
                                     });
}

Task<void> Cancel(CallContext& context) {
  context.Cancel();
  co_return;
}

TEST_F(EntityCacheTest, NobodysCancellationOrDeadlineEndsTheLoad) {
  auto cache = Make(FactOptions(), none_);
  Door door;
  bool load_ended = true;
  context_.deadline = SteadyClock::now();  // The one who loads has no time.
  auto leader = StartOn(home_, ReadWith(cache, context_, source_, id_, door, &load_ended));
  door.AwaitWaiting(1);
  other_context_.deadline = SteadyClock::now() + seconds(60);
  auto waiter = StartOn(home_, ReadWith(cache, other_context_, source_, id_, door, &load_ended));
  Settle(home_);
  RunOn(home_, Cancel(context_));
  door.Open();
  EXPECT_EQ(VersionIn(waiter.get(), id_), 3);
  EXPECT_EQ(VersionIn(leader.get(), id_), 3);
  EXPECT_FALSE(load_ended);
  EXPECT_EQ(source_.loads, 1);
}

TEST_F(EntityCacheTest, ACancelledWaiterLeavesAtOnceAndTheLoadGoesOn) {
  auto cache = Make(FactOptions(), none_);
  Door door;
  bool load_ended = true;
  context_.deadline = other_context_.deadline = SteadyClock::now() + seconds(60);
  auto leader = StartOn(home_, ReadWith(cache, context_, source_, id_, door, &load_ended));
  door.AwaitWaiting(1);
  auto waiter = StartOn(home_, ReadWith(cache, other_context_, source_, id_, door, &load_ended));
  Settle(home_);
  RunOn(home_, Cancel(other_context_));
  EXPECT_TRUE(absl::IsCancelled(waiter.get().status()));
  EXPECT_EQ(leader.wait_for(seconds(0)), std::future_status::timeout);
  door.Open();
  EXPECT_EQ(VersionIn(leader.get(), id_), 3);
}

TEST_F(EntityCacheTest, TheLoadRunsAsWhoeverAskedFirst) {
  auto cache = Make(FactOptions(), none_);
  context_.deadline = SteadyClock::now() + seconds(60);
  context_.bearer = "Bearer of the first";
  context_.principal = std::make_shared<const Principal>(Principal{.agency = kAgency});
  const auto read = [](FactCache& c, CallContext& context, std::string id,
                       std::string& seen) -> Task<FactOr> {
    co_return co_await c.GetOrLoad(
        context, kAgency, id, 0, [&](CallContext& load) -> Task<absl::StatusOr<Loaded<Fact>>> {
          seen = std::string(load.bearer) + " at " + load.principal->agency;
          co_return absl::NotFoundError("");
        });
  };
  std::string seen;
  EXPECT_TRUE(absl::IsNotFound(RunOn(home_, read(cache, context_, id_, seen)).status()));
  EXPECT_EQ(seen, "Bearer of the first at agency-one");
}

TEST_F(EntityCacheTest, AFailureIsGivenToAllWhoWait) {
  auto cache = Make(FactOptions(), none_);
  source_.Delete(id_);
  Door door;
  std::vector<std::future<FactOr>> reads;
  for (int i = 0; i < 100; ++i) {
    reads.push_back(StartOn(home_, ReadFact(cache, source_, id_, 0, &door)));
  }
  Settle(home_);
  door.Open();
  for (auto& read : reads) EXPECT_TRUE(absl::IsNotFound(read.get().status()));
  EXPECT_EQ(source_.loads, 1);
}

TEST_F(EntityCacheTest, ALoaderThatThrowsHurtsOnlyItsOwnCaller) {
  auto cache = Make(FactOptions(), none_);
  Door door;
  const auto read = [](FactCache& c, CallContext& context, std::string id, Door& at) -> Task<bool> {
    try {
      (void)co_await c.GetOrLoad(context, kAgency, id, 0,
                                 [&](CallContext&) -> Task<absl::StatusOr<Loaded<Fact>>> {
                                   co_await at.Pass();
                                   throw std::runtime_error("a library failed");
                                 });
    } catch (const std::runtime_error&) {
      co_return true;
    }
    co_return false;
  };
  auto thrown = StartOn(home_, read(cache, context_, id_, door));
  door.AwaitWaiting(1);
  auto waiting = StartOn(home_, ReadFact(cache, source_, id_));
  Settle(home_);
  door.Open();
  EXPECT_TRUE(thrown.get());
  EXPECT_EQ(VersionIn(waiting.get(), id_), 3);
}

}  // namespace
}  // namespace rapport::cache
