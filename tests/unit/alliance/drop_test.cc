// Drop below own baseline.
#include "alliance/signals/drop.h"
#include "alliance/signals/codes.h"
#include "unit/alliance/builders.h"

#include <gmock/gmock.h>

#include <random>

namespace rapport::alliance::testing {
namespace {

using ::testing::HasSubstr;
using Result = Finding::Result;

constexpr v1::TestOutcome kFired = v1::TEST_OUTCOME_FIRED;
constexpr v1::TestOutcome kPassed = v1::TEST_OUTCOME_PASSED;
constexpr v1::TestOutcome kUnknown = v1::TEST_OUTCOME_NOT_EVALUABLE;

// The total of the Session Rating Scale: SD 6, alpha .88.
ScorePoint SrsTotal(int session, double value) {
  return {.session_number = session,
          .instrument = "instruments/srs.1",
          .value = value,
          .lowest = 0,
          .highest = 40,
          .sd = 6,
          .standard_error = StandardError(6, .88),
          .reliable_change = kCritical95 * StandardErrorOfDifference(6, .88)};
}

// A pulse score between 0 and 10; `r` .85 for the bond, .60 for a single item.
ScorePoint Pulse(double value, double r) {
  return {.instrument = "instruments/pulse-adult.1",
          .value = value,
          .lowest = 0,
          .highest = 10,
          .sd = 1.8,
          .standard_error = StandardError(1.8, r),
          .reliable_change = kCritical95 * StandardErrorOfDifference(1.8, r),
          .provisional = true};
}

std::vector<RatingPoints> SrsSeries(std::initializer_list<double> values) {
  std::vector<RatingPoints> series;
  int session = 0;
  for (const double value : values) {
    series.push_back({.points = {{v1::CONTENT_ALLIANCE, SrsTotal(++session, value)}}});
  }
  return series;
}

std::vector<RatingPoints> BondSeries(std::initializer_list<double> values) {
  std::vector<RatingPoints> series;
  for (const double value : values) {
    series.push_back({.points = {{v1::CONTENT_BOND, Pulse(value, .85)}}});
  }
  return series;
}

RatingPoints PulseRating(double task, double goal, double bond) {
  return {.points = {{v1::CONTENT_TASK, Pulse(task, .6)},
                     {v1::CONTENT_GOAL, Pulse(goal, .6)},
                     {v1::CONTENT_BOND, Pulse(bond, .85)}}};
}

v1::SignalTest Named(const std::vector<v1::SignalTest>& tests, std::string_view code) {
  for (const v1::SignalTest& test : tests) {
    if (test.code() == code) return test;
  }
  ADD_FAILURE() << "no test " << code;
  return {};
}

double FigureOf(const v1::SignalTest& test, std::string_view code) {
  for (const v1::Figure& figure : test.figures()) {
    if (figure.code() == code) return figure.value();
  }
  ADD_FAILURE() << "no figure " << code;
  return 0;
}

TEST(DropTests, FollowTheWorkedExample) {
  const auto tests = TestDrop(SrsSeries({37, 36, 38, 37, 36, 29}), v1::CONTENT_ALLIANCE);
  ASSERT_EQ(tests.size(), 3u);
  const v1::SignalTest last = Named(tests, codes::kFromLast);
  EXPECT_EQ(last.outcome(), kFired);
  EXPECT_EQ(last.value(), 7);
  EXPECT_NEAR(last.threshold(), 5.76, .005);
  const v1::SignalTest mean = Named(tests, codes::kFromMean);
  EXPECT_EQ(mean.outcome(), kFired);
  EXPECT_NEAR(mean.value(), 7.8, 1e-12);
  EXPECT_EQ(mean.threshold(), 6);
  EXPECT_NEAR(FigureOf(mean, "baseline_mean"), 36.8, 1e-12);
  EXPECT_NEAR(FigureOf(mean, "baseline_sd"), .84, .005);
  EXPECT_EQ(FigureOf(mean, "baseline_ratings"), 5);
  const v1::SignalTest far = Named(tests, codes::kFarFromMean);
  EXPECT_EQ(far.outcome(), kPassed);
  EXPECT_EQ(far.threshold(), 12);
}

TEST(DropTests, TooLittleHistoryIsNotEvaluableWhichIsNotPassed) {
  const auto first = TestDrop(BondSeries({2}), v1::CONTENT_BOND);
  for (const v1::SignalTest& test : first) EXPECT_EQ(test.outcome(), kUnknown) << test.code();
  const auto third = TestDrop(BondSeries({8, 8, 8}), v1::CONTENT_BOND);
  EXPECT_EQ(Named(third, codes::kFromLast).outcome(), kPassed);
  EXPECT_EQ(Named(third, codes::kFromMean).outcome(), kUnknown);
  const auto fourth = TestDrop(BondSeries({8, 8, 8, 8}), v1::CONTENT_BOND);
  EXPECT_EQ(Named(fourth, codes::kFromMean).outcome(), kPassed);
  EXPECT_EQ(Named(fourth, codes::kFarFromMean).outcome(), kPassed);
}

TEST(DropTests, WithoutKnownErrorNothingIsEvaluable) {
  auto series = BondSeries({8, 8, 8, 8, 1});
  for (RatingPoints& rating : series) {
    rating.points.at(v1::CONTENT_BOND).sd.reset();
    rating.points.at(v1::CONTENT_BOND).reliable_change.reset();
  }
  for (const v1::SignalTest& test : TestDrop(series, v1::CONTENT_BOND)) {
    EXPECT_EQ(test.outcome(), kUnknown) << test.code();
  }
  EXPECT_EQ(EvaluateDrop(series).result, Result::kNotEvaluable);
}

TEST(DropTests, AVariableRaterNeedsAGreaterDrop) {
  // Baseline 2 10 2 10: own SD 4.6 is stricter than the norm's 1.8.
  const auto tests = TestDrop(BondSeries({2, 10, 2, 10, 3}), v1::CONTENT_BOND);
  EXPECT_NEAR(Named(tests, codes::kFromMean).threshold(), 4.62, .005);
  EXPECT_EQ(Named(tests, codes::kFromMean).outcome(), kPassed);
}

TEST(DropTests, OwnVariationRaisesTheThresholdOfAReliableChangeToo) {
  const auto tests = TestDrop(BondSeries({6, 9, 6, 9, 6.5}), v1::CONTENT_BOND);
  const v1::SignalTest last = Named(tests, codes::kFromLast);
  EXPECT_NEAR(FigureOf(last, "reliable_change"), 1.93, .005);
  EXPECT_NEAR(last.threshold(), kCritical95 * std::sqrt(2) * std::sqrt(3), 1e-12);
  EXPECT_EQ(last.outcome(), kPassed);
}

TEST(DropTests, TheBaselineIsTheLastSixRatings) {
  const auto tests = TestDrop(BondSeries({0, 0, 8, 8, 8, 8, 8, 8, 8}), v1::CONTENT_BOND);
  EXPECT_EQ(FigureOf(Named(tests, codes::kFromMean), "baseline_mean"), 8);
  EXPECT_EQ(FigureOf(Named(tests, codes::kFromMean), "baseline_ratings"), 6);
}

TEST(DropTests, RatingsUnderASignalAreNoBaseline) {
  auto series = BondSeries({8, 8, 8, 2, 2, 3});
  series[3].under_signal = series[4].under_signal = true;
  const auto tests = TestDrop(series, v1::CONTENT_BOND);
  EXPECT_EQ(FigureOf(Named(tests, codes::kFromMean), "baseline_mean"), 8);
  EXPECT_EQ(Named(tests, codes::kFromMean).outcome(), kFired);
  // The rating before is the rating before, whatever was open.
  EXPECT_EQ(FigureOf(Named(tests, codes::kFromLast), "last"), 2);
}

TEST(DropTests, AnotherInstrumentIsNoHistory) {
  auto series = BondSeries({8, 8, 8, 8, 1});
  for (int i = 0; i < 4; ++i) series[i].points.at(v1::CONTENT_BOND).instrument = "instruments/x.1";
  for (const v1::SignalTest& test : TestDrop(series, v1::CONTENT_BOND)) {
    EXPECT_EQ(test.outcome(), kUnknown) << test.code();
  }
}

TEST(DropTests, WhereLowerIsBetterARiseIsTheDrop) {
  auto series = BondSeries({2, 2, 2, 2, 8});
  for (RatingPoints& rating : series) rating.points.at(v1::CONTENT_BOND).lower_better = true;
  EXPECT_EQ(Named(TestDrop(series, v1::CONTENT_BOND), codes::kFarFromMean).outcome(), kFired);
  EXPECT_EQ(
      Named(TestDrop(BondSeries({2, 2, 2, 2, 8}), v1::CONTENT_BOND), codes::kFarFromMean).outcome(),
      kPassed);
}

TEST(DropTests, LaterRatingsNeverChangeAnEarlierResult) {
  constexpr unsigned kSeed = 4'711;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  std::uniform_real_distribution<double> value(0, 10);
  std::vector<RatingPoints> series;
  std::vector<std::string> results;
  for (int i = 0; i < 40; ++i) {
    series.push_back(PulseRating(value(random), value(random), value(random)));
    results.push_back(EvaluateDrop(series).signal.SerializeAsString());
  }
  for (std::size_t i = 0; i < series.size(); ++i) {
    EXPECT_EQ(EvaluateDrop(std::span(series).first(i + 1)).signal.SerializeAsString(), results[i]);
  }
}

TEST(EvaluateDrop, NothingAndNoHistoryAreTwoResults) {
  EXPECT_EQ(EvaluateDrop({}).result, Result::kNotEvaluable);
  EXPECT_EQ(EvaluateDrop(BondSeries({8})).result, Result::kNotEvaluable);
  EXPECT_EQ(EvaluateDrop(BondSeries({8, 8})).result, Result::kNothing);
}

TEST(EvaluateDrop, OneTestAloneIsANoticeAndRaisesNothing) {
  // 2.0 from the last is a reliable change, 1.4 from the mean is not a standard deviation.
  const Finding finding = EvaluateDrop(BondSeries({6.4, 6.4, 6.4, 6.4, 7.2, 5.2}));
  EXPECT_EQ(finding.result, Result::kNotice);
  EXPECT_EQ(finding.signal.evidence(), v1::EVIDENCE_WEAK);
  EXPECT_EQ(finding.signal.level(), v1::SIGNAL_LEVEL_UNSPECIFIED);
  EXPECT_EQ(finding.signal.tests_size(), 3);
}

TEST(EvaluateDrop, TwoTestsThatAgreeAreModerateAndWatched) {
  const Finding finding = EvaluateDrop(BondSeries({8, 8, 8, 8, 6}));
  EXPECT_EQ(finding.result, Result::kRaised);
  EXPECT_EQ(finding.signal.evidence(), v1::EVIDENCE_MODERATE);
  EXPECT_EQ(finding.signal.level(), v1::SIGNAL_LEVEL_WATCH);
}

TEST(EvaluateDrop, ASlowFallIsSeenWithoutAnyReliableStep) {
  auto series = BondSeries({9, 9, 9, 7.5, 6, 4.5});
  const Finding finding = EvaluateDrop(series);
  EXPECT_EQ(Named({finding.signal.tests().begin(), finding.signal.tests().end()}, codes::kFromLast)
                .outcome(),
            kPassed);
  EXPECT_EQ(finding.result, Result::kRaised);
  EXPECT_EQ(finding.signal.level(), v1::SIGNAL_LEVEL_WATCH);
}

TEST(EvaluateDrop, FarBelowBothLastAndMeanIsStrongAndAnAlert) {
  const Finding finding = EvaluateDrop(BondSeries({8, 8, 8, 8, 3.2}));
  EXPECT_EQ(finding.result, Result::kRaised);
  EXPECT_EQ(finding.signal.kind(), v1::SIGNAL_KIND_RUPTURE);
  EXPECT_EQ(finding.signal.evidence(), v1::EVIDENCE_STRONG);
  EXPECT_EQ(finding.signal.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(finding.signal.content(), v1::CONTENT_BOND);
  EXPECT_EQ(finding.signal.instrument(), "instruments/pulse-adult.1");
  EXPECT_EQ(finding.signal.rule_version(), kRuleVersion);
  EXPECT_TRUE(finding.signal.provisional());
  EXPECT_EQ(finding.signal.summary(),
            "Trust in this helper is down to 3.2 (0.0 to 10.0), after 8.0 the time before and 8.0 "
            "on average over 4 ratings.");
  EXPECT_THAT(finding.signal.next_step(), HasSubstr("Did something I said or did land badly?"));
}

TEST(EvaluateDrop, TwoPartsThatFallTogetherAreStrong) {
  std::vector<RatingPoints> series(4, PulseRating(8, 8, 8));
  series.push_back(PulseRating(4.8, 8, 6));  // each moderate by itself
  const Finding finding = EvaluateDrop(series);
  EXPECT_EQ(finding.signal.evidence(), v1::EVIDENCE_STRONG);
  EXPECT_EQ(finding.signal.content(), v1::CONTENT_TASK);  // fell 1.8 of its thresholds, bond 1.1
  EXPECT_EQ(finding.signal.tests_size(), 9);
}

TEST(EvaluateDrop, TheTotalNamesADropOnlyWhenNoPartDoes) {
  std::vector<RatingPoints> series(4, PulseRating(8, 8, 8));
  for (RatingPoints& rating : series) rating.points[v1::CONTENT_ALLIANCE] = Pulse(8, .9);
  series.push_back(PulseRating(8, 8, 3));
  series.back().points[v1::CONTENT_ALLIANCE] = Pulse(3, .9);
  EXPECT_EQ(EvaluateDrop(series).signal.content(), v1::CONTENT_BOND);
  series.back().points[v1::CONTENT_BOND] = Pulse(8, .85);
  EXPECT_EQ(EvaluateDrop(series).signal.content(), v1::CONTENT_ALLIANCE);
  EXPECT_THAT(EvaluateDrop(series).signal.summary(), HasSubstr("as a whole"));
}

// A rater's eight ratings about a mean of 7, moved by measurement error and by how the day was.
std::vector<RatingPoints> NoisySeries(std::mt19937& random, double day_noise, double last_bond) {
  const auto noisy = [&](double mean, double r) {
    const double error = std::hypot(StandardError(1.8, r), day_noise);
    return std::clamp(std::normal_distribution<double>(mean, error)(random), 0.0, 10.0);
  };
  std::vector<RatingPoints> series;
  for (int session = 1; session <= 8; ++session) {
    series.push_back(
        PulseRating(noisy(7, .6), noisy(7, .6), noisy(session == 8 ? last_bond : 7, .85)));
  }
  return series;
}

// Of 100 such eighth ratings, how many raise a signal of at least this level.
double RaisedPerHundred(double day_noise, double last_bond, v1::SignalLevel level) {
  constexpr unsigned kSeed = 60'601;
  constexpr int kRaters = 4'000;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  int raised = 0;
  for (int rater = 0; rater < kRaters; ++rater) {
    const Finding finding = EvaluateDrop(NoisySeries(random, day_noise, last_bond));
    if (finding.result == Result::kRaised && finding.signal.level() >= level) ++raised;
  }
  return 100.0 * raised / kRaters;
}

// The figures that drop.h gives.
TEST(EvaluateDrop, SteadyRatersRarelyRaiseAnythingAndHardlyEverAnAlert) {
  EXPECT_LT(RaisedPerHundred(0, 7, v1::SIGNAL_LEVEL_WATCH), 3.5);
  EXPECT_LT(RaisedPerHundred(0, 7, v1::SIGNAL_LEVEL_ALERT), 0.5);
  EXPECT_LT(RaisedPerHundred(0.9, 7, v1::SIGNAL_LEVEL_WATCH), 8.5);
  EXPECT_LT(RaisedPerHundred(0.9, 7, v1::SIGNAL_LEVEL_ALERT), 2);
}

TEST(EvaluateDrop, ATrueFallOfFourPointsIsSeldomMissed) {
  EXPECT_GT(RaisedPerHundred(0, 3, v1::SIGNAL_LEVEL_WATCH), 95);
  EXPECT_GT(RaisedPerHundred(0, 3, v1::SIGNAL_LEVEL_ALERT), 65);
}

}  // namespace
}  // namespace rapport::alliance::testing
