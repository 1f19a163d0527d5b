// What becomes of events after a backup came back: of the service's own, whose numbers others have
// seen, and of those that others told it.
#include "platform/records/event_history.h"
#include "platform/base/status_macros.h"
#include "platform/records/change_feed.h"
#include "platform/records/tell_again.h"
#include "unit/records/records_fixture.h"

namespace rapport::records {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int kHeld = 201;
constexpr char kGoals[] = "goals", kOtherAgency[] = "meadow";
constexpr std::int64_t kAnyTime = 0;

class RecordsEvents : public RecordsFixture {
 protected:
  void Emit(std::string_view family, std::string_view agency = kAgency) {
    TestCall mine(agency, "clinician-1", TestId(family));
    Changes changes(mine, store.clock.NowMicros());
    changes.Emit({.type = kHeld, .family = TestId(family), .version = 1, .body = {}});
    ASSERT_TRUE(Commit(mine, std::move(changes)).ok());
  }
  // As rapport-admin does it, while the service is stopped.
  void Restore(std::int64_t now_us, const std::set<std::string>& more = {}) {
    ASSERT_TRUE(store.Write([&](db::Tx& tx) { return BeginHistory(tx, more, now_us); }).ok());
    store.Reopen();
  }
  std::int64_t LastOf(std::string_view agency) {
    return store.Number("SELECT outbox_sequence FROM audit_head WHERE agency_id = $1", {agency});
  }

