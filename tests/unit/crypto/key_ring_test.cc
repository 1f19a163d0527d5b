// The key ring over a real database: one key a name, for as long as nobody destroys it.
#include "keys_fixture.h"

#include "support/cpu_time.h"
#include "support/run_task.h"

#include <cstdio>
#include <thread>

namespace rapport::crypto {
namespace {

constexpr auto kAnHour = std::chrono::hours(1);

using KeyRingTest = KeysFixture;

TEST_F(KeyRingTest, MakesAKeyOnceAndFindsItEverAfter) {
  EXPECT_TRUE(absl::IsNotFound(ring_->Find("harbour", "f1", KeyClass::kRecord).status()));
  const Key made = Make("f1");
  EXPECT_EQ(*ring_->Find("harbour", "f1", KeyClass::kRecord), made);
  EXPECT_EQ(Make("f1"), made);
  const std::string sealed = made->Seal("identity", "plain");
  Restart();
  EXPECT_EQ(*(*ring_->Find("harbour", "f1", KeyClass::kRecord))->Open("identity", sealed), "plain");
}

TEST_F(KeyRingTest, ANameIsAgencyFamilyAndClass) {
  const std::vector<Key> keys = {Make("f1"),
                                 Make("f2"),
                                 Make(""),
                                 Make("f1", KeyClass::kPsychotherapy),
                                 Make("f1", KeyClass::kSubstanceUse),
                                 Make("f1", KeyClass::kRecord, "meadow"),
                                 Make("", KeyClass::kRecord, "meadow")};
  for (const Key& a : keys) {
    for (const Key& b : keys) EXPECT_EQ(SameKey(a, b), a == b);
  }
}

TEST_F(KeyRingTest, AKeyIdNamesTheClass) {
  EXPECT_EQ(Make("f1")->key_id(), 0x101u);
  EXPECT_EQ(Make("f1", KeyClass::kPsychotherapy)->key_id(), 0x102u);
  EXPECT_EQ(Make("f1", KeyClass::kSubstanceUse)->key_id(), 0x103u);
}

TEST_F(KeyRingTest, CommitsNothingForAKeyThatIsThere) {
  Make("f1");
  const std::uint64_t commits = db_->stats().commits;
  Make("f1");
  ring_ = NewRing();
  Make("f1");
  EXPECT_EQ(db_->stats().commits, commits);
}

TEST_F(KeyRingTest, CallersAtTheSameTimeGetTheSameKey) {
  std::vector<Key> keys(8);
  std::vector<std::unique_ptr<SqlKeyRing>> rings;  // as replicas, without a cache in common
  for (std::size_t i = 0; i < keys.size(); ++i) rings.push_back(NewRing());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    threads.emplace_back([&, i] {
      CallContext context;
      context.deadline = SteadyClock::time_point::max();
      auto made = RunSync(rings[i]->FindOrCreate(context, "harbour", "f1", KeyClass::kRecord));
      if (made.ok()) keys[i] = *made;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Key& key : keys) {
    ASSERT_NE(key, nullptr);
    EXPECT_TRUE(SameKey(key, keys[0]));
  }
  EXPECT_EQ(Sql("SELECT 1 FROM family_key"), 1);
  EXPECT_EQ(Sql("SELECT 1 FROM agency_key"), 1);
}

TEST_F(KeyRingTest, MakesNothingWhenNobodyWaitsAnyMore) {
  context_.deadline = SteadyClock::now() - std::chrono::seconds(1);
  EXPECT_TRUE(absl::IsDeadlineExceeded(TryMake("f1").status()));
  EXPECT_TRUE(absl::IsNotFound(ring_->Find("harbour", "f1", KeyClass::kRecord).status()));
}

TEST_F(KeyRingTest, DestroyingAFamilyErasesItForGood) {
  const Key record = Make("f1"), psychotherapy = Make("f1", KeyClass::kPsychotherapy);
  const Key other = Make("f2");
  ASSERT_TRUE(Destroy("f1").ok());
  for (int life = 0; life < 2; ++life) {
    for (const KeyClass key_class :
         {KeyClass::kRecord, KeyClass::kPsychotherapy, KeyClass::kSubstanceUse}) {
      EXPECT_TRUE(absl::IsNotFound(ring_->Find("harbour", "f1", key_class).status()));
      EXPECT_TRUE(absl::IsFailedPrecondition(TryMake("f1", key_class).status()));
    }
    EXPECT_TRUE(SameKey(*ring_->Find("harbour", "f2", KeyClass::kRecord), other));
    EXPECT_NE(Make("f1", KeyClass::kRecord, "meadow"), nullptr) << "another agency's family";
    Restart();
  }
}

TEST_F(KeyRingTest, DestroyingIsRepeatableAndMayComeFirst) {
  EXPECT_TRUE(Destroy("f1").ok());
  EXPECT_TRUE(Destroy("f1").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(TryMake("f1").status()));
  EXPECT_EQ(Sql("SELECT 1 FROM erasure"), 1);
  EXPECT_TRUE(absl::IsInvalidArgument(Destroy("")));
}

TEST_F(KeyRingTest, ADestroyedKeyIsNotLeftInTheFile) {
  Make("f1");
  Make("f2");
  std::string wrapped;
  Sql("SELECT wrapped FROM family_key WHERE family_id = $1", {db::Blob{"f1"}},
      [&](const db::Row& row) { wrapped = std::string(row.Bytes(0)); });
  ASSERT_EQ(wrapped.size(), Secret::kBytes + Sealer::kOverhead);
  ASSERT_TRUE(Destroy("f1").ok());
  Restart();  // the log is written back
  ASSERT_EQ(ReadText(db_path()).find(wrapped), std::string::npos);
}

TEST_F(KeyRingTest, AKeyDestroyedElsewhereIsDroppedWhenItsTimeIsOver) {
  const Key made = Make("f1");
  const auto replica = NewRing();
  ASSERT_TRUE(RunSync(replica->Destroy(context_, "harbour", "f1")).ok());
  clock_.Advance(std::chrono::minutes(5) - std::chrono::microseconds(1));
  EXPECT_TRUE(ring_->Find("harbour", "f1", KeyClass::kRecord).ok());
  clock_.Advance(std::chrono::microseconds(1));
  EXPECT_TRUE(absl::IsNotFound(ring_->Find("harbour", "f1", KeyClass::kRecord).status()));
}

TEST_F(KeyRingTest, AKeyInUseStaysWithItsCount) {
  Make("f1")->Seal("identity", "plain");
  for (int i = 0; i < 10; ++i) {
    clock_.Advance(std::chrono::minutes(5));
    (*ring_->Find("harbour", "f1", KeyClass::kRecord))->Seal("identity", "plain");
  }
  EXPECT_EQ((*ring_->Find("harbour", "f1", KeyClass::kRecord))->seals(), 11u);
}

TEST_F(KeyRingTest, IdleKeysAreWiped) {
  const std::weak_ptr<const Sealer> idle = Make("f1");
  clock_.Advance(std::chrono::minutes(4));
  const std::weak_ptr<const Sealer> used = Make("f2");
  clock_.Advance(std::chrono::minutes(1));
  EXPECT_FALSE(idle.expired());
  ring_->WipeIdle();
  EXPECT_TRUE(idle.expired());
  EXPECT_FALSE(used.expired());
  clock_.Advance(kAnHour);
  Make("f3");  // also by itself, while others are looked for
  EXPECT_TRUE(used.expired());
}

TEST_F(KeyRingTest, KeepsNoMoreKeysThanItMay) {
  ring_ = NewRing({.cached_keys = 16});
  std::vector<std::weak_ptr<const Sealer>> keys;
  for (int i = 0; i < 200; ++i) keys.push_back(Make("f" + std::to_string(i)));
  const auto kept =
      std::count_if(keys.begin(), keys.end(), [](const auto& key) { return !key.expired(); });
  EXPECT_LE(kept, 32);  // two in each of 16 shards
  EXPECT_GT(kept, 0);
}

TEST_F(KeyRingTest, ASealerInHandOutlivesItsDestruction) {
  const Key made = Make("f1");
  const std::string sealed = made->Seal("identity", "plain");
  ASSERT_TRUE(Destroy("f1").ok());
  EXPECT_TRUE(made->Open("identity", sealed).ok()) << "the call that has it may finish";
}

TEST_F(KeyRingTest, AWrappedKeyOpensOnlyInItsPlace) {
  Make("f1");
  Make("f2");
  Make("f1", KeyClass::kPsychotherapy);
  EXPECT_EQ(Sql("UPDATE family_key SET wrapped = (SELECT wrapped FROM family_key WHERE family_id = "
                "$1 AND key_class = 1) WHERE family_id = $2 OR key_class = 2",
                {db::Blob{"f1"}, db::Blob{"f2"}}),
            2);
  ring_ = NewRing();
  EXPECT_TRUE(ring_->Find("harbour", "f1", KeyClass::kRecord).ok());
  EXPECT_TRUE(absl::IsUnavailable(ring_->Find("harbour", "f2", KeyClass::kRecord).status()));
  EXPECT_TRUE(absl::IsUnavailable(ring_->Find("harbour", "f1", KeyClass::kPsychotherapy).status()));
}

TEST_F(KeyRingTest, AnotherServicesKeysDoNotOpen) {
  Make("f1");
  const SqlKeyRing goals(KeyWrapping("goals", keks_), *db_, clock_);
  EXPECT_TRUE(absl::IsUnavailable(
      const_cast<SqlKeyRing&>(goals).Find("harbour", "f1", KeyClass::kRecord).status()));
}

TEST_F(KeyRingTest, WithoutItsKekNothingIsFoundAndNothingMade) {
  Make("f1");
  keks_.clear();
  keks_.push_back(NewSecret());
  ring_ = NewRing();
  const absl::Status found = ring_->Find("harbour", "f1", KeyClass::kRecord).status();
  EXPECT_TRUE(absl::IsUnavailable(found)) << found << ": not to be taken for erased";
  EXPECT_TRUE(absl::IsUnavailable(TryMake("f1").status()));
  EXPECT_TRUE(absl::IsUnavailable(TryMake("f2").status()));
  EXPECT_EQ(Sql("SELECT 1 FROM family_key"), 1);
}

// A thread that serves an executor, as the queues do.
class Serving final : public Executor {
 public:
  Serving() { SetCurrent(this); }
  ~Serving() override { SetCurrent(nullptr); }
  void Post(std::span<const Handle>) override { FAIL() << "the read must not come back here"; }
};

TEST_F(KeyRingTest, FindsInlineOnAThreadThatServesAnExecutor) {
  Make("f1");
  ring_ = NewRing();
  const Serving serving;
  EXPECT_TRUE(ring_->Find("harbour", "f1", KeyClass::kRecord).ok());
  EXPECT_EQ(Executor::Current(), &serving);
}

// A database that answers when the test says so, as one does that is elsewhere.
class SlowDb final : public db::Db {
 public:
  explicit SlowDb(db::Db& inner) : inner_(inner) {}
  bool healthy() const override { return true; }
  support::Door door;

 protected:
  bool Start(Awaiter& awaiter, bool write) override {
    Spawn(Later(awaiter, write));
    return false;
  }

 private:
  Task<> Later(Awaiter& awaiter, bool write) {
    co_await door.Pass();
    const auto work = [&awaiter](db::Tx& tx) { return awaiter.Run(tx); };
    if (write) {
      awaiter.set_status(co_await inner_.Write(awaiter.context(), work));
    } else {
      awaiter.set_status(co_await inner_.Read(awaiter.context(), work));
    }
    const Continuation done[] = {awaiter.continuation()};
    PostByHome(done);
  }

  db::Db& inner_;
};

TEST_F(KeyRingTest, NoCallWaitsBehindAnotherOnesKeyOnItsThread) {
  Make("f1");
  SlowDb slow(*db_);
  SqlKeyRing ring(KeyWrapping("notes", keks_), slow, clock_);
  ThreadExecutor thread;
  std::vector<std::future<absl::StatusOr<Key>>> keys;
  for (const char* family : {"f1", "f2"}) {
    keys.push_back(support::StartOn(
        thread, ring.FindOrCreate(context_, "harbour", family, KeyClass::kRecord)));
  }
  slow.door.AwaitWaiting(2);
  support::Settle(thread);  // the thread has time for others
  slow.door.Open();
  for (auto& key : keys) EXPECT_TRUE(key.get().ok());
}

TEST_F(KeyRingTest, AThreadThatServesAnExecutorDoesWithoutAKeyUntilItWasRead) {
  Make("f1");
  SlowDb slow(*db_);
  SqlKeyRing ring(KeyWrapping("notes", keks_), slow, clock_);
  ThreadExecutor thread;
  const auto find = [&]() -> Task<absl::Status> {
    co_return ring.Find("harbour", "f1", KeyClass::kRecord).status();
  };
  EXPECT_TRUE(absl::IsUnavailable(support::RunOn(thread, find())));
  slow.door.Open();
  EXPECT_TRUE(support::RunOn(thread, find()).ok());
}

TEST_F(KeyRingTest, FindsInsideATransactionOfAnotherDatabase) {
  Make("f1");
  ring_ = NewRing();
  auto data = db::SqliteDb::Open({.path = folder_ / "notes.db"});
  ASSERT_TRUE(data.ok());
  const auto write = [](db::Db& db, const CallContext& context,
                        SqlKeyRing& ring) -> Task<absl::Status> {
    co_return co_await db.Write(
        context, [&](db::Tx&) { return ring.Find("harbour", "f1", KeyClass::kRecord).status(); });
  };
  EXPECT_TRUE(RunSync(write(**data, context_, *ring_)).ok());
}

TEST_F(KeyRingTest, SpeedIsPrinted) {
  constexpr std::size_t kFamilies = 200;
  std::vector<std::string> families;
  for (std::size_t i = 0; i < kFamilies; ++i) {
    families.push_back("family-of-16-" + std::to_string(100 + i));
    Make(families.back());
  }
  std::size_t found = 0;
  const auto find = [&](std::size_t i) {
    found += ring_->Find("harbour", families[i % kFamilies], KeyClass::kRecord).ok();
  };
  const double known = support::CpuNanoseconds(100'000, find);
  ring_ = NewRing();
  const double unwrapped = support::CpuNanoseconds(kFamilies, find);
  std::printf("find: known %.0f ns, unwrapped %.1f us\n", known, unwrapped / 1e3);
  EXPECT_EQ(found, 100'000 + kFamilies);
}

}  // namespace
}  // namespace rapport::crypto
