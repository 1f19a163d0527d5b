// The chain: contiguous, ordered in time, one head, and never continued when it does not hold.
#include "unit/audit/audit_fixture.h"

namespace rapport::audit {
namespace {

using testing::ElementsAre;

class AuditChainTest : public AuditFixture {
 protected:
  absl::StatusOr<std::int64_t> AppendOne(const std::string& agency, absl::Status end = {}) {
    const auto line = Line(agency, "test.line");
    absl::StatusOr<std::int64_t> sequence = absl::UnknownError("");
    const absl::Status done = store.Write([&](db::Tx& tx) {
      sequence = store.chain->Append(tx, agency, line);
      return sequence.ok() ? end : sequence.status();
    });
    return done.ok() ? sequence : done;
  }
};

TEST_F(AuditChainTest, EachAgencyHasASequenceOfItsOwn) {
  EXPECT_EQ(*AppendOne("a"), 1);
  EXPECT_EQ(*AppendOne("b"), 1);
  EXPECT_EQ(*AppendOne("a"), 2);
  EXPECT_EQ(Verify("a").rows, 2);
  EXPECT_EQ(Verify("b").rows, 1);
}

TEST_F(AuditChainTest, WhatIsRolledBackLeavesNoGap) {
  EXPECT_EQ(*AppendOne("a"), 1);
  EXPECT_FALSE(AppendOne("a", absl::CancelledError("changed my mind")).ok());
  EXPECT_FALSE(AppendOne("b", absl::CancelledError("never was")).ok());
  EXPECT_EQ(*AppendOne("a"), 2);
  EXPECT_EQ(*AppendOne("b"), 1);
  EXPECT_EQ(Verify("a").fault, Fault::kNone);
  EXPECT_EQ(Verify("b").fault, Fault::kNone);
}

// Many pieces of work in one commit, some of them undone: the heads follow the savepoints.
TEST_F(AuditChainTest, ConcurrentWorkWithFailuresGivesOneUnbrokenChain) {
  constexpr int kWriters = 24, kEach = 20;
  std::vector<AuditChain::Entry> lines[2];
  for (int i = 0; i < kEach; ++i) {
    lines[0].push_back(Line("a", "test.line"));
    lines[1].push_back(Line("b", "test.line"));
  }
  const auto write = [&](int n) -> Task<> {
    const std::string agency = n % 2 ? "b" : "a";
    TestCall call(agency, "writer");
    for (int i = 0; i < kEach; ++i) {
      const absl::Status done = co_await store.db->Write(call, [&](db::Tx& tx) -> absl::Status {
        auto first = store.chain->Append(tx, agency, lines[n % 2][i]);
        auto event = store.chain->NextEvent(tx, agency);
        if (!first.ok() || !event.ok()) return absl::InternalError("");
        return (n + i) % 3 == 0 ? absl::CancelledError("undone") : absl::OkStatus();
      });
      EXPECT_EQ(done.ok(), (n + i) % 3 != 0) << done;
    }
  };
  {
    support::Coroutines coroutines(4);
    for (int n = 0; n < kWriters; ++n) coroutines.Start(write(n));
  }
  for (const char* agency : {"a", "b"}) {
    const VerifyReport report = Verify(agency);
    EXPECT_EQ(report.fault, Fault::kNone) << report.first_bad;
    EXPECT_EQ(report.verified, report.head);
    EXPECT_EQ(
        report.rows,
        store.Number("SELECT outbox_sequence FROM audit_head WHERE agency_id = $1", {agency}));
  }
  EXPECT_EQ(store.Number("SELECT count(*) FROM audit"), kWriters * kEach * 2 / 3);
}

TEST_F(AuditChainTest, KnowsTheAgenciesThatEverWroteAnything) {
  Append("b", 1);
  Append("a", 2);
  EXPECT_FALSE(AppendOne("c", absl::CancelledError("never was")).ok());
  std::vector<std::string> agencies;
  ASSERT_TRUE(store
                  .Read([&](db::Tx& tx) -> absl::Status {
                    auto list = AuditChain::Agencies(tx);
                    if (list.ok()) agencies = *list;
                    return list.status();
                  })
                  .ok());
  EXPECT_THAT(agencies, ElementsAre("a", "b"));
}

TEST_F(AuditChainTest, GoesOnAfterARestart) {
  Append("a", 5);
  store.Reopen();
  EXPECT_EQ(*AppendOne("a"), 6);
  EXPECT_EQ(Verify("a").fault, Fault::kNone);
}

TEST_F(AuditChainTest, TimesNeverFallWhateverTheClocksDo) {
  const auto at = [&](std::int64_t domain_us, std::int64_t machine_us) {
    store.clock.Set(domain_us);
    store.machine.Set(machine_us);
    ASSERT_TRUE(AppendOne("a").ok());
  };
  at(100, 1'000);
  at(90, 900);
  store.Reopen();
  at(80, 950);
  at(110, 1'100);
  std::vector<std::int64_t> domain, machine;
  ASSERT_TRUE(store
                  .Read([&](db::Tx& tx) {
                    return tx
                        .Run("SELECT at_us, recorded_us FROM audit ORDER BY sequence", {},
                             [&](const db::Row& row) {
                               domain.push_back(row.Int(0));
                               machine.push_back(row.Int(1));
                             })
                        .status();
                  })
                  .ok());
  EXPECT_THAT(domain, ElementsAre(100, 100, 100, 110));
  EXPECT_THAT(machine, ElementsAre(1'000, 1'000, 1'000, 1'100));
  EXPECT_EQ(Verify("a").fault, Fault::kNone);
}

TEST_F(AuditChainTest, IsNotContinuedWhenItsHeadIsNotItsLastRow) {
  Append("a", 3);
  for (const char* tamper : {"DELETE FROM audit WHERE sequence = 3",
                             "UPDATE audit_head SET audit_sequence = 2 WHERE agency_id = 'a'"}) {
    store.Reopen();
    ASSERT_TRUE(Do(tamper).ok());
    EXPECT_TRUE(absl::IsDataLoss(AppendOne("a").status())) << tamper;
    EXPECT_EQ(*AppendOne("b" + std::string(tamper).substr(0, 1)), 1) << "others are not concerned";
  }
}

// A second process that writes the same database would fork every chain; the driver's lock keeps it
// out, and this is what is behind the lock.
TEST_F(AuditChainTest, AHeadThatMovedElsewhereStopsTheCommit) {
  Append("a", 2);
  AuditChain other(store.suite, "notes");
  const auto line = Line("a", "test.line");
  const absl::Status undone = store.Write([&](db::Tx& tx) -> absl::Status {
    other.OnSavepoint();
    EXPECT_EQ(*other.Append(tx, "a", line), 3);
    EXPECT_TRUE(other.BeforeCommit(tx).ok());
    store.chain->OnSavepoint();
    EXPECT_FALSE(store.chain->Append(tx, "a", line).ok()) << "sequence 3 is taken";
    return absl::CancelledError("");
  });
  EXPECT_TRUE(absl::IsAlreadyExists(undone) || absl::IsCancelled(undone)) << undone;

  AuditChain behind(store.suite, "notes");
  const absl::Status late = store.Write([&](db::Tx& tx) -> absl::Status {
    behind.OnSavepoint();
    EXPECT_TRUE(behind.NextEvent(tx, "a").ok());
    EXPECT_TRUE(
        tx.Run("UPDATE audit_head SET outbox_sequence = 9 WHERE agency_id = $1", {"a"}).ok());
    const absl::Status before_commit = behind.BeforeCommit(tx);
    EXPECT_TRUE(absl::IsAborted(before_commit)) << before_commit;
    return absl::CancelledError("");
  });
  EXPECT_TRUE(absl::IsCancelled(late));
}

TEST_F(AuditChainTest, RecordsOpenOnlyForTheirServiceAndAgency) {
  const auto line = Line("a", "test.line");
  const auto sealer = SealerOf("a");
  EXPECT_EQ(OpenRecord(*sealer, "notes", "a", line.sealed)->action(), "test.line");
  EXPECT_TRUE(absl::IsDataLoss(OpenRecord(*sealer, "goals", "a", line.sealed).status()));
  EXPECT_TRUE(absl::IsDataLoss(OpenRecord(*sealer, "notes", "b", line.sealed).status()));
  EXPECT_TRUE(absl::IsDataLoss(OpenRecord(*SealerOf("b"), "notes", "a", line.sealed).status()));
}

TEST(AuditActor, IsTheCallerThePeerOrTheSystem) {
  CallContext context;
  EXPECT_EQ(ActorOf(context), "system");
  context.peer = "goals";
  EXPECT_EQ(ActorOf(context), "service/goals");
  context.principal = std::make_shared<const Principal>(Principal{.subject = "clinician-1"});
  EXPECT_EQ(ActorOf(context), "clinician-1");
}

}  // namespace
}  // namespace rapport::audit
