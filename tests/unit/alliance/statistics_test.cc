// Change, agreement, trend and session statistics: published vectors and edges.
#include "alliance/scoring/agreement.h"
#include "alliance/scoring/change.h"
#include "alliance/scoring/control_chart.h"
#include "alliance/scoring/error.h"
#include "alliance/scoring/numbers.h"
#include "alliance/scoring/session_stats.h"
#include "alliance/scoring/student_t.h"
#include "alliance/scoring/trend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace rapport::alliance {
namespace {

using ::testing::Optional;

TEST(Error, ReliableChangeFollowsTheTableOfReliabilities) {
  // At SD = 1.
  const std::pair<double, double> table[] = {{.64, 1.663}, {.70, 1.518}, {.75, 1.386},
                                             {.80, 1.240}, {.85, 1.074}, {.88, .960},
                                             {.90, .877},  {.91, .832},  {.93, .733}};
  for (const auto& [r, threshold] : table) {
    EXPECT_NEAR(kCritical95 * StandardErrorOfDifference(1, r), threshold, 0.0006) << r;
  }
}

TEST(Error, SessionRatingScaleThresholdsDependOnTheNamedReliability) {
  EXPECT_NEAR(kCritical95 * StandardErrorOfDifference(6, .88), 5.8, .05);
  EXPECT_NEAR(kCritical95 * StandardErrorOfDifference(6, .64), 10.0, .05);
}

TEST(Error, NoErrorWhereTheMeasureIsPerfect) {
  EXPECT_EQ(StandardError(3, 1), 0);
  EXPECT_EQ(StandardError(3, 0), 3);
}

TEST(Change, CutoffCLiesBetweenTheMeans) {
  EXPECT_NEAR(CutoffC(19.6, 8.7, 28.0, 6.8), 24.31, .005);
}

TEST(Change, AnIndexOnTheCriticalValueIsNotReliable) {
  ChangeRule rule{.error_of_difference = 1, .critical = 2};
  EXPECT_EQ(ClassifyChange(10, 12, rule).result, ChangeClass::kUnchanged);
  EXPECT_EQ(ClassifyChange(10, 12.01, rule).result, ChangeClass::kImproved);
  EXPECT_EQ(ClassifyChange(10, 7.99, rule).result, ChangeClass::kDeteriorated);
}

TEST(Change, WhereLowerIsBetterADropImproves) {
  const ChangeRule rule{
      .error_of_difference = 1, .critical = 2, .cutoff = 15, .higher_better = false};
  EXPECT_EQ(ClassifyChange(20, 10, rule).result, ChangeClass::kRecovered);
  EXPECT_EQ(ClassifyChange(10, 20, rule).result, ChangeClass::kHarmed);
  EXPECT_EQ(ClassifyChange(30, 20, rule).result, ChangeClass::kImproved);
}

TEST(Agreement, OfOneValueFollowsWorkedExamples) {
  EXPECT_DOUBLE_EQ(UniformVariance(5, 1), 2);
  EXPECT_DOUBLE_EQ(UniformVariance(7, 1), 4);
  EXPECT_DOUBLE_EQ(UniformVariance(11, 1), 10);
  EXPECT_NEAR(UniformVariance(101, .1), 8.5, 1e-12);
  EXPECT_DOUBLE_EQ(UniformVariance(5, 2.5), 12.5);
  EXPECT_DOUBLE_EQ(BipolarVariance(-3, 3, 1), 28.0 / 6) << "-3 to 3 without 0, not six in a row";
  EXPECT_DOUBLE_EQ(BipolarVariance(-3, 3, 2), 4 * 28.0 / 6);
  EXPECT_NEAR(RWg(std::vector<double>{5, 4, 4}, 2)->value, .833, .0005);
  EXPECT_EQ(RWg(std::vector<double>{4, 4, 4}, 2)->value, 1);
  EXPECT_NEAR(RWg(std::vector<double>{9, 8, 9}, 10)->value, .967, .0005);
}

TEST(Agreement, BelowChanceIsShownAsNoneAndKeptRaw) {
  const auto agreement = RWg(std::vector<double>{5, 5, 1}, 2);
  EXPECT_EQ(agreement->value, 0);
  EXPECT_NEAR(agreement->raw, -1.667, .0005);
}

std::vector<std::vector<std::optional<double>>> Transposed(
    const std::vector<std::vector<double>>& items) {
  std::vector<std::vector<std::optional<double>>> ratings(items[0].size());
  for (const auto& item : items) {
    for (std::size_t rater = 0; rater < item.size(); ++rater) ratings[rater].push_back(item[rater]);
  }
  return ratings;
}

TEST(Agreement, OfSeveralItemsFollowsTheVector) {
  const auto ratings = Transposed({{5, 4, 4}, {4, 4, 5}, {5, 5, 4}, {4, 3, 4}});
  EXPECT_NEAR(RWgJ(ratings, 2)->value, .952, .0005);
}

TEST(Agreement, FarBeyondChanceTheIndexOfSeveralItemsIsZeroNotAboveOne) {
  // q = 4: J(1 - q) / (J(1 - q) + q) would be 1.5 here.
  const auto ratings = Transposed({{1, 5}, {1, 5}, {1, 5}, {1, 5}});
  const auto agreement = RWgJ(ratings, 2);
  EXPECT_EQ(agreement->value, 0);
  EXPECT_NEAR(agreement->raw, 1.5, 1e-12);
}

TEST(Agreement, NeedsTwoCompleteRaters) {
  EXPECT_EQ(RWg(std::vector<double>{5}, 2), std::nullopt);
  std::vector<std::vector<std::optional<double>>> ratings = {{5, 4}, {4, std::nullopt}};
  EXPECT_EQ(RWgJ(ratings, 2), std::nullopt);
  ratings.push_back({5, 4});
  ASSERT_TRUE(RWgJ(ratings, 2).has_value());
  EXPECT_EQ(RWgJ(ratings, 2)->raters, 2);
  EXPECT_EQ(RWgJ({}, 2), std::nullopt);
}

TEST(StudentT, MatchesTabulatedQuantiles) {
  EXPECT_NEAR(StudentQuantile(.05, 1), 12.706204736174698, 1e-9);
  EXPECT_NEAR(StudentQuantile(.05, 2), 4.302652729696142, 1e-10);
  EXPECT_NEAR(StudentQuantile(.05, 6), 2.446911851144969, 1e-10);
  EXPECT_NEAR(StudentQuantile(.05, 1e6), 1.959966, 1e-5);
  EXPECT_NEAR(StudentTwoSided(2.446911851144969, 6), .05, 1e-12);
  EXPECT_EQ(StudentTwoSided(0, 5), 1);
  EXPECT_EQ(StudentTwoSided(INFINITY, 5), 0);
}

TEST(StudentT, QuantileUndoesTheTail) {
  std::mt19937 random(20'240'601);
  std::uniform_real_distribution<double> tail(.001, .999);
  std::uniform_int_distribution<int> degrees(1, 60);
  for (int i = 0; i < 500; ++i) {
    const double p = tail(random);
    const double df = degrees(random);
    EXPECT_NEAR(StudentTwoSided(StudentQuantile(p, df), df), p, 1e-11) << p << " " << df;
  }
}

TEST(Trend, NeedsThreePointsAtDifferentTimes) {
  EXPECT_EQ(FitTrend(std::vector<TrendPoint>{{1, 5}, {2, 6}}), std::nullopt);
  EXPECT_EQ(FitTrend(std::vector<TrendPoint>{{1, 5}, {1, 6}, {1, 7}}), std::nullopt);
}

TEST(Trend, OfAPerfectLineHasNoError) {
  const auto trend = FitTrend(std::vector<TrendPoint>{{1, 5}, {2, 7}, {4, 11}});
  ASSERT_TRUE(trend.has_value());
  EXPECT_DOUBLE_EQ(trend->slope, 2);
  EXPECT_DOUBLE_EQ(trend->intercept, 3);
  EXPECT_NEAR(trend->standard_error, 0, 1e-12);
  EXPECT_THAT(trend->r_squared, Optional(::testing::DoubleNear(1, 1e-12)));
}

TEST(Trend, OfConstantValuesIsFlatAndExplainsNothing) {
  const auto trend = FitTrend(std::vector<TrendPoint>{{1, 5}, {2, 5}, {3, 5}});
  ASSERT_TRUE(trend.has_value());
  EXPECT_EQ(trend->slope, 0);
  EXPECT_EQ(trend->p, std::nullopt);
  EXPECT_EQ(trend->r_squared, std::nullopt);
}

TEST(SessionStats, OneRaterHasALevelButNoSpread) {
  const SessionStats stats = StatsOf(std::vector<std::optional<double>>{std::nullopt, 5.0}, 4.0);
  EXPECT_EQ(stats.n, 1);
  EXPECT_THAT(stats.mean, Optional(5.0));
  EXPECT_EQ(stats.sd, std::nullopt);
  EXPECT_THAT(stats.gap, Optional(0.0));
  EXPECT_THAT(stats.lowest, Optional(std::size_t{1}));
  EXPECT_THAT(stats.change, Optional(1.0));
}

TEST(SessionStats, NobodyGivesNothing) {
  const SessionStats stats = StatsOf(std::vector<std::optional<double>>{std::nullopt}, 4.0);
  EXPECT_EQ(stats.n, 0);
  EXPECT_EQ(stats.mean, std::nullopt);
  EXPECT_EQ(stats.lowest, std::nullopt);
  EXPECT_EQ(stats.change, std::nullopt);
}

TEST(SessionStats, EqualScoresNameTheFirstEvenWhenTheirLastBitsDiffer) {
  const double third = 13.0 / 3;
  const double also_third = std::nextafter(third, 0);
  const SessionStats stats = StatsOf(std::vector<std::optional<double>>{third, also_third}, {});
  EXPECT_THAT(stats.lowest, Optional(std::size_t{0}));
}

TEST(Numbers, TheMedianOfAnEvenCountIsBetweenTheMiddleTwo) {
  EXPECT_EQ(Median({}), std::nullopt);
  EXPECT_THAT(Median({3}), Optional(3.0));
  EXPECT_THAT(Median({9, 1, 4, 2}), Optional(3.0));
}

TEST(Numbers, ASpreadNeedsTwoValues) {
  EXPECT_EQ(SampleVariance(std::vector<double>{1}), std::nullopt);
  EXPECT_THAT(SampleVariance(std::vector<double>{1, 3}), Optional(2.0));
  // A single pass would lose everything here.
  EXPECT_THAT(SampleVariance(std::vector<double>{1e9 + 1, 1e9 + 3}), Optional(2.0));
}

TEST(ControlChart, AConstantSeriesOnTargetNeverSignals) {
  const std::vector<double> values(50, 10.0);
  for (const EwmaPoint& point : Ewma(values, {.mean = 10, .sd = 2}, .2, 3)) {
    EXPECT_FALSE(point.signal);
  }
  for (const CusumPoint& point : Cusum(values, {.mean = 10, .sd = 2}, .5, 5)) {
    EXPECT_FALSE(point.signal);
    EXPECT_EQ(point.high, 0);
    EXPECT_EQ(point.low, 0);
  }
}

}  // namespace
}  // namespace rapport::alliance
