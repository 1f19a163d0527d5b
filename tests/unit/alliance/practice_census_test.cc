// What the metrics show of the practice: counts of forms and open signals.
#include "alliance/practice_census.h"

#include "platform/runtime/telemetry/metrics.h"
#include "unit/alliance/alliance_fixture.h"

namespace rapport::alliance {
namespace {

using telemetry::Metric;

class PracticeCensus : public AllianceTest {
 protected:
  // One number by the name of its series.
  std::int64_t Counted(Metric metric, std::string_view value) {
    const auto numbers = CountPractice(deps_, kAgency);
    EXPECT_TRUE(numbers.ok()) << numbers.status();
    const auto series = PracticeSeries();
    EXPECT_EQ(numbers->size(), series.size());
    for (std::size_t i = 0; i < series.size(); ++i) {
      if (series[i].metric == metric && series[i].value == value) return numbers->at(i);
    }
    ADD_FAILURE() << "no series " << value;
    return -1;
  }
  // Mother and father rate well, the child misses three sessions that were meant for all.
  void LeaveTheChildOut() {
    for (int i = 0; i < 3; ++i) {
      store_.clock.Advance(std::chrono::hours(24 * 7));
      const std::string session = support::TestId("session-" + std::to_string(i));
      Hold(session, {mother_, father_});
      ASSERT_TRUE(Rate(session, mother_, 80, 80).ok());
      ASSERT_TRUE(Rate(session, father_, 80, 80).ok());
      Relay();
    }
  }
};

TEST_F(PracticeCensus, OfNothingIsZero) {
  const auto numbers = CountPractice(deps_, kAgency);
  ASSERT_TRUE(numbers.ok()) << numbers.status();
  EXPECT_THAT(*numbers, ::testing::Each(0));
}

TEST_F(PracticeCensus, CountsFormsAndHowTheyEnded) {
  LeaveTheChildOut();
  const std::int64_t asked = Counted(Metric::kForms, "asked");
  EXPECT_GE(asked, 6);
  EXPECT_EQ(Counted(Metric::kForms, "answered"), 6);
  EXPECT_LE(Counted(Metric::kForms, "expired") + 6, asked);
  store_.clock.Advance(std::chrono::hours(24 * 91));
  EXPECT_EQ(Counted(Metric::kForms, "asked"), 0) << "of 90 days";
}

TEST_F(PracticeCensus, CountsOpenSignalsByKindAndAge) {
  LeaveTheChildOut();
  EXPECT_EQ(Counted(Metric::kSignalsOpen, "isolation"), 1);
  EXPECT_EQ(Counted(Metric::kSignalsOpen, "unsafe"), 0);
  EXPECT_EQ(Counted(Metric::kSignalsOpenByAge, "week"), 1);
  store_.clock.Advance(std::chrono::hours(24 * 8));
  EXPECT_EQ(Counted(Metric::kSignalsOpenByAge, "month"), 1);
  store_.clock.Advance(std::chrono::hours(24 * 30));
  EXPECT_EQ(Counted(Metric::kSignalsOpenByAge, "older"), 1);
  EXPECT_EQ(Counted(Metric::kSignalsOpenByAge, "week"), 0);

  v1::DismissSignalRequest dismiss;
  dismiss.set_name(Signals().at(0).name());
  dismiss.set_etag(Signals().at(0).etag());
  dismiss.set_reason(v1::DISMISS_REASON_PLANNED);
  ASSERT_TRUE(Run(ByTherapist(), &AllianceService::DismissSignal, dismiss).ok());
  EXPECT_EQ(Counted(Metric::kSignalsOpen, "isolation"), 0);
  EXPECT_EQ(Counted(Metric::kSignalsOpenByAge, "older"), 0);
}

// The metric's values are the kinds, in their order.
TEST_F(PracticeCensus, KnowsEveryKindOfSignal) {
  const auto* kinds = v1::SignalKind_descriptor();
  const telemetry::MetricRow& row = telemetry::RowOf(Metric::kSignalsOpen);
  ASSERT_EQ(row.series() + 1, static_cast<std::size_t>(kinds->value_count()));
  for (std::size_t i = 0; i < row.series(); ++i) {
    std::string name = "SIGNAL_KIND_";
    for (const char c : row.values[i]) name += static_cast<char>(std::toupper(c));
    EXPECT_EQ(kinds->FindValueByNumber(static_cast<int>(i) + 1)->name(), name);
  }
}

}  // namespace
}  // namespace rapport::alliance
