// The outbox: events in commit order to each destination, families that stop and go on.
#include "platform/records/versions.h"
#include "unit/records/records_fixture.h"

#include <map>
#include <random>

namespace rapport::records {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int kHeld = 201, kSigned = 202, kInternal = 203;
constexpr char kGoals[] = "goals";

class RecordsOutbox : public RecordsFixture {
 protected:
  void Emit(std::string_view family, int type = kHeld, std::string body = {}) {
    Changes changes = Start();
    changes.Emit({.type = type,
                  .family = TestId(family),
                  .resource = "families/x/sessions/y",
                  .version = 3,
                  .body = std::move(body)});
    ASSERT_TRUE(Commit(std::move(changes)).ok());
  }
  Outbox::Batch Next(int limit = 100, std::vector<int> types = {kHeld, kSigned}) {
    absl::StatusOr<Outbox::Batch> batch = absl::UnknownError("");
    const absl::Status status = store.Read([&](db::Tx& tx) {
      batch = store.outbox->NextBatch(tx, kAgency, kGoals, types, limit);
      return batch.status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return *std::move(batch);
  }
  absl::Status Advance(const Outbox::Batch& batch, int delivered) {
    return store.Write([&](db::Tx& tx) { return Outbox::Advance(tx, batch, delivered); });
  }
  absl::Status Park(const Outbox::Batch& batch, int index) {
    return store.Write([&](db::Tx& tx) { return Outbox::Park(tx, batch, index, 9, 12'345); });
  }
  absl::Status Retry(std::string_view family) {
    return store.Write(
        [&](db::Tx& tx) { return Outbox::Retry(tx, kAgency, kGoals, TestId(family)); });
  }
  absl::Status Skip(std::string_view family) {
    return store.Write(
        [&](db::Tx& tx) { return Outbox::Skip(tx, kAgency, kGoals, TestId(family)); });
  }
  static std::vector<std::int64_t> Sequences(const Outbox::Batch& batch) {
    std::vector<std::int64_t> sequences;
    for (const auto& event : batch.events) sequences.push_back(event.sequence);
    return sequences;
  }
  internal::v1::EventEnvelope Open(const Outbox::Outgoing& event) {
    internal::v1::EventEnvelope envelope;
    const auto plain = store.suite.SealerFor(crypto::SuiteKey::kEvent, kAgency)
                           ->Open(WireIdentity("notes", kAgency), event.wire);
    EXPECT_TRUE(plain.ok()) << plain.status();
    EXPECT_TRUE(envelope.ParseFromString(*plain));
    return envelope;
  }
};

TEST_F(RecordsOutbox, AnEventCarriesWhatTheReceiverNeeds) {
  Emit("a", kHeld, "who was there");
  const Outbox::Batch batch = Next();
  ASSERT_THAT(batch.events, SizeIs(1));
  const auto event = Open(batch.events[0]);
  EXPECT_EQ(event.agency(), kAgency);
  EXPECT_EQ(event.source(), "notes");
  EXPECT_EQ(event.sequence(), 1);
  EXPECT_EQ(event.type(), internal::v1::EVENT_TYPE_SESSION_HELD);
  EXPECT_EQ(event.family(), TestId("a"));
  EXPECT_EQ(event.resource(), "families/x/sessions/y");
  EXPECT_EQ(event.version(), 3);
  EXPECT_EQ(event.at_us(), support::kMonday);
  EXPECT_EQ(event.actor(), "clinician-1");
  EXPECT_EQ(event.body(), "who was there");
}

TEST_F(RecordsOutbox, TheLastEventIsTheLastOneOfTheViewAndOfTheAgency) {
  const auto last = [&](std::string_view agency) {
    std::int64_t sequence = -1;
    EXPECT_TRUE(store
                    .Read([&](db::Tx& tx) {
                      auto found = LastEvent(tx, agency);
                      sequence = found.value_or(-1);
                      return found.status();
                    })
                    .ok());
    return sequence;
  };
  EXPECT_EQ(last(kAgency), 0);
  Emit("a");
  Emit("b");
  EXPECT_EQ(last(kAgency), Next().events.back().sequence);
  EXPECT_EQ(last("lakeside"), 0);
}

TEST_F(RecordsOutbox, WhatWasDeliveredDoesNotComeAgain) {
  for (const char* family : {"a", "b", "a"}) Emit(family);
  const Outbox::Batch batch = Next();
  EXPECT_THAT(Sequences(batch), ElementsAre(1, 2, 3));
  EXPECT_THAT(Sequences(Next()), ElementsAre(1, 2, 3)) << "reading alone moves nothing";
  ASSERT_TRUE(Advance(batch, 2).ok());
  EXPECT_THAT(Sequences(Next()), ElementsAre(3));
  store.Reopen();
  EXPECT_THAT(Sequences(Next()), ElementsAre(3));
  ASSERT_TRUE(Advance(Next(), 1).ok());
  EXPECT_THAT(Sequences(Next()), IsEmpty());
}

TEST_F(RecordsOutbox, ADestinationGetsOnlyTheTypesItWants) {
  Emit("a", kHeld);
  Emit("a", kInternal);
  Emit("a", kSigned);
  EXPECT_THAT(Sequences(Next()), ElementsAre(1, 3));
  EXPECT_THAT(Sequences(Next(100, {kSigned})), ElementsAre(3));
  EXPECT_THAT(Sequences(Next(100, {})), IsEmpty());
}

TEST_F(RecordsOutbox, ALimitLeavesTheRestForTheNextBatch) {
  for (int i = 0; i < 5; ++i) Emit("a");
  const Outbox::Batch first = Next(2);
  EXPECT_THAT(Sequences(first), ElementsAre(1, 2));
  EXPECT_TRUE(first.more);
  ASSERT_TRUE(Advance(first, 2).ok());
  EXPECT_THAT(Sequences(Next(2)), ElementsAre(3, 4));
}

TEST_F(RecordsOutbox, TwoRelaysOfOneQueueDoNotUndoEachOther) {
  Emit("a");
  Emit("b");
  const Outbox::Batch mine = Next(1), other = Next();
  ASSERT_TRUE(Advance(other, 2).ok());
  EXPECT_TRUE(IsConflict(Advance(mine, 1)));
  EXPECT_THAT(Sequences(Next()), IsEmpty());
  Emit("a");
  const Outbox::Batch before_park = Next();
  ASSERT_TRUE(Park(Next(), 0).ok());
  EXPECT_TRUE(IsConflict(Advance(before_park, 1)));
}

TEST_F(RecordsOutbox, AParkedFamilyWaitsWithItsLaterEventsAndTheOthersGoOn) {
  for (const char* family : {"a", "b", "a", "b"}) Emit(family);
  ASSERT_TRUE(Park(Next(), 0).ok());
  EXPECT_THAT(Sequences(Next()), ElementsAre(2, 4));
  ASSERT_TRUE(Advance(Next(), 2).ok());
  Emit("a");
  Emit("b");
  EXPECT_THAT(Sequences(Next()), ElementsAre(6));
  ASSERT_TRUE(Advance(Next(), 1).ok());

  std::vector<Outbox::Parked> parked;
  ASSERT_TRUE(store
                  .Read([&](db::Tx& tx) -> absl::Status {
                    auto list = Outbox::ListParked(tx, kAgency);
                    if (list.ok()) parked = *list;
                    return list.status();
                  })
                  .ok());
  ASSERT_THAT(parked, SizeIs(1));
  EXPECT_EQ(parked[0].destination, kGoals);
  EXPECT_EQ(parked[0].family, TestId("a"));
  EXPECT_EQ(parked[0].sequence, 1);
  EXPECT_EQ(parked[0].since_us, 12'345);
  EXPECT_EQ(parked[0].status_code, 9);
  EXPECT_FALSE(parked[0].retrying);

  ASSERT_TRUE(Retry("a").ok());
  const Outbox::Batch again = Next();
  EXPECT_TRUE(again.parked);
  EXPECT_THAT(Sequences(again), ElementsAre(1, 3, 5));
  ASSERT_TRUE(Advance(again, 1).ok());
  EXPECT_THAT(Sequences(Next()), ElementsAre(3, 5));
  ASSERT_TRUE(Advance(Next(), 2).ok());
  EXPECT_EQ(store.Number("SELECT count(*) FROM parked"), 0);
  Emit("a");
  EXPECT_FALSE(Next().parked);
  EXPECT_THAT(Sequences(Next()), ElementsAre(7));
}

TEST_F(RecordsOutbox, ADamagedEventBehindAGoodOneOfARetryStopsTheFamilyAgain) {
  for (const char* family : {"a", "a", "a", "b"}) Emit(family);
  ASSERT_TRUE(Park(Next(), 0).ok());
  ASSERT_TRUE(Advance(Next(), 1).ok());
  ASSERT_TRUE(
      store
          .Write([&](db::Tx& tx) {
            return tx
                .Run("UPDATE outbox SET envelope = $3 WHERE agency_id = $1 AND sequence = $2",
                     {kAgency, 2, db::Blob{"none"}})
                .status();
          })
          .ok());
  ASSERT_TRUE(Retry("a").ok());
  const Outbox::Batch good = Next();
  EXPECT_THAT(Sequences(good), ElementsAre(1));
  ASSERT_TRUE(Advance(good, 1).ok());
  const Outbox::Batch damaged = Next();
  ASSERT_THAT(Sequences(damaged), ElementsAre(2)) << "it was passed as if it had been delivered";
  EXPECT_TRUE(damaged.events.front().damaged);
  ASSERT_TRUE(Park(damaged, 0).ok());
  ASSERT_TRUE(Skip("a").ok());
  EXPECT_THAT(Sequences(Next()), ElementsAre(3));
}

TEST_F(RecordsOutbox, ARetryThatIsRefusedStopsTheFamilyAgain) {
  for (const char* family : {"a", "a", "a"}) Emit(family);
  ASSERT_TRUE(Park(Next(), 0).ok());
  ASSERT_TRUE(Retry("a").ok());
  ASSERT_TRUE(Park(Next(), 0).ok());
  EXPECT_THAT(Sequences(Next()), IsEmpty());
  ASSERT_TRUE(Skip("a").ok());
  const Outbox::Batch rest = Next();  // The cursor has not passed events 2 and 3 yet.
  EXPECT_THAT(Sequences(rest), IsEmpty());
  EXPECT_TRUE(rest.more);
  ASSERT_TRUE(Advance(rest, 0).ok());
  EXPECT_THAT(Sequences(Next()), ElementsAre(2, 3));
}

TEST_F(RecordsOutbox, SkipLeavesOutTheRefusedEventOnly) {
  for (const char* family : {"a", "a", "b"}) Emit(family);
  ASSERT_TRUE(Park(Next(), 0).ok());
  ASSERT_TRUE(Advance(Next(), 1).ok());
  ASSERT_TRUE(Skip("a").ok());
  EXPECT_THAT(Sequences(Next()), ElementsAre(2));
  ASSERT_TRUE(Advance(Next(), 1).ok());
  EXPECT_THAT(Sequences(Next()), IsEmpty());
  EXPECT_EQ(store.Number("SELECT count(*) FROM parked"), 0);
}

TEST_F(RecordsOutbox, OnlyAParkedFamilyCanBeRetriedOrSkipped) {
  Emit("a");
  EXPECT_TRUE(absl::IsNotFound(Retry("a")));
  EXPECT_TRUE(absl::IsNotFound(Skip("a")));
}

TEST_F(RecordsOutbox, SkippingTwiceLeavesOutOneEvent) {
  for (const char* family : {"a", "a", "a"}) Emit(family);
  ASSERT_TRUE(Park(Next(), 0).ok());
  ASSERT_TRUE(Advance(Next(), 0).ok());
  ASSERT_TRUE(Skip("a").ok());
  EXPECT_TRUE(absl::IsNotFound(Skip("a"))) << "event 2 was not refused";
  ASSERT_TRUE(Advance(Next(), 0).ok());
  EXPECT_THAT(Sequences(Next()), ElementsAre(2, 3));
}

TEST_F(RecordsOutbox, ARetryOfNothingIsWorthReportingAndEnds) {
  Emit("a");
  ASSERT_TRUE(Park(Next(), 0).ok());
  ASSERT_TRUE(Skip("a").ok());
  const Outbox::Batch rest = Next();
  EXPECT_THAT(Sequences(rest), IsEmpty());
  EXPECT_TRUE(Outbox::IsWorthReporting(rest, 0));
  ASSERT_TRUE(Advance(rest, 0).ok());
  EXPECT_EQ(store.Number("SELECT count(*) FROM parked"), 0);
  EXPECT_FALSE(Next().more);
}

// The log is read 1,000 events at a time.
TEST_F(RecordsOutbox, UnwantedEventsArePassedInStepsAndLeaveNothingToReport) {
  constexpr int kMany = 1'200;
  Emit("a");
  for (int i = 0; i < kMany; ++i) Emit(i % 2 == 0 ? "a" : "b", kInternal);
  ASSERT_TRUE(Park(Next(), 0).ok());
  int steps = 0;
  const auto finish = [&] {
    Outbox::Batch batch = Next();
    while (batch.more && steps < 10) {
      ASSERT_THAT(Sequences(batch), IsEmpty());
      ASSERT_TRUE(Outbox::IsWorthReporting(batch, 0)) << "the same batch would come again";
      ASSERT_TRUE(Advance(batch, 0).ok());
      ++steps;
      batch = Next();
    }
    EXPECT_FALSE(Outbox::IsWorthReporting(batch, 0)) << "a short way is not worth a commit";
  };
  finish();
  EXPECT_EQ(steps, 1);
  ASSERT_TRUE(Skip("a").ok());
  finish();
  EXPECT_EQ(steps, 2);
  EXPECT_EQ(store.Number("SELECT count(*) FROM parked"), 0);
}

// A receiver that refuses at random, an operator who retries at random: in the end every event
// arrived, and inside a family in order.
TEST_F(RecordsOutbox, WhateverIsRefusedEveryFamilyGetsItsEventsInOrder) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::map<std::string, std::vector<std::int64_t>> arrived, sent;
  std::int64_t sequence = 0;
  for (int step = 0; step < 400; ++step) {
    const std::string name(1, static_cast<char>('a' + random() % 4));
    switch (random() % 4) {
      case 0:
        Emit(name);
        sent[TestId(name)].push_back(++sequence);
        break;
      case 1:
        Retry(name).IgnoreError();
        break;
      default: {
        const Outbox::Batch batch = Next(static_cast<int>(random() % 5) + 1);
        const int size = static_cast<int>(batch.events.size());
        const int delivered = static_cast<int>(random() % (batch.events.size() + 1));
        EXPECT_TRUE(!batch.more || Outbox::IsWorthReporting(batch, size))
            << "a relay would ask for it again and again";
        for (int i = 0; i < delivered; ++i) {
          arrived[batch.events[i].family].push_back(batch.events[i].sequence);
        }
        ASSERT_TRUE(
            (delivered < size && random() % 2 ? Park(batch, delivered) : Advance(batch, delivered))
                .ok());
      }
    }
  }
  for (int round = 0; round < 200; ++round) {
    for (const char* name : {"a", "b", "c", "d"}) Retry(name).IgnoreError();
    const Outbox::Batch batch = Next();
    for (const auto& event : batch.events) arrived[event.family].push_back(event.sequence);
    ASSERT_TRUE(Advance(batch, static_cast<int>(batch.events.size())).ok());
  }
  EXPECT_EQ(arrived, sent);
  EXPECT_EQ(store.Number("SELECT count(*) FROM parked"), 0);
}

TEST_F(RecordsOutbox, AWakeUpFollowsEachCommitWithEvents) {
  std::vector<std::string> woken;
  store.outbox->Listen([&](std::string_view agency, std::span<const int> types) {
    woken.push_back(std::string(agency) + ":" + std::to_string(types.size()));
  });
  ASSERT_TRUE(Create(New("note")).ok());
  EXPECT_THAT(woken, IsEmpty());
  Emit("a");
  Changes lost = Start();
  lost.Create(New("note"));
  lost.Emit({.type = kHeld, .family = TestId("a")});
  EXPECT_FALSE(Commit(std::move(lost)).ok());
  EXPECT_THAT(woken, ElementsAre("harbour:1"));
}

TEST_F(RecordsOutbox, OldEventsGoOnlyWhenEveryDestinationIsDoneWithThem) {
  for (const char* family : {"a", "b", "c", "d"}) Emit(family);
  const std::vector<std::string> both = {kGoals, "alliance"}, one = {kGoals};
  const auto remove = [&](std::span<const std::string> destinations, std::int64_t before_us) {
    int deleted = -1;
    EXPECT_TRUE(store
                    .Write([&](db::Tx& tx) -> absl::Status {
                      auto done = Outbox::DeleteOld(tx, kAgency, destinations, before_us, 100);
                      if (done.ok()) deleted = *done;
                      return done.status();
                    })
                    .ok());
    return deleted;
  };
  const std::int64_t later = RealMicros() + 1'000'000;
  EXPECT_EQ(remove(one, later), 0);
  ASSERT_TRUE(Advance(Next(), 1).ok());
  ASSERT_TRUE(Park(Next(), 1).ok());  // Event 3 of family c.
  ASSERT_TRUE(Advance(Next(), 1).ok());
  EXPECT_EQ(remove(both, later), 0) << "alliance has had nothing";
  EXPECT_EQ(remove(one, support::kMonday), 0) << "not old yet";
  EXPECT_EQ(remove(one, later), 2) << "event 3 waits";
  ASSERT_TRUE(Skip("c").ok());
  ASSERT_TRUE(Advance(Next(), 0).ok());
  EXPECT_EQ(remove(one, later), 2);
  EXPECT_EQ(store.Number("SELECT count(*) FROM outbox"), 0);
  Emit("a");
  EXPECT_THAT(Sequences(Next()), ElementsAre(5)) << "sequences are never used again";
}

}  // namespace
}  // namespace rapport::records
