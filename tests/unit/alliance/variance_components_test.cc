// Variance components: closed forms, recovery, invariance and edges.
#include "alliance/scoring/variance_components.h"
#include "alliance/scoring/intraclass.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace rapport::alliance {
namespace {

std::vector<NestedValue> OneLevel(const std::vector<std::vector<double>>& groups) {
  std::vector<NestedValue> values;
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    for (const double value : groups[group]) {
      values.push_back({.groups = {group}, .value = value});
    }
  }
  return values;
}

TEST(VarianceComponents, OfEqualGroupsAreThoseOfTheAnalysisOfVariance) {
  const std::vector<std::vector<double>> groups = {
      {38, 36, 27}, {35, 34, 36}, {30, 28, 31}, {39, 38, 40}};
  const auto anova = OneWayOf(groups);
  const auto fit = FitVarianceComponents(OneLevel(groups));
  ASSERT_TRUE(anova.has_value() && fit.has_value());
  EXPECT_NEAR(fit->variances[0], (anova->between - anova->within) / 3, 1e-5);
  EXPECT_NEAR(fit->residual, anova->within, 1e-5);
  EXPECT_NEAR(fit->share(0), *anova->icc1, 1e-6);
  EXPECT_FALSE(fit->singular);
  EXPECT_NEAR(fit->fixed[0].estimate, 412. / 12, 1e-9);
}

TEST(VarianceComponents, GroupsMoreAlikeThanChanceHaveNoneAndItIsSaid) {
  const auto fit = FitVarianceComponents(OneLevel({{1, 5}, {5, 1}, {1, 5}, {2, 4}}));
  ASSERT_TRUE(fit.has_value());
  EXPECT_EQ(fit->variances[0], 0);
  EXPECT_TRUE(fit->singular);
  EXPECT_NEAR(fit->residual, 26. / 7, 1e-6);  // the variance of all eight
}

// Therapists, families, members of unequal number, with known variances.
std::vector<NestedValue> Simulated(std::mt19937& random, const std::vector<double>& deviations) {
  std::normal_distribution<double> normal;
  std::vector<NestedValue> values;
  for (std::uint32_t therapist = 0; therapist < 60; ++therapist) {
    const double t = deviations[0] * normal(random);
    for (std::uint32_t family = 0; family < 4 + therapist % 5; ++family) {
      const double f = deviations[1] * normal(random);
      for (std::uint32_t member = 0; member < 1 + (family + therapist) % 4; ++member) {
        const double m = deviations[2] * normal(random);
        for (std::uint32_t session = 0; session < 2 + (member + family) % 6; ++session) {
          values.push_back({.groups = {therapist, family, member},
                            .value = 100 + t + f + m + deviations[3] * normal(random)});
        }
      }
    }
  }
  return values;
}

TEST(VarianceComponents, OfThreeUnbalancedLevelsAreRecovered) {
  const unsigned seed = 20'240'603;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto fit = FitVarianceComponents(Simulated(random, {1.0, 1.5, 0.8, 1.2}));
  ASSERT_TRUE(fit.has_value());
  EXPECT_EQ(fit->groups.size(), 3u);
  EXPECT_EQ(fit->groups[0], 60);
  // Three standard errors of each at these numbers of groups.
  EXPECT_NEAR(fit->variances[0], 1.00, .8);
  EXPECT_NEAR(fit->variances[1], 2.25, .7);
  EXPECT_NEAR(fit->variances[2], 0.64, .3);
  EXPECT_NEAR(fit->residual, 1.44, .2);
  EXPECT_NEAR(fit->fixed[0].estimate, 100, 3 * fit->fixed[0].standard_error);
}

TEST(VarianceComponents, DependNeitherOnOrderNorOnTheZeroOfTheScale) {
  const unsigned seed = 20'240'604;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::vector<NestedValue> values = Simulated(random, {0.5, 1.0, 0.7, 1.0});
  const auto before = FitVarianceComponents(values);
  std::ranges::shuffle(values, random);
  for (NestedValue& value : values) value.value += 1e5;
  const auto after = FitVarianceComponents(values);
  ASSERT_TRUE(before.has_value() && after.has_value());
  for (std::size_t level = 0; level < 3; ++level) {
    EXPECT_NEAR(before->variances[level], after->variances[level], 1e-5);
  }
  EXPECT_NEAR(before->log_likelihood, after->log_likelihood, 1e-5);
}

TEST(VarianceComponents, FollowTheUnitOfTheScale) {
  const unsigned seed = 20'240'605;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::vector<NestedValue> values = Simulated(random, {0.7, 0.7, 0.7, 1.0});
  const auto whole = FitVarianceComponents(values);
  for (NestedValue& value : values) value.value *= 10;
  const auto tenths = FitVarianceComponents(values);
  ASSERT_TRUE(whole.has_value() && tenths.has_value());
  for (std::size_t level = 0; level < 3; ++level) {
    EXPECT_NEAR(tenths->variances[level], 100 * whole->variances[level], 1e-4);
    EXPECT_NEAR(tenths->share(level), whole->share(level), 1e-6);
  }
}

TEST(VarianceComponents, AbsentWhereTheLevelsCanNotBeToldApart) {
  EXPECT_FALSE(FitVarianceComponents({}).has_value());
  EXPECT_FALSE(FitVarianceComponents(OneLevel({{1, 2, 3}})).has_value());
  EXPECT_FALSE(FitVarianceComponents(OneLevel({{1}, {2}, {3}})).has_value());
  EXPECT_FALSE(FitVarianceComponents(OneLevel({{1, 1}, {2, 2}})).has_value());
  // One member a family: the two are the same.
  std::vector<NestedValue> same;
  for (std::uint32_t i = 0; i < 12; ++i) {
    same.push_back({.groups = {i / 3, 0}, .value = 1. * (i * i % 7)});
  }
  EXPECT_FALSE(FitVarianceComponents(same).has_value());
  // A covariate that never changes is the intercept again.
  std::vector<NestedValue> constant = OneLevel({{1, 2}, {3, 5}, {4, 4}});
  for (NestedValue& value : constant) value.covariates = {1};
  EXPECT_FALSE(FitVarianceComponents(constant).has_value());
}

}  // namespace
}  // namespace rapport::alliance
