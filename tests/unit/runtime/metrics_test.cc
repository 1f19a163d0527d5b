#include "platform/runtime/telemetry/metrics.h"

#include "platform/db/db.h"
#include "platform/schema/errors.h"
#include "support/cpu_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapport/internal/v1/event.pb.h>

#include <atomic>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace rapport::telemetry {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

CallTotals TotalsOf(CallSide side, std::string_view method) {
  CallTotals found;
  ForEachMethod(side, [&](const CallTotals& totals) {
    if (totals.method == method) found = totals;
  });
  return found;
}

TEST(Counters, OfAllThreadsAddUpAndSurviveThem) {
  constexpr int kThreads = 8, kEach = 1'000;
  const double before = Read(Metric::kAuditRows);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([] {
      for (int n = 0; n < kEach; ++n) Count(Metric::kAuditRows);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Read(Metric::kAuditRows) - before, kThreads * kEach);
}

TEST(Counters, NeverShrinkWhileTheyAreRead) {
  std::atomic<bool> enough{false};
  std::thread writer([&] {
    while (!enough.load()) Count(Metric::kDisclosures);
  });
  double last = 0;
  for (int i = 0; i < 1'000; ++i) {
    const double now = Read(Metric::kDisclosures, "written");
    EXPECT_GE(now, last);
    last = now;
  }
  enough.store(true);
  writer.join();
}

TEST(Counters, AreKeptApartByLabel) {
  const double urgent = Read(Metric::kShed, "urgent"), bulk = Read(Metric::kShed, "bulk");
  CountShed(4);
  CountShed(4);
  EXPECT_EQ(Read(Metric::kShed, "bulk"), bulk + 2);
  EXPECT_EQ(Read(Metric::kShed, "urgent"), urgent);
}

TEST(Counters, IgnoreASeriesThatDoesNotExist) {
  const double next = Read(Metric::kAuthzDenied, "peer");
  CountShed(5);
  CountShed(-1);
  EXPECT_EQ(Read(Metric::kAuthzDenied, "peer"), next);
  EXPECT_TRUE(std::isnan(Read(Metric::kShed, "nonsense")));
}

TEST(Counters, PutAnUnknownRuleUnderOther) {
  const double other = Read(Metric::kAuthzDenied, "other"),
               role = Read(Metric::kAuthzDenied, "role");
  CountDenied("role");
  CountDenied("a rule nobody declared");
  EXPECT_EQ(Read(Metric::kAuthzDenied, "role"), role + 1);
  EXPECT_EQ(Read(Metric::kAuthzDenied, "other"), other + 1);
}

TEST(Counters, OfReasonsKnowTheReasonsThatRefusalsHave) {
  const double conflicts = Read(Metric::kEtagConflicts), unknown = Read(Metric::kCommitUnknown);
  CountReason(schema::ReasonOf(schema::EtagMismatch("")));
  CountReason(schema::ReasonOf(schema::NotFound()));
  CountReason(schema::ReasonOf(db::CommitUnknownError()));
  CountReason("");
  EXPECT_EQ(Read(Metric::kEtagConflicts), conflicts + 1);
  EXPECT_EQ(Read(Metric::kCommitUnknown), unknown + 1);
}

TEST(Gauges, AreUnknownUntilObservedAndAddUp) {
  EXPECT_TRUE(std::isnan(Read(Metric::kDbQueue, "data")));
  {
    const Observation one = Observe(Metric::kDbQueue, "data", [] { return 3.0; });
    Observation two = Observe(Metric::kDbQueue, "data", [] { return 4.0; });
    EXPECT_EQ(Read(Metric::kDbQueue, "data"), 7);
    EXPECT_TRUE(std::isnan(Read(Metric::kDbQueue, "keys")));
    two = Observation();
    EXPECT_EQ(Read(Metric::kDbQueue, "data"), 3);
  }
  EXPECT_TRUE(std::isnan(Read(Metric::kDbQueue, "data")));
}

TEST(Gauges, OfASeriesThatDoesNotExistEndTheProcess) {
  EXPECT_DEATH((void)Observe(Metric::kDbQueue, "elsewhere", [] { return 0.0; }), "");
  EXPECT_DEATH((void)Observe(Metric::kKeysCached, "data", [] { return 0.0; }), "");
}

// Nobody learns of one person from a number that moved.
TEST(Practice, IsPublishedInWholeElevens) {
  double stored = 10;
  const Observation observation = Observe(Metric::kSignalsOpen, "unsafe", [&] { return stored; });
  EXPECT_EQ(Read(Metric::kSignalsOpen, "unsafe"), 0);
  stored = 11;
  EXPECT_EQ(Read(Metric::kSignalsOpen, "unsafe"), 11);
  stored = 21;
  EXPECT_EQ(Read(Metric::kSignalsOpen, "unsafe"), 11);
  const double before = Read(Metric::kEvents, "rating_recorded");  // Other tests count elevens.
  const std::vector<int> ten(10, internal::v1::EVENT_TYPE_RATING_RECORDED);
  CountEvents(ten);
  EXPECT_EQ(Read(Metric::kEvents, "rating_recorded"), before);
  CountEvents(ten);
  EXPECT_EQ(Read(Metric::kEvents, "rating_recorded"), before + 11);
}

TEST(Practice, SaysOfItselfThatItIsInElevens) {
  for (const MetricRow& row : kMetrics) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(row.step == kPeople, row.help.ends_with("in whole elevens."));
    EXPECT_TRUE(row.step == 1 || row.step == kPeople);
  }
}

