// The census: numbers for the metrics, counted from time to time.
#include "platform/records/census.h"

#include "platform/base/run_sync.h"
#include "platform/db/run_sync.h"
#include "platform/runtime/telemetry/metrics.h"
#include "support/service_store.h"

#include <google/protobuf/timestamp.pb.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

namespace rapport::records {
namespace {

using support::TestCall;
using support::TestId;
using telemetry::Metric;
using telemetry::Read;

class CensusTest : public testing::Test {
 protected:
  std::map<std::string, absl::StatusOr<Census::Numbers>, std::less<>> stored_;
  int counted_ = 0;
  Census census_{{{Metric::kHomework, "agreed"}, {Metric::kHomework, "reviewed"}},
                 [this](std::string_view agency) {
                   ++counted_;
                   return stored_.find(agency)->second;
                 }};
};

TEST_F(CensusTest, AddsUpTheAgencies) {
  stored_ = {{"harbour", Census::Numbers{20, 11}}, {"lighthouse", Census::Numbers{13, 0}}};
  const auto observations = census_.Observe();
  EXPECT_TRUE(std::isnan(Read(Metric::kHomework, "agreed"))) << "nothing was counted yet";
  ASSERT_TRUE(census_.Round("harbour").ok());
  EXPECT_EQ(Read(Metric::kHomework, "agreed"), 11);
  ASSERT_TRUE(census_.Round("lighthouse").ok());
  EXPECT_EQ(Read(Metric::kHomework, "agreed"), 33);
  EXPECT_EQ(Read(Metric::kHomework, "reviewed"), 11);
}

TEST_F(CensusTest, CountsAnAgencyOnceAMinuteHoweverOftenItIsAsked) {
  stored_ = {{"harbour", Census::Numbers{1, 1}}, {"lighthouse", Census::Numbers{1, 1}}};
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(census_.Round("harbour").ok());
    ASSERT_TRUE(census_.Round("lighthouse").ok());
  }
  EXPECT_EQ(counted_, 2);
}

TEST_F(CensusTest, KeepsTheOldNumbersAfterAnErrorAndDoesNotTryAgainAtOnce) {
  stored_ = {{"harbour", Census::Numbers{22, 11}}, {"broken", absl::DataLossError("damaged")}};
  const auto observations = census_.Observe();
  ASSERT_TRUE(census_.Round("harbour").ok());
  EXPECT_FALSE(census_.Round("broken").ok());
  EXPECT_TRUE(census_.Round("broken").ok());
  EXPECT_EQ(counted_, 2);
  EXPECT_EQ(Read(Metric::kHomework, "agreed"), 22);
}

// Of the agency, of the kind, in one of the states, since then.
TEST(CountRecords, CountsWhatIsAskedFor) {
  support::ServiceStore store({.service = "notes"});
  int made = 0;
  const auto add = [&](const char* agency, int kind, std::int64_t state, std::int64_t sort_us) {
    TestCall call(agency, "clinician-1", TestId("family"));
    Changes changes(call, store.clock.NowMicros());
    Record record;
    record.kind = kind;
    record.family = TestId("family");
    record.id = TestId("r" + std::to_string(++made));
    record.state = state;
    record.sort_us = sort_us;
    changes.Create(record);
    changes.Audit("test.create", record);
    const auto committed =
        RunSync(store.records->Commit(call, std::move(changes), google::protobuf::Timestamp()));
    ASSERT_TRUE(committed.ok()) << committed.status();
  };
  add("agency-a", 1, 1, 100);
  add("agency-a", 1, 2, 100);
  add("agency-a", 1, 2, 99);
  add("agency-a", 1, 3, 100);
  add("agency-a", 2, 1, 100);
  add("agency-b", 1, 1, 100);
  const auto count = [&](const std::vector<std::int64_t>& states) {
    std::int64_t number = -1;
    EXPECT_TRUE(db::RunSync(
                    *store.db,
                    [&](db::Tx& tx) -> absl::Status {
                      auto counted = CountRecords(tx, "agency-a", 1, states, 100);
                      if (counted.ok()) number = *counted;
                      return counted.status();
                    },
                    false)
                    .ok());
    return number;
  };
  EXPECT_EQ(count({1, 2}), 2);
  EXPECT_EQ(count({3}), 1);
  EXPECT_EQ(count({4}), 0);
  EXPECT_EQ(count({}), 0);
}

}  // namespace
}  // namespace rapport::records
