// The verifier's manners: where it begins and ends, what it compares with, how fast it is.
#include "platform/audit/checkpointer.h"
#include "support/cpu_time.h"
#include "support/meddled_db.h"
#include "unit/audit/audit_fixture.h"

#include <atomic>
#include <cstdio>

namespace rapport::audit {
namespace {

class VerifierTest : public AuditFixture {
 protected:
  std::string MacAt(std::int64_t sequence) {
    std::string mac;
    EXPECT_TRUE(store
                    .Read([&](db::Tx& tx) {
                      return tx
                          .Run("SELECT mac FROM audit WHERE agency_id = 'a' AND sequence = $1",
                               {sequence}, [&](const db::Row& row) { mac = row.Bytes(0); })
                          .status();
                    })
                    .ok());
    return mac;
  }
};

TEST_F(VerifierTest, AnEmptyChainHolds) {
  SealerOf("a");
  const VerifyReport report = Verify("a");
  EXPECT_EQ(report.fault, Fault::kNone);
  EXPECT_EQ(report.verified.sequence, 0);
  EXPECT_EQ(report.verified, report.head);
}

TEST_F(VerifierTest, GoesOnWhereAnEarlierRunEnded) {
  Append("a", 30);
  const VerifyReport first = Verify("a", {.max_rows = 12});
  EXPECT_EQ(first.fault, Fault::kNone);
  EXPECT_EQ(first.rows, 12);
  EXPECT_EQ(first.verified, (ChainPlace{12, MacAt(12)}));
  EXPECT_EQ(first.head, (ChainPlace{30, MacAt(30)}));
  const VerifyReport rest = Verify("a", {.after = first.verified});
  EXPECT_EQ(rest.rows, 18);
  EXPECT_EQ(rest.verified, rest.head);
}

TEST_F(VerifierTest, APlaceKeptElsewhereMustBeOnTheChain) {
  Append("a", 30);
  EXPECT_EQ(Verify("a", {.expected = {{20, MacAt(20)}, {0, ""}, {30, MacAt(30)}}}).fault,
            Fault::kNone);
  const VerifyReport forked = Verify("a", {.expected = {{20, MacAt(19)}}});
  EXPECT_EQ(forked.fault, Fault::kForked);
  EXPECT_EQ(forked.first_bad, 20);
  EXPECT_EQ(forked.verified.sequence, 19);
  const VerifyReport cut = Verify("a", {.expected = {{31, MacAt(30)}}});
  EXPECT_EQ(cut.fault, Fault::kTruncated);
  EXPECT_EQ(cut.first_bad, 31);
}

TEST_F(VerifierTest, ABeginningThatIsNotOnTheChainShowsAtTheNextRow) {
  Append("a", 30);
  const VerifyReport report = Verify("a", {.after = {12, MacAt(11)}});
  EXPECT_NE(report.fault, Fault::kNone);
  EXPECT_EQ(report.first_bad, 13);
}

TEST_F(VerifierTest, AForgedCheckpointInTheDatabaseIsAFault) {
  Append("a", 30);
  Checkpoint c{.service = "notes", .agency = "a", .sequence = 20, .mac = MacAt(20), .at_us = 5};
  Sign(signer, c);
  const auto insert = [&] {
    return Do(
        "INSERT INTO audit_checkpoint VALUES ($1, $2, $3, $4, $5, $6)",
        {"a", c.sequence, db::Blob{c.mac}, c.at_us, db::Blob{c.previous}, db::Blob{c.signature}});
  };
  ASSERT_TRUE(insert().ok());
  EXPECT_EQ(Verify("a").fault, Fault::kNone);
  c.sequence = 25;
  ASSERT_TRUE(insert().ok());
  EXPECT_EQ(Verify("a").fault, Fault::kEdited);
  EXPECT_EQ(Verify("a").first_bad, 25);
}

TEST_F(VerifierTest, AnUnknownAgencyIsNotFound) {
  const Verifier verifier("notes", *store.db, *store.keys, store.suite, signer.public_key());
  TestCall call("nobody", "auditor");
  EXPECT_TRUE(absl::IsNotFound(RunSync(verifier.Verify(call, "nobody", {})).status()));
}

TEST_F(VerifierTest, RowsAppendedMeanwhileAreNoAlarm) {
  SealerOf("a");
  std::atomic<bool> stop{false};
  int runs = 0;
  support::Coroutines writer;
  const AuditChain::Entry line = Line("a", "test.line");
  const auto write = [&]() -> Task<> {
    TestCall call("a", "writer");
    while (!stop) {
      const absl::Status done = co_await store.db->Write(
          call, [&](db::Tx& tx) { return store.chain->Append(tx, "a", line).status(); });
      EXPECT_TRUE(done.ok()) << done;
    }
  };
  writer.Start(write());
  while (Verify("a").rows < 3'000) {
    const VerifyReport report = Verify("a");
    ASSERT_EQ(report.fault, Fault::kNone) << report.first_bad;
    ASSERT_EQ(report.verified, report.head);
    ++runs;
  }
  stop = true;
  writer.Wait();
  EXPECT_GT(runs, 2);
}

TEST_F(VerifierTest, ACheckpointThatIsSignedMeanwhileIsNoAlarm) {
  Append("a", 30);
  const auto checkpointer = Checkpointer::Open(
      {.service = "notes", .path = store.path("checkpoints"), .rows = 1}, *store.db,
      crypto::SigningKey(store.suite.Key(crypto::SuiteKey::kCheckpoint, "notes")));
  ASSERT_TRUE(checkpointer.ok()) << checkpointer.status();
  support::MeddledDb db(*store.db, [&](int) {
    Append("a", 5);
    TestCall system("", "system");
    EXPECT_EQ(RunSync((*checkpointer)->WriteDue(system, store.machine.NowMicros())).value_or(-1),
              1);
  });
  const Verifier verifier("notes", db, *store.keys, store.suite, signer.public_key());
  TestCall call("a", "auditor");
  const auto report = RunSync(verifier.Verify(call, "a", {}));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->fault, Fault::kNone) << report->first_bad;
  EXPECT_EQ(report->verified, (ChainPlace{30, MacAt(30)}));
}

TEST_F(VerifierTest, ReadsManyRowsASecond) {
  constexpr int kRows = 60'000;
  for (int i = 0; i < kRows / 1'000; ++i) Append("a", 1'000);
  VerifyReport report;
  const double ns = support::CpuNanoseconds(1, [&](std::size_t) { report = Verify("a"); });
  EXPECT_EQ(report.fault, Fault::kNone);
  EXPECT_EQ(report.rows, kRows);
  std::printf("verified %d rows: %.0f rows a second of CPU time\n", kRows, 1e9 * kRows / ns);
}

}  // namespace
}  // namespace rapport::audit