TEST(Events, AreCountedUnderTheNamesTheyHave) {
  const auto* types = internal::v1::EventType_descriptor();
  const MetricRow& row = RowOf(Metric::kEvents);
  ASSERT_EQ(row.series() + 1, static_cast<std::size_t>(types->value_count()));
  for (std::size_t i = 0; i < row.series(); ++i) {
    const auto* type = types->value(static_cast<int>(i) + 1);
    SCOPED_TRACE(type->name());
    std::string name = "EVENT_TYPE_";
    for (const char c : row.values[i]) name += static_cast<char>(std::toupper(c));
    EXPECT_EQ(type->name(), name);
    const double before = Read(Metric::kEvents, row.values[i]);
    CountEvents(std::vector<int>(kPeople, type->number()));
    EXPECT_EQ(Read(Metric::kEvents, row.values[i]), before + kPeople);
  }
  CountEvents(std::vector<int>(kPeople, 999));
}

TEST(Calls, FallIntoTheBucketWhoseBoundTheyDoNotExceed) {
  RegisterMethod(10, "test.v1.Service/Buckets", false);
  const nanoseconds durations[] = {
      nanoseconds(-5), milliseconds(1),          milliseconds(1) + nanoseconds(1),
      milliseconds(5), std::chrono::seconds(10), std::chrono::seconds(11)};
  for (const nanoseconds took : durations) CountHandled(10, 0, took);
  const CallTotals totals = TotalsOf(CallSide::kServer, "Buckets");
  EXPECT_THAT(totals.buckets, testing::ElementsAre(2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1));
  EXPECT_EQ(totals.nanoseconds, 21'007'000'001u);
}

TEST(Calls, OfOneMethodOnTwoListenersAreOne) {
  RegisterMethod(11, "test.v1.Service/Twice", false);
  RegisterMethod(12, "test.v1.Service/Twice", false);
  CountStarted(11);
  CountStarted(12);
  CountHandled(11, 0, milliseconds(2));
  CountHandled(12, 5, milliseconds(3));
  const CallTotals totals = TotalsOf(CallSide::kServer, "Twice");
  EXPECT_EQ(totals.service, "test.v1.Service");
  EXPECT_EQ(totals.started, 2u);
  EXPECT_EQ(totals.handled[0], 1u);
  EXPECT_EQ(totals.handled[5], 1u);
}

TEST(Calls, SayTheirType) {
  RegisterMethod(13, "test.v1.Service/Unary", false);
  RegisterMethod(14, "test.v1.Service/Import", true);
  RegisterMethod(15, "test.v1.Service/Watch", false, true);
  RegisterMethod(16, "test.v1.Service/Chat", true, true);
  EXPECT_EQ(TotalsOf(CallSide::kServer, "Unary").type, "unary");
  EXPECT_EQ(TotalsOf(CallSide::kServer, "Import").type, "client_stream");
  EXPECT_EQ(TotalsOf(CallSide::kServer, "Watch").type, "server_stream");
  EXPECT_EQ(TotalsOf(CallSide::kServer, "Chat").type, "bidi_stream");
}

TEST(Calls, WithACodeThatIsNoneCountAsUnknown) {
  RegisterMethod(17, "test.v1.Service/Codes", false);
  for (const int code : {17, -1, 2}) CountHandled(17, code, milliseconds(1));
  EXPECT_EQ(TotalsOf(CallSide::kServer, "Codes").handled[2], 3u);
  EXPECT_EQ(CodeName(17), "Unknown");
  EXPECT_EQ(CodeName(16), "Unauthenticated");
}

TEST(Calls, BeyondTheTableAreNotCountedAndHarmNothing) {
  RegisterMethod(256, "test.v1.Service/Beyond", false);
  RegisterMethod(-1, "test.v1.Service/Beyond", false);
  CountStarted(256);
  CountHandled(-1, 0, milliseconds(1));
  EXPECT_EQ(TotalsOf(CallSide::kServer, "Beyond").method, "");
}

TEST(Calls, ToOtherServicesAreCountedByName) {
  std::thread([] { CountClientCall("test.v1.Peer/Inquire", 14, milliseconds(30)); }).join();
  CountClientCall("test.v1.Peer/Inquire", 0, milliseconds(30));
  const CallTotals totals = TotalsOf(CallSide::kClient, "Inquire");
  EXPECT_EQ(totals.service, "test.v1.Peer");
  EXPECT_EQ(totals.started, 2u);
  EXPECT_EQ(totals.handled[14], 1u);
  EXPECT_EQ(TotalsOf(CallSide::kServer, "Inquire").method, "");
}

TEST(Names, AreWhatOperatorsHaveInTheirDashboards) {
  const std::string path = std::string(std::getenv("RAPPORT_SOURCE")) + "/tests/golden/metrics.txt";
  std::ifstream file(path);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(DescribeMetrics(), golden)
      << "Renaming a metric breaks alerts and dashboards. If it is meant, update " << path;
}

TEST(Names, FollowPrometheusCustom) {
  std::set<std::string_view> seen;
  for (const MetricRow& row : kMetrics) {
    SCOPED_TRACE(row.name);
    EXPECT_TRUE(seen.insert(row.name).second);
    EXPECT_TRUE(row.name.starts_with("rapport_") || row.name.starts_with("process_"));
    EXPECT_EQ(row.name.ends_with("_total"), row.type == MetricType::kCounter);
    for (const char c : row.name) EXPECT_TRUE(std::islower(c) || c == '_');
    EXPECT_EQ(row.label.empty(), row.values.front().empty());
    EXPECT_TRUE(row.help.ends_with("."));
  }
}

TEST(Cost, OfCountingACallIsNanoseconds) {
  RegisterMethod(18, "test.v1.Service/Cost", false);
  const double nanos = support::CpuNanoseconds(1'000'000, [](std::size_t i) {
    CountStarted(18);
    CountHandled(18, 0, nanoseconds(i));
  });
  std::printf("started, handled and latency of one call: %.1f ns\n", nanos);
  if (!support::kSanitized) EXPECT_LT(nanos, 200);
}

}  // namespace
}  // namespace rapport::telemetry
