// Readers and writers at once, on replicas that share a real Redis: what was fenced off does not
// come back, at either level, whatever is late.
#include "unit/cache/entity_testing.h"

namespace rapport::cache {
namespace {

using support::Door;
using support::Settle;

class EntityRacesTest : public testing::Test {
 protected:
  EntityRacesTest() { source_.Write(id_, 3); }

  const std::string id_ = IdOf(1);
  const TestKeys keys_;
  Source source_;
  RedisProcess redis_;
};

TEST_F(EntityRacesTest, AThousandMissesAtOnceAreOneLoad) {
  for (const auto& options : {FactOptions(), CoherentOptions()}) {
    Replica replica(redis_, keys_, options);
    redis_.Run({"FLUSHALL"});
    source_.loads = 0;
    Door door;
    std::vector<std::future<FactOr>> reads;
    for (int i = 0; i < 1'000; ++i) {
      reads.push_back(StartOn(i % 2 == 0 ? replica.home : replica.second_home,
                              ReadFact(replica.cache, source_, id_, 0, &door)));
    }
    Settle(replica.home);
    Settle(replica.second_home);
    door.AwaitWaiting(1);
    door.Open();
    for (auto& read : reads) EXPECT_EQ(VersionIn(read.get(), id_), 3);
    EXPECT_EQ(source_.loads, 1);
    EXPECT_EQ(replica.cache.stats().waits, 999u);
  }
}

TEST_F(EntityRacesTest, ALateFillOfTheWritersOwnProcessFillsNothing) {
  Replica replica(redis_, keys_, CoherentOptions());
  Door door;
  auto late = StartOn(replica.home, ReadFact(replica.cache, source_, id_, 0, &door));
  door.AwaitWaiting(1);  // It has read version 3.
  source_.Write(id_, 4);
  replica.InvalidateAndWait(id_, 4);
  door.Open();
  EXPECT_EQ(VersionIn(late.get(), id_), 3) << "it began before the write ended";
  replica.Sync();
  EXPECT_EQ(replica.cache.Find(kAgency, id_), nullptr);
  EXPECT_EQ(replica.Read(source_, id_), 4);
  EXPECT_EQ(Replica(redis_, keys_, FactOptions()).Read(source_, id_), 4);
}

TEST_F(EntityRacesTest, ALateFillOfAnotherProcessIsRefusedByTheFence) {
  Replica reader(redis_, keys_, FactOptions()), writer(redis_, keys_, FactOptions());
  Door door;
  auto late = StartOn(reader.home, ReadFact(reader.cache, source_, id_, 0, &door));
  door.AwaitWaiting(1);
  source_.Write(id_, 4);
  writer.InvalidateAndWait(id_, 4);
  door.Open();
  EXPECT_EQ(VersionIn(late.get(), id_), 3);
  reader.Sync();
  EXPECT_EQ(reader.shared.stats().refused_stale, 1u);
  EXPECT_EQ(reader.Read(source_, id_), 4);
  EXPECT_EQ(source_.loads, 2);
  reader.Sync();
  EXPECT_EQ(writer.Read(source_, id_), 4);
  EXPECT_EQ(source_.loads, 2) << "the fill of the new version was taken";
}

TEST_F(EntityRacesTest, WhoComesAfterTheWriteDoesNotWaitForTheOldLoad) {
  Replica replica(redis_, keys_, CoherentOptions());
  Door door;
  auto late = StartOn(replica.home, ReadFact(replica.cache, source_, id_, 0, &door));
  door.AwaitWaiting(1);
  source_.Write(id_, 4);
  replica.cache.Invalidate(kAgency, id_, 4);
  EXPECT_EQ(replica.Read(source_, id_), 4);
  door.Open();
  EXPECT_EQ(VersionIn(late.get(), id_), 3);
  EXPECT_EQ(replica.cache.Find(kAgency, id_)->version, 4) << "the old load overwrote the new one";
}

TEST_F(EntityRacesTest, ADeletedEntityStaysDeleted) {
  Replica reader(redis_, keys_, FactOptions()), writer(redis_, keys_, CoherentOptions());
  EXPECT_EQ(writer.Read(source_, id_), 3);
  writer.Sync();
  redis_.Run({"FLUSHALL"});
  Door door;
  auto late = StartOn(reader.home, ReadFact(reader.cache, source_, id_, 0, &door));
  door.AwaitWaiting(1);
  source_.Delete(id_);
  writer.InvalidateAndWait(id_, 4);
  EXPECT_EQ(writer.Read(source_, id_), 0);
  door.Open();
  EXPECT_EQ(VersionIn(late.get(), id_), 3);
  reader.Sync();
  EXPECT_EQ(reader.Read(source_, id_), 0);
  EXPECT_EQ(writer.Read(source_, id_), 0);
}

TEST_F(EntityRacesTest, AReaderWhoKnowsOfAWriteDoesNotSettleForAnOlderLoadOfSomebodyElse) {
  Replica replica(redis_, keys_, FactOptions());
  Door door;
  auto old = StartOn(replica.home, ReadFact(replica.cache, source_, id_, 0, &door));
  door.AwaitWaiting(1);
  source_.Write(id_, 4);  // By a process that has not yet said so.
  auto knows = StartOn(replica.home, ReadFact(replica.cache, source_, id_, 4, &door));
  Settle(replica.home);
  door.Open();
  EXPECT_EQ(VersionIn(old.get(), id_), 3);
  EXPECT_EQ(VersionIn(knows.get(), id_), 4);
}

// Observers: while a writer goes through versions, every read must bring at least the version whose
// invalidation was complete before the read began.
class Observed {
 public:
  Observed(int keys, int versions) : per_key_(versions / keys), fenced_(keys), done_(0) {
    for (int i = 0; i < keys; ++i) ids_.push_back(IdOf(i));
  }

