// Disclosures: the row is durable before the answer leaves; repeats need no row; equal ones share
// it.
#include "platform/audit/shown.h"
#include "unit/audit/audit_fixture.h"

#include <atomic>

namespace rapport::audit {
namespace {

using testing::ElementsAre;

class DisclosuresTest : public AuditFixture {
 protected:
  absl::Status Show(CallContext& shown) { return RunSync(store.disclosures->Ensure(shown)); }
  std::int64_t Rows() { return store.Number("SELECT count(*) FROM audit"); }

  TestCall call{"a", "clinician-1", TestId("family")};
};

TEST_F(DisclosuresTest, TheFirstWritesARowThatSaysWhatWasShownToWhom) {
  call.disclosed_resource = TestId("note");
  call.disclosed_version = 3;
  call.disclosed_members = {TestId("m1"), TestId("m2")};
  EXPECT_FALSE(store.disclosures->Covered(call));
  ASSERT_TRUE(Show(call).ok());
  EXPECT_TRUE(store.disclosures->Covered(call));
  ASSERT_EQ(Rows(), 1);
  AuditChain::Entry stored;
  ASSERT_TRUE(store
                  .Read([&](db::Tx& tx) {
                    return tx
                        .Run("SELECT family_id, at_us, recorded_us, sealed FROM audit", {},
                             [&](const db::Row& row) {
                               stored = {std::string(row.Bytes(0)), row.Int(1), row.Int(2),
                                         std::string(row.Bytes(3))};
                             })
                        .status();
                  })
                  .ok());
  const auto record = OpenRecord(*SealerOf("a"), "notes", "a", stored.sealed);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->action(), "disclose");
  EXPECT_EQ(record->actor(), "clinician-1");
  EXPECT_EQ(record->method(), call.method);
  EXPECT_EQ(record->family(), TestId("family"));
  EXPECT_EQ(record->resource(), TestId("note"));
  EXPECT_EQ(record->version(), 3);
  EXPECT_THAT(record->members(), ElementsAre(TestId("m1"), TestId("m2")));
  EXPECT_EQ(record->viewer(), static_cast<int>(Viewer::kCareTeam));
  EXPECT_EQ(record->at_us(), support::kMonday);
  EXPECT_EQ(record->covers_until_us(), store.machine.NowMicros() + 600'000'000);
  EXPECT_EQ(stored.family, TestId("family"));
  EXPECT_EQ(stored.recorded_us, store.machine.NowMicros());
  EXPECT_EQ(Verify("a").fault, Fault::kNone);
}

TEST_F(DisclosuresTest, RepeatsAreCoveredUntilTheRowSays) {
  ASSERT_TRUE(Show(call).ok());
  store.machine.Advance(std::chrono::minutes(10) - std::chrono::microseconds(1));
  ASSERT_TRUE(Show(call).ok());
  EXPECT_EQ(Rows(), 1);
  store.machine.Advance(std::chrono::microseconds(1));
  EXPECT_FALSE(store.disclosures->Covered(call));
  ASSERT_TRUE(Show(call).ok());
  EXPECT_EQ(Rows(), 2);
  EXPECT_EQ(store.disclosures->written(), 2u);
  EXPECT_EQ(store.disclosures->covered(), 1u);
}

TEST_F(DisclosuresTest, WhatDiffersInAnythingNeedsARowOfItsOwn) {
  ASSERT_TRUE(Show(call).ok());
  TestCall agency("b", "clinician-1", TestId("family"));
  TestCall subject("a", "clinician-2", TestId("family"));
  TestCall family("a", "clinician-1", TestId("other"));
  TestCall method("a", "clinician-1", TestId("family"));
  method.method = "rapport.test.v1.TestService/Other";
  TestCall viewer("a", "clinician-1", TestId("family"));
  viewer.access.viewer = Viewer::kSupervisor;
  TestCall resource("a", "clinician-1", TestId("family"));
  resource.disclosed_resource = TestId("note");
  TestCall version("a", "clinician-1", TestId("family"));
  version.disclosed_version = 1;
  TestCall members("a", "clinician-1", TestId("family"));
  members.disclosed_members = {TestId("m")};
  TestCall by_grant("a", "clinician-1", TestId("family"));
  by_grant.access.break_glass = TestId("grant");
  std::int64_t rows = 1;
  for (TestCall* other :
       {&agency, &subject, &family, &method, &viewer, &resource, &version, &members, &by_grant}) {
    EXPECT_FALSE(store.disclosures->Covered(*other));
    ASSERT_TRUE(Show(*other).ok());
    EXPECT_EQ(Rows(), ++rows);
  }
}

TEST_F(DisclosuresTest, ARestartForgetsAndWritesAgain) {
  ASSERT_TRUE(Show(call).ok());
  store.Reopen();
  ASSERT_TRUE(Show(call).ok());
  EXPECT_EQ(Rows(), 2);
}

TEST_F(DisclosuresTest, EqualOnesAtTheSameTimeShareOneRow) {
  constexpr int kReaders = 64, kRounds = 20;
  for (int round = 1; round <= kRounds; ++round) {
    std::atomic<int> shown{0};
    const auto read = [&]() -> Task<> {
      TestCall mine("a", "clinician-1", TestId("family"));
      mine.disclosed_version = round;
      const absl::Status status = co_await store.disclosures->Ensure(mine);
      EXPECT_TRUE(status.ok()) << status;
      ++shown;
    };
    {
      support::Coroutines coroutines(4);
      for (int i = 0; i < kReaders; ++i) coroutines.Start(read());
    }
    EXPECT_EQ(shown, kReaders);
    EXPECT_EQ(Rows(), round);
  }
}

TEST_F(DisclosuresTest, WhoWaitedForAnAbandonedRowWritesOne) {
  // The first of two equal calls gives up while its row waits behind a slow transaction.
  std::atomic<bool> writer_busy{false}, go_on{false};
  TestCall slow("a", "slow"), first("a", "clinician-1"), second("a", "clinician-1");
  absl::Status first_status, second_status;
  {
    support::Coroutines writer, readers;
    const auto hold = [&]() -> Task<> {
      (co_await store.db->Write(slow, [&](db::Tx&) {
        writer_busy = true;
        writer_busy.notify_all();
        go_on.wait(false);
        return absl::OkStatus();
      })).IgnoreError();
    };
    const auto show = [&](TestCall& mine, absl::Status& status) -> Task<> {
      status = co_await store.disclosures->Ensure(mine);
    };
    SealerOf("a");  // So that neither waits for a key.
    writer.Start(hold());
    writer_busy.wait(false);
    readers.Start(show(first, first_status));
    readers.Start(show(second, second_status));
    first.deadline = SteadyClock::now();
    go_on = true;
    go_on.notify_all();
  }
  EXPECT_TRUE(second_status.ok()) << second_status;
  EXPECT_EQ(Rows(), 1);
}

TEST_F(DisclosuresTest, WithoutADurableRowItIsNotOk) {
  call.deadline = SteadyClock::now();
  EXPECT_TRUE(absl::IsDeadlineExceeded(Show(call)));
  EXPECT_EQ(Rows(), 0);
  EXPECT_FALSE(store.disclosures->Covered(call));
}

// X5: a list over several families stands in the accounting of each that it showed.
class ListDisclosuresX5 : public DisclosuresTest {
 protected:
  ListDisclosuresX5() { list.disclosed_version = 5; }
  // Families of the lines, each with its members, in the chain's order.
  std::vector<std::pair<std::string, std::vector<std::string>>> Lines() {
    std::vector<std::pair<std::string, std::vector<std::string>>> lines;
    const auto sealer = SealerOf("a");
    EXPECT_TRUE(
        store
            .Read([&](db::Tx& tx) {
              return tx
                  .Run("SELECT family_id, sealed FROM audit ORDER BY sequence", {},
                       [&](const db::Row& row) {
                         const auto record = OpenRecord(*sealer, "notes", "a", row.Bytes(1));
                         ASSERT_TRUE(record.ok());
                         EXPECT_EQ(record->family(), row.Bytes(0));
                         lines.push_back({record->family(),
                                          {record->members().begin(), record->members().end()}});
                       })
                  .status();
            })
            .ok());
    return lines;
  }
  TestCall list{"a", "director-1"};
};

TEST_F(ListDisclosuresX5, EachShownFamilyGetsALineWithItsMembers) {
  NoteShown(list, TestId("f2"), TestId("m2"));
  NoteShown(list, TestId("f1"));
  NoteShown(list, TestId("f2"), TestId("m3"));
  EXPECT_FALSE(store.disclosures->Covered(list));
  ASSERT_TRUE(Show(list).ok());
  EXPECT_TRUE(store.disclosures->Covered(list));
  using Line = std::pair<std::string, std::vector<std::string>>;
  EXPECT_THAT(Lines(), ElementsAre(Line{TestId("f1"), {}},
                                   Line{TestId("f2"), {TestId("m2"), TestId("m3")}}));
  EXPECT_EQ(Verify("a").fault, Fault::kNone);
}

TEST_F(ListDisclosuresX5, EveryonesDataCoversEachMembers) {
  NoteShown(list, TestId("f1"), TestId("m1"));
  NoteShown(list, TestId("f1"));
  ASSERT_TRUE(Show(list).ok());
  using Line = std::pair<std::string, std::vector<std::string>>;
  EXPECT_THAT(Lines(), ElementsAre(Line{TestId("f1"), {}}));
}

TEST_F(ListDisclosuresX5, OnlyFamiliesThatNoLineCoversAreWrittenAgain) {
  NoteShown(list, TestId("f1"));
  ASSERT_TRUE(Show(list).ok());
  NoteShown(list, TestId("f2"));
  EXPECT_FALSE(store.disclosures->Covered(list));
  ASSERT_TRUE(Show(list).ok());
  EXPECT_EQ(Rows(), 2);
  ASSERT_TRUE(Show(list).ok());
  EXPECT_EQ(Rows(), 2);
}

TEST_F(ListDisclosuresX5, AListThatShowedNobodyIsOneLine) {
  ASSERT_TRUE(Show(list).ok());
  using Line = std::pair<std::string, std::vector<std::string>>;
  EXPECT_THAT(Lines(), ElementsAre(Line{"", {}}));
}

}  // namespace
}  // namespace rapport::audit
