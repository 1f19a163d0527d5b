// Refusals: who asked for what they may not see or do is in the trail, and nobody fills it by
// asking again.
#include "platform/audit/refusals.h"

#include "unit/audit/audit_fixture.h"

namespace rapport::audit {
namespace {

class RefusalsTest : public AuditFixture {
 protected:
  absl::Status Refuse(CallContext& call, std::string family, std::string_view rule) {
    return RunSync(refusals.Record(call, std::move(family), rule));
  }
  std::int64_t Rows() { return store.Number("SELECT count(*) FROM audit"); }

  Refusals refusals{*store.db, *store.keys, *store.chain, store.clock, store.machine};
  TestCall caller{"a", "clinician-1"};
};

TEST_F(RefusalsTest, ALineSaysWhoAskedForWhatAndWhichRuleRefused) {
  ASSERT_TRUE(Refuse(caller, TestId("family"), "relation").ok());
  std::string sealed;
  ASSERT_TRUE(store
                  .Read([&](db::Tx& tx) {
                    return tx
                        .Run("SELECT sealed FROM audit", {},
                             [&](const db::Row& row) { sealed = std::string(row.Bytes(0)); })
                        .status();
                  })
                  .ok());
  const auto record = OpenRecord(*SealerOf("a"), "notes", "a", sealed);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->action(), "refuse");
  EXPECT_EQ(record->actor(), "clinician-1");
  EXPECT_EQ(record->method(), caller.method);
  EXPECT_EQ(record->family(), TestId("family"));
  EXPECT_EQ(record->reason_code(), "relation");
  EXPECT_EQ(record->at_us(), support::kMonday);
  EXPECT_EQ(record->covers_until_us(), store.machine.NowMicros() + 600'000'000);
  EXPECT_EQ(Verify("a").fault, Fault::kNone);
}

TEST_F(RefusalsTest, RepeatsAreCoveredForAWhile) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Refuse(caller, TestId("family"), "relation").ok());
  EXPECT_EQ(Rows(), 1);
  store.machine.Advance(std::chrono::minutes(10));
  ASSERT_TRUE(Refuse(caller, TestId("family"), "relation").ok());
  EXPECT_EQ(Rows(), 2);
}

TEST_F(RefusalsTest, AnotherFamilyMethodAccountOrRuleHasALineOfItsOwn) {
  ASSERT_TRUE(Refuse(caller, TestId("family"), "relation").ok());
  ASSERT_TRUE(Refuse(caller, TestId("another"), "relation").ok());
  ASSERT_TRUE(Refuse(caller, TestId("family"), "consent").ok());
  caller.method = "rapport.test.v1.TestService/Other";
  ASSERT_TRUE(Refuse(caller, TestId("family"), "relation").ok());
  TestCall other("a", "clinician-2");
  ASSERT_TRUE(Refuse(other, TestId("family"), "relation").ok());
  EXPECT_EQ(Rows(), 5);
}

TEST_F(RefusalsTest, OfNobodyThereIsNoLine) {
  caller.principal = nullptr;
  ASSERT_TRUE(Refuse(caller, "", "peer").ok());
  EXPECT_EQ(Rows(), 0);
}

}  // namespace
}  // namespace rapport::audit
