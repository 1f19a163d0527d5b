// Housekeeping over the storage of a real process: what it does in one round.
#include "platform/runtime/housekeeping.h"

#include "platform/base/run_sync.h"
#include "platform/crypto/key_file.h"
#include "platform/db/run_sync.h"
#include "platform/runtime/telemetry/metrics.h"
#include "support/scratch_folder.h"
#include "support/service_store.h"

#include <google/protobuf/timestamp.pb.h>
#include <gtest/gtest.h>

#include <fstream>

namespace rapport::runtime {
namespace {

using support::TestCall;
using support::TestId;
using telemetry::Metric;

constexpr char kAgencies[] = R"(agencies:
  - id: harbour
    display_name: Harbour House
    issuer: https://id.example.org
    jwks: harbour.jwks.json
    time_zone: Europe/Berlin
)";

class HousekeepingTest : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<crypto::Secret> keks;
    keks.push_back(crypto::NewSecret());
    config_.key_encryption_key = folder_ / "kek";
    ASSERT_TRUE(crypto::WriteKeyFile(config_.key_encryption_key, keks).ok());
    config_.database = folder_ / "data.db";
    config_.keys_database = folder_ / "keys.db";
    config_.checkpoint_file = folder_ / "checkpoints";
    auto storage = Storage::Open("notes", config_, suite_, clock_);
    ASSERT_TRUE(storage.ok()) << storage.status();
    storage_ = *std::move(storage);
  }

  // A record of `family`, with one event and as many audit lines.
  void Commit(std::string_view family, int lines = 1) {
    TestCall call("harbour", "clinician-1", TestId(family));
    records::Changes changes(call, clock_.NowMicros());
    records::Record record;
    record.kind = 1;
    record.family = TestId(family);
    record.id = TestId("r" + std::to_string(++made_));
    changes.Create(record);
    for (int i = 0; i < lines; ++i) changes.Audit("test.create", record);
    changes.Emit({.type = 101, .family = TestId(family), .resource = "families/x"});
    const auto committed = RunSync(storage_->records->Commit(call, std::move(changes), answer_));
    ASSERT_TRUE(committed.ok()) << committed.status();
  }
  std::int64_t Number(const char* sql) {
    std::int64_t number = -1;
    EXPECT_TRUE(
        db::RunSync(
            *storage_->db,
            [&](db::Tx& tx) {
              return tx.Run(sql, {}, [&](const db::Row& row) { number = row.Int(0); }).status();
            },
            false)
            .ok());
    return number;
  }

  const ScratchFolder folder_;
  const crypto::SuiteSecret suite_{crypto::NewSecret()};
  ManualClock clock_{support::kMonday};
  Config config_;
  std::unique_ptr<Storage> storage_;
  const std::shared_ptr<const crypto::Agencies> agencies_ =
      std::make_shared<const crypto::Agencies>(*crypto::Agencies::Parse(kAgencies, "agencies"));
  google::protobuf::Timestamp answer_;
  int made_ = 0;
};

// Each agency each time; one that fails is tried again.
TEST_F(HousekeepingTest, DoesTheServicesOwnChoreInEveryRound) {
  std::vector<std::string> done;
  Housekeeping housekeeping(*storage_, agencies_, {}, [&](std::string_view agency) {
    done.emplace_back(agency);
    return absl::UnavailableError("not now");
  });
  housekeeping.Round();
  housekeeping.Round();
  EXPECT_EQ(done, (std::vector<std::string>{"harbour", "harbour"}));
}

TEST_F(HousekeepingTest, MeasuresHowFarTheOutboxIsBehind) {
  Housekeeping keeping(*storage_, agencies_, {{"goals", {101}}, {"alliance", {202}}});
  const Observations observed = keeping.Observe();
  Commit("f1");
  Commit("f2");
  keeping.Round();
  EXPECT_EQ(telemetry::Read(Metric::kOutboxPending, "goals"), 2);
  EXPECT_EQ(telemetry::Read(Metric::kOutboxPending, "alliance"), 0) << "it wants none of them";
  EXPECT_EQ(telemetry::Read(Metric::kOutboxParked, "goals"), 0);
}

TEST_F(HousekeepingTest, DeletesEventsOnlyWhenTheyAreOldAndEverybodyHasThem) {
  Housekeeping keeping(*storage_, agencies_, {{"goals", {101}}});
  Commit("f1");
  Commit("f2");
  const auto run = [&](const char* sql) {
    return db::RunSync(*storage_->db, [&](db::Tx& tx) { return tx.Run(sql, {}).status(); }, true);
  };
  ASSERT_TRUE(run("UPDATE outbox SET created_us = 1 WHERE sequence = 1").ok());
  keeping.Round();
  EXPECT_EQ(Number("SELECT count(*) FROM outbox"), 2) << "goals has none of them yet";
  ASSERT_TRUE(run("INSERT INTO delivery (agency_id, destination, sequence, revision)"
                  " VALUES ('harbour', 'goals', 2, 1)")
                  .ok());
  keeping.Round();
  EXPECT_EQ(Number("SELECT min(sequence) FROM outbox"), 2) << "the young one stays";
}

// It was one an agency and second, on every replica: 6,000 a minute for 100 agencies.
TEST_F(HousekeepingTest, WritesNothingWhileThereIsNothingToDo) {
  Housekeeping keeping(*storage_, agencies_, {{"goals", {101}}});
  const Observations observed = storage_->Observe();
  Commit("f1");
  keeping.Round();
  const double before = telemetry::Read(Metric::kDbTransactions, "data");
  for (int second = 0; second < 60; ++second) keeping.Round();
  EXPECT_EQ(telemetry::Read(Metric::kDbTransactions, "data") - before, 0) << "in an idle minute";
}

TEST_F(HousekeepingTest, SignsACheckpointOfEachChainOnceItIsDue) {
  Housekeeping keeping(*storage_, agencies_, {});
  Commit("f1", 1'000);
  keeping.Round();
  EXPECT_GE(Number("SELECT count(*) FROM audit_checkpoint"), 1);
  std::ifstream file(config_.checkpoint_file);
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  EXPECT_NE(line.find("harbour"), std::string::npos);
}

TEST_F(HousekeepingTest, SaysHowManyRowsWaitForACheckpoint) {
  Housekeeping keeping(*storage_, agencies_, {});
  const Observations observed = storage_->Observe();
  Commit("f1");
  keeping.Round();
  EXPECT_EQ(telemetry::Read(Metric::kAuditUnsigned), 0);
  Commit("f1", 3);
  keeping.Round();
  EXPECT_EQ(telemetry::Read(Metric::kAuditUnsigned), 3);
  EXPECT_LT(telemetry::Read(Metric::kAuditUnsignedSeconds), 60);
}

TEST_F(HousekeepingTest, TheDemoClockLeavesALineInEveryAgencysTrail) {
  ASSERT_TRUE(storage_->AuditDemoClock(*agencies_).ok());
  EXPECT_EQ(Number("SELECT count(*) FROM audit"), 1);
  EXPECT_EQ(Number("SELECT at_us FROM audit"), support::kMonday);
}

TEST_F(HousekeepingTest, ItsThreadEndsAtOnce) {
  Housekeeping keeping(*storage_, agencies_, {});
  keeping.Start();
}

}  // namespace
}  // namespace rapport::runtime
