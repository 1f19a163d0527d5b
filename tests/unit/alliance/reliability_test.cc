// Alpha, omega, intraclass correlations, F and run lengths: closed forms and edges.
#include "alliance/scoring/alpha.h"
#include "alliance/scoring/f_distribution.h"
#include "alliance/scoring/intraclass.h"
#include "alliance/scoring/omega.h"
#include "alliance/scoring/run_length.h"
#include "alliance/scoring/student_t.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace rapport::alliance {
namespace {

using ::testing::DoubleNear;
using ::testing::Optional;

using Rows = std::vector<std::vector<std::optional<double>>>;

TEST(FDistribution, MatchesTabulatedQuantiles) {
  EXPECT_NEAR(FQuantile(.05, 1, 1), 161.447638797588, 1e-9);
  EXPECT_NEAR(FQuantile(.05, 5, 10), 3.32583453041301, 1e-12);
  EXPECT_NEAR(FQuantile(.025, 5, 18), 3.3820, .00005);
  EXPECT_NEAR(FQuantile(.5, 3, 3), 1, 1e-12);  // its median for equal degrees
  EXPECT_EQ(FUpperTail(0, 2, 3), 1);
  EXPECT_EQ(FUpperTail(INFINITY, 2, 3), 0);
  // With two degrees above, the tail has a closed form: (1 + 2f / d)^(-d / 2).
  EXPECT_NEAR(FUpperTail(3.5, 2, 7), std::pow(1 + 2 * 3.5 / 7, -3.5), 1e-14);
}

TEST(FDistribution, OfOneDegreeIsStudentsSquared) {
  for (const double degrees : {1., 3.5, 12., 400.}) {
    for (const double t : {.1, 1., 2.5, 9.}) {
      EXPECT_NEAR(FUpperTail(t * t, 1, degrees), StudentTwoSided(t, degrees), 1e-13);
    }
  }
}

TEST(FDistribution, QuantileUndoesTheTail) {
  const unsigned seed = 20'240'602;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> tail(.001, .999);
  std::uniform_real_distribution<double> degrees(.5, 200);
  for (int i = 0; i < 500; ++i) {
    const double p = tail(random);
    const double one = degrees(random);
    const double two = degrees(random);
    EXPECT_NEAR(FUpperTail(FQuantile(p, one, two), one, two), p, 1e-11) << p << " " << one;
  }
}

TEST(Alpha, OfParallelItemsIsSpearmanAndBrowns) {
  // Two items with variance 1 and correlation .5: 2 * .5 / 1.5.
  const Rows rows = {{1, 1}, {1, -1}, {-1, 1}, {-1, -1}, {1, 1}, {-1, -1}, {1, 1}, {-1, -1}};
  const auto consistency = ConsistencyOf(rows, MissingAnswers::kListwise);
  ASSERT_TRUE(consistency.has_value());
  EXPECT_THAT(consistency->average_r, Optional(DoubleNear(.5, 1e-12)));
  EXPECT_THAT(consistency->alpha, Optional(DoubleNear(2. / 3, 1e-12)));
  EXPECT_EQ(consistency->items[0].alpha_if_dropped, std::nullopt) << "one item is left";
  EXPECT_THAT(consistency->items[0].item_rest_r, Optional(DoubleNear(.5, 1e-12)));
}

TEST(Alpha, ListwiseAndPairwiseDifferAsSoonAsAnAnswerIsMissing) {
  const Rows rows = {{1, 2, 1}, {2, 1, 3}, {3, 4, 2}, {4, 3, 5}, {5, std::nullopt, 4}};
  const auto listwise = ConsistencyOf(rows, MissingAnswers::kListwise);
  const auto pairwise = ConsistencyOf(rows, MissingAnswers::kPairwise);
  ASSERT_TRUE(listwise.has_value() && pairwise.has_value());
  EXPECT_EQ(listwise->rows, 5);
  EXPECT_EQ(listwise->complete_rows, 4);
  // Listwise, of the first four rows: variances 5/3, 5/3, 35/12; covariances 1, 11/6, 1/6.
  const double total = 5. / 3 + 5. / 3 + 35. / 12 + 2 * (1. + 11. / 6 + 1. / 6);
  EXPECT_THAT(listwise->alpha, Optional(DoubleNear(1.5 * (1 - (75. / 12) / total), 1e-12)));
  EXPECT_NE(*listwise->alpha, *pairwise->alpha);
}

TEST(Alpha, NothingVariesNothingIsSaid) {
  EXPECT_FALSE(ConsistencyOf({}, MissingAnswers::kListwise).has_value());
  EXPECT_FALSE(ConsistencyOf(Rows{{4, 4}, {4, 4}}, MissingAnswers::kListwise).has_value());
  EXPECT_FALSE(ConsistencyOf(Rows{{1, 2}, {1}}, MissingAnswers::kListwise).has_value());
  // Two items that nobody answered both of have no covariance.
  const Rows apart = {{1, std::nullopt}, {2, std::nullopt}, {std::nullopt, 1}, {std::nullopt, 2}};
  EXPECT_FALSE(ConsistencyOf(apart, MissingAnswers::kPairwise).has_value());
  const auto one = ConsistencyOf(Rows{{1, 4}, {2, 4}}, MissingAnswers::kListwise);
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ(one->alpha, std::nullopt);
  EXPECT_EQ(one->average_r, std::nullopt);
}

ItemCovariance Matrix(std::size_t n, const std::vector<double>& values) {
  ItemCovariance matrix;
  for (std::size_t i = 0; i < n; ++i) matrix.items.push_back(i);
  matrix.values = values;
  return matrix;
}

TEST(Omega, OfThreeItemsHasTheClosedSolution) {
  // Loadings .9, .8, .5: correlations .72, .45, .40.
  const auto omega = OmegaOf(Matrix(3, {1, .72, .45, .72, 1, .40, .45, .40, 1}));
  ASSERT_TRUE(omega.has_value());
  EXPECT_NEAR(omega->loadings[0], .9, 1e-9);
  EXPECT_NEAR(omega->loadings[1], .8, 1e-9);
  EXPECT_NEAR(omega->loadings[2], .5, 1e-9);
  const double common = 2.2 * 2.2;
  EXPECT_NEAR(omega->value, common / (common + .19 + .36 + .75), 1e-9);
  EXPECT_FALSE(omega->improper);
}

TEST(Omega, CountsItemsAtTheirOwnSpread) {
  // The same loadings; the second item has a deviation of 2.
  const auto omega = OmegaOf(Matrix(3, {1, 1.44, .45, 1.44, 4, .80, .45, .80, 1}));
  ASSERT_TRUE(omega.has_value());
  const double common = 3.0 * 3.0;  // .9 + 2 * .8 + .5
  EXPECT_NEAR(omega->value, common / (common + .19 + 4 * .36 + .75), 1e-9);
}

TEST(Omega, EqualsAlphaWhereAllItemsMeasureEquallyWell) {
  std::vector<double> values(36, .49);
  for (std::size_t i = 0; i < 6; ++i) values[i * 6 + i] = 1;
  const auto omega = OmegaOf(Matrix(6, values));
  ASSERT_TRUE(omega.has_value());
  EXPECT_NEAR(omega->value, 6. / 5 * (1 - 6. / (6 + 30 * .49)), 1e-9);
}

TEST(Omega, SaysWhenALoadingWouldPassOne) {
  // r12 * r13 / r23 = 1.2.
  const auto omega = OmegaOf(Matrix(3, {1, .8, .6, .8, 1, .4, .6, .4, 1}));
  ASSERT_TRUE(omega.has_value());
  EXPECT_TRUE(omega->improper);
  EXPECT_EQ(omega->loadings[0], 1);
}

TEST(Omega, NeedsThreeItems) { EXPECT_FALSE(OmegaOf(Matrix(2, {1, .5, .5, 1})).has_value()); }

// domain.md 8.8.
TEST(Domain8_8, FourFamiliesHaveTheWorkedIntraclassCorrelation) {
  const std::vector<std::vector<double>> families = {
      {38, 36, 27}, {35, 34, 36}, {30, 28, 31}, {39, 38, 40}};
  const auto result = OneWayOf(families);
  ASSERT_TRUE(result.has_value());
  EXPECT_NEAR(result->between, 44.44, .005);
  EXPECT_NEAR(result->within, 9.67, .005);
  EXPECT_THAT(result->icc1, Optional(DoubleNear(.545, .0005)));
  EXPECT_THAT(result->icc2, Optional(DoubleNear(.7825, 1e-9))) << "written as .783";
}

// domain.md 12b.6.
TEST(Domain12b, UnequalFamiliesUseTheEffectiveSizeAndSayTheMeanOneToo) {
  const std::vector<std::vector<double>> groups = {{1, 2, 3, 4}, {6, 8}, {9}, {}};
  const auto result = OneWayOf(groups);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->groups, 3);
  EXPECT_DOUBLE_EQ(result->mean_size, 7. / 3);
  EXPECT_DOUBLE_EQ(result->effective_size, (7 - 21. / 7) / 2);  // n0 = 2
  // Grand mean 33/7; sums of squares: between 54.929 (of 3 groups), within 5 + 2.
  const double between =
      (4 * std::pow(2.5 - 33. / 7, 2) + 2 * std::pow(7 - 33. / 7, 2) + std::pow(9 - 33. / 7, 2)) /
      2;
  const double within = 7. / 4;
  EXPECT_NEAR(result->between, between, 1e-12);
  EXPECT_NEAR(result->within, within, 1e-12);
  EXPECT_THAT(result->icc1, Optional(DoubleNear((between - within) / (between + within), 1e-12)));
  EXPECT_THAT(result->icc1_mean_size,
              Optional(DoubleNear((between - within) / (between + 4. / 3 * within), 1e-12)));
}