  // Waits for every `wait_every`th invalidation.
  Task<void> Write(Replica& writer, Source& source, int key, int wait_every) {
    for (std::int64_t version = 1; version <= per_key_; ++version) {
      source.Write(ids_[key], version);
      if (version % wait_every == 0) {
        co_await writer.cache.InvalidateAndWait(kAgency, ids_[key], version);
      } else {
        writer.cache.Invalidate(kAgency, ids_[key], version);
      }
      fenced_[key] = version;
    }
    ++done_;
  }
  Task<void> Read(Replica& reader, Executor& home, Source& source, int key) {
    while (done_ < static_cast<int>(ids_.size())) {
      const std::int64_t at_least = fenced_[key];
      const FactOr fact = co_await ReadFact(reader.cache, source, ids_[key]);
      const std::int64_t seen = VersionIn(fact, ids_[key]);
      if (seen < at_least) ++stale_;
      ++reads_;
      co_await support::On{home};
    }
  }

  std::vector<std::string> ids_;
  const std::int64_t per_key_;
  std::vector<std::atomic<std::int64_t>> fenced_;
  std::atomic<int> done_, stale_{0}, reads_{0};
};

constexpr int kVersions = 100'000;
constexpr int kKeys = 16;

TEST_F(EntityRacesTest, NobodySeesAnythingOlderThanTheLastFenceOnAnyReplica) {
  Replica writer(redis_, keys_, FactOptions()), other(redis_, keys_, FactOptions());
  Observed observed(kKeys, kVersions);
  for (const auto& id : observed.ids_) source_.Write(id, 0);
  std::vector<std::future<void>> all;
  for (int key = 0; key < kKeys; ++key) {
    all.push_back(StartOn(writer.home, observed.Write(writer, source_, key, 1)));
    for (Replica* replica : {&writer, &other}) {
      all.push_back(StartOn(replica->second_home,
                            observed.Read(*replica, replica->second_home, source_, key)));
    }
  }
  for (auto& one : all) one.get();
  EXPECT_EQ(observed.stale_, 0);
  EXPECT_GT(observed.reads_, kVersions / 100);
  const auto hits = writer.cache.stats().shared_hits + other.cache.stats().shared_hits;
  EXPECT_GT(hits, 0u) << "the cache was never used";
  printf("%d versions of %d entities, %d reads, %llu from Redis, %llu late fills refused\n",
         kVersions, kKeys, observed.reads_.load(), static_cast<unsigned long long>(hits),
         static_cast<unsigned long long>(writer.shared.stats().refused_stale +
                                         other.shared.stats().refused_stale));
}

TEST_F(EntityRacesTest, NobodySeesAnythingOlderThanTheLastWriteInTheWritersProcess) {
  Replica writer(redis_, keys_, CoherentOptions());
  Observed observed(kKeys, kVersions);
  for (const auto& id : observed.ids_) source_.Write(id, 0);
  std::vector<std::future<void>> all;
  for (int key = 0; key < kKeys; ++key) {
    all.push_back(StartOn(writer.home, observed.Write(writer, source_, key, 4)));
    all.push_back(
        StartOn(writer.second_home, observed.Read(writer, writer.second_home, source_, key)));
  }
  for (auto& one : all) one.get();
  EXPECT_EQ(observed.stale_, 0);
  EXPECT_GT(observed.reads_, kVersions / 100);
  EXPECT_EQ(writer.shared.stats().fences_lost, 0u);
  EXPECT_GT(writer.cache.stats().process_hits, 0u) << "the cache was never used";
  printf("%d versions of %d entities, %d reads, %llu from the process\n", kVersions, kKeys,
         observed.reads_.load(),
         static_cast<unsigned long long>(writer.cache.stats().process_hits));
}

}  // namespace
}  // namespace rapport::cache