  Outbox::Batch Next(std::string_view agency = kAgency) {
    absl::StatusOr<Outbox::Batch> batch = absl::UnknownError("");
    const absl::Status status = store.Read([&](db::Tx& tx) {
      batch = store.outbox->NextBatch(tx, agency, kGoals, std::array{kHeld}, 100);
      return batch.status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return *std::move(batch);
  }
  absl::Status Advance(const Outbox::Batch& batch) {
    const int all = static_cast<int>(batch.events.size());
    return store.Write([&](db::Tx& tx) { return Outbox::Advance(tx, batch, all); });
  }
  void DeliverAll() {
    for (Outbox::Batch batch = Next(); !batch.events.empty() || batch.parked; batch = Next()) {
      ASSERT_TRUE(Advance(batch).ok());
    }
  }
  // The families of what goes out next, in order.
  std::vector<std::string> Families() {
    std::vector<std::string> families;
    for (const auto& event : Next().events) families.push_back(event.family);
    return families;
  }
  std::optional<std::int64_t> Again(std::int64_t since_us = kAnyTime) {
    std::optional<std::int64_t> oldest;
    const absl::Status status = store.Write([&](db::Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(oldest, TellAgain(tx, kAgency, kGoals, since_us));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return oldest;
  }
  absl::StatusOr<ChangeFeed::Page> Feed(std::optional<ChangeFeed::Place> place) {
    const ChangeFeed feed("notes", *store.outbox, store.suite);
    absl::StatusOr<ChangeFeed::Page> page = absl::UnknownError("");
    store
        .Read([&](db::Tx& tx) {
          page = feed.After(tx, kAgency, place, std::array{kHeld}, 100);
          return absl::OkStatus();
        })
        .IgnoreError();
    return page;
  }
};

TEST_F(RecordsEvents, AfterARestoreHaveNumbersThatNobodyHasSeen) {
  Emit("a");
  Emit("a", kOtherAgency);
  Restore(RealMicros());
  Emit("a");
  Emit("a", kOtherAgency);
  // However many the lost days had.
  for (const char* agency : {kAgency, kOtherAgency}) EXPECT_GT(LastOf(agency), 1'000'000'000);
  EXPECT_THAT(Families(), ElementsAre(TestId("a"), TestId("a"))) << "and are delivered";
}

TEST_F(RecordsEvents, OfTwoRestoresAreApartWhateverTheClockSays) {
  Emit("a");
  const std::int64_t now_us = RealMicros();
  Restore(now_us);
  Emit("a");
  const std::int64_t lost = LastOf(kAgency);
  for (const std::int64_t next_us : {now_us, now_us - 3'600'000'000}) {
    const std::int64_t before = LastOf(kAgency);
    Restore(next_us);
    EXPECT_GT(HistoryOf(LastOf(kAgency)), HistoryOf(before));
    EXPECT_GT(LastOf(kAgency), lost);
  }
}

// It came after the backup, and others have heard of it.
TEST_F(RecordsEvents, OfAnAgencyThatTheBackupDoesNotKnowAreNewToo) {
  Emit("a");
  Restore(RealMicros(), {kAgency, kOtherAgency});
  Emit("a", kOtherAgency);
  EXPECT_EQ(HistoryOf(LastOf(kOtherAgency)), HistoryOf(LastOf(kAgency)));
  EXPECT_GT(HistoryOf(LastOf(kOtherAgency)), 0);
}

// Whoever follows the feed has seen what is lost: it reads everything anew.
TEST_F(RecordsEvents, OfAnotherHistoryAreNoPlaceInTheFeed) {
  for (const char* family : {"a", "b"}) Emit(family);
  const auto before = Feed(std::nullopt);
  ASSERT_TRUE(before.ok());
  ASSERT_THAT(before->entries, SizeIs(2));
  Restore(RealMicros());
  for (const ChangeFeed::Place& place : {before->entries[0].place, before->entries[1].place}) {
    EXPECT_TRUE(absl::IsOutOfRange(Feed(place).status()));
  }
  // A cursor of now, and one of what came since, are good.
  auto now = Feed(std::nullopt);
  ASSERT_TRUE(now.ok()) << now.status();
  EXPECT_THAT(now->entries, IsEmpty());
  Emit("c");
  Emit("d");
  now = Feed(now->place);
  ASSERT_TRUE(now.ok()) << now.status();
  EXPECT_THAT(now->entries, SizeIs(2));
  EXPECT_THAT(Feed(now->entries[0].place)->entries, SizeIs(1));
  EXPECT_THAT(Feed(std::nullopt)->entries, SizeIs(2));
}

TEST_F(RecordsEvents, ToldAgainComeInOrderFromTheFirstThatIsKept) {
  for (const char* family : {"a", "b", "a"}) Emit(family);
  DeliverAll();
  EXPECT_THAT(Families(), IsEmpty());
  EXPECT_EQ(*Again(), store.Number("SELECT MIN(created_us) FROM outbox"));
  EXPECT_THAT(Families(), ElementsAre(TestId("a"), TestId("b"), TestId("a")));
  DeliverAll();
  EXPECT_THAT(Families(), IsEmpty()) << "once";
}

TEST_F(RecordsEvents, ToldAgainSinceATimeLeaveTheOlderOnes) {
  Emit("a");
  Emit("b");
  DeliverAll();
  ASSERT_TRUE(store
                  .Write([](db::Tx& tx) {
                    return tx
                        .Run("UPDATE outbox SET created_us = created_us - $1 WHERE sequence = $2",
                             {60'000'000, 1})
                        .status();
                  })
                  .ok());
  EXPECT_TRUE(Again(store.Number("SELECT created_us FROM outbox WHERE sequence = 2")).has_value());
  EXPECT_THAT(Families(), ElementsAre(TestId("b")));
  EXPECT_FALSE(Again(RealMicros() + 60'000'000).has_value()) << "there is none";
  EXPECT_THAT(Families(), ElementsAre(TestId("b"))) << "and nothing moves forward";
}

TEST_F(RecordsEvents, ToldAgainBringAFamilyThatStopped) {
  for (const char* family : {"a", "b", "a"}) Emit(family);
  const Outbox::Batch batch = Next();
  ASSERT_TRUE(store.Write([&](db::Tx& tx) { return Outbox::Park(tx, batch, 0, 9, 12'345); }).ok());
  DeliverAll();
  EXPECT_EQ(store.Number("SELECT COUNT(*) FROM parked"), 1);
  Again();
  EXPECT_EQ(store.Number("SELECT COUNT(*) FROM parked"), 0);
  EXPECT_THAT(Families(), ElementsAre(TestId("a"), TestId("b"), TestId("a")));
}

// What a running relay still reports of the place where it was.
TEST_F(RecordsEvents, ToldAgainStayPutBackWhateverWasUnderWay) {
  Emit("a");
  DeliverAll();
  Emit("b");
  const Outbox::Batch under_way = Next();
  Again();
  EXPECT_TRUE(absl::IsAborted(Advance(under_way)));
  EXPECT_THAT(Families(), ElementsAre(TestId("a"), TestId("b")));
}

TEST_F(RecordsEvents, AreNotToldAgainToWhoWasNeverTold) {
  Emit("a");
  EXPECT_FALSE(Again().has_value());
  EXPECT_THAT(Families(), ElementsAre(TestId("a"))) << "as ever";
}

}  // namespace
}  // namespace rapport::records