TEST(Intraclass, BelowZeroIsShownAsItIs) {
  const std::vector<std::vector<double>> groups = {{1, 5}, {5, 1}, {1, 5}};
  const auto result = OneWayOf(groups);
  ASSERT_TRUE(result.has_value());
  EXPECT_THAT(result->icc1, Optional(-1.0));
  EXPECT_EQ(result->icc2, std::nullopt) << "groups are all alike";
}

TEST(Intraclass, UndefinedWhereNothingCanBeTold) {
  EXPECT_FALSE(OneWayOf(std::vector<std::vector<double>>{{1, 2}}).has_value());
  EXPECT_FALSE(OneWayOf(std::vector<std::vector<double>>{{1}, {2}}).has_value());
  const auto constant = OneWayOf(std::vector<std::vector<double>>{{3, 3}, {3, 3}});
  ASSERT_TRUE(constant.has_value());
  EXPECT_EQ(constant->f, std::nullopt);
  EXPECT_EQ(constant->icc1, std::nullopt);
  EXPECT_FALSE(TwoWayOf(std::vector<std::vector<double>>{{1, 2}}).has_value());
  EXPECT_FALSE(TwoWayOf(std::vector<std::vector<double>>{{1, 2}, {1}}).has_value());
  // Raters differ by a constant only: their residual is 0.
  EXPECT_FALSE(TwoWayOf(std::vector<std::vector<double>>{{1, 2}, {2, 3}, {4, 5}}).has_value());
}

TEST(RunLength, AShewhartChartHasTheGeometricOne) {
  // An EWMA with weight 1 is the last value alone: 1 / P(|x| > 3).
  const double tail = std::erfc(3 / std::sqrt(2.0));
  EXPECT_NEAR(EwmaRunLength(1, 3, 0), 1 / tail, 1e-6);
  EXPECT_NEAR(EwmaWidth(1, 1 / tail), 3, 1e-6);
}

TEST(RunLength, AShiftIsFoundSooner) {
  EXPECT_LT(EwmaRunLength(.2, 3, 1), EwmaRunLength(.2, 3, .5));
  EXPECT_LT(CusumRunLength(.5, 5, 1), CusumRunLength(.5, 5, 0));
}

}  // namespace
}  // namespace rapport::alliance
