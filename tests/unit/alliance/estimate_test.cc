// The running estimate, and the Gaussian it is made of.
#include "alliance/scoring/estimate.h"
#include "unit/alliance/simulated_family.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

namespace rapport::alliance::testing {
namespace {

using ::testing::DoubleNear;

constexpr char kPulse[] = "instruments/pulse-adult.1";

std::vector<Measure> Whole(double value, double error_variance) {
  return {{.weights = kWholeAlliance, .value = value, .error_variance = error_variance}};
}

TEST(Normal, TailAndHazardAgreeWithKnownValuesNearAndFar) {
  EXPECT_NEAR(NormalBelow(1.959963984540054), 0.975, 1e-12);
  EXPECT_NEAR(LogUpperTail(0), std::log(0.5), 1e-12);
  EXPECT_NEAR(LogUpperTail(10), -53.23128515051247, 1e-9);  // log of 7.619853024160e-24
  EXPECT_NEAR(NormalHazard(0), std::sqrt(2 / std::numbers::pi), 1e-12);
  for (const double a : {5.9999, 6.0001}) EXPECT_NEAR(NormalHazard(a), a + 1 / a, 0.01);
  EXPECT_NEAR(NormalHazard(5.999999), NormalHazard(6.000001), 1e-5) << "where the method changes";
  for (const double p : {1e-6, 0.01, 0.5, 0.9, 0.999}) {
    EXPECT_NEAR(NormalBelow(NormalQuantile(p)), p, 1e-12);
  }
}

TEST(Gaussian, AnExactObservationIsWeighedByVariances) {
  Gaussian<1> level{.mean = {0}, .cov = {{{3}}}};
  level.Observe({1}, 4, 1);
  EXPECT_NEAR(level.mean[0], 3, 1e-12);
  EXPECT_NEAR(level.cov[0][0], 0.75, 1e-12);
}

TEST(Gaussian, AtLeastMovesAsTheTruncatedNormalDoes) {
  Gaussian<1> level{.mean = {0}, .cov = {{{1}}}};
  const double log = level.ObserveBeyond({1}, 0, 1, 1e-12);
  EXPECT_NEAR(std::exp(log), 0.5, 1e-9);
  EXPECT_NEAR(level.mean[0], std::sqrt(2 / std::numbers::pi), 1e-6);
  EXPECT_NEAR(level.cov[0][0], 1 - 2 / std::numbers::pi, 1e-6);
}

TEST(RunningEstimate, MissingSessionsWidenItUpToTheMovementAndTheDrift) {
  const LevelParameters level;
  RunningEstimate estimate(level, {0, 1});
  for (int session = 1; session <= 8; ++session) {
    estimate.Observe(level, session, kPulse, Whole(0.5, 0.15));
  }
  const double now = estimate.Whole().variance;
  double before = now;
  for (const int gap : {1, 2, 5, 20}) {
    const double then = estimate.WholeAfter(level, gap).variance;
    EXPECT_GT(then, before) << gap;
    before = then;
  }
  RunningEstimate missed = estimate;
  missed.Observe(level, 12, kPulse, {});
  EXPECT_NEAR(missed.Whole().variance, estimate.WholeAfter(level, 4).variance, 1e-12);
  EXPECT_EQ(missed.ratings(), 8);
}

TEST(RunningEstimate, ANewRaterBeginsWhereTheFamilyIsAsFarAsFamiliesDiffer) {
  const LevelParameters level;
  EXPECT_EQ(PooledLevel(level, {}).mean, 0);
  const std::vector<Normal> others = {{-1, 0.05}, {-1, 0.05}};
  const Normal pooled = PooledLevel(level, others);
  EXPECT_LT(pooled.mean, -0.2);
  EXPECT_GT(pooled.mean, -1);
  EXPECT_LT(pooled.variance, PooledLevel(level, {}).variance);
}

TEST(RunningEstimate, ASecondFormsOffsetIsLearnedAndNotTakenForAFall) {
  const LevelParameters level;
  RunningEstimate estimate(level, {0, 1});
  int session = 0;
  for (int i = 0; i < 10; ++i) estimate.Observe(level, ++session, kPulse, Whole(0.5, 0.1));
  const double before = estimate.Whole().mean;
  for (int i = 0; i < 6; ++i) {
    estimate.Observe(level, ++session, "instruments/srs.1", Whole(-0.3, 0.1));
    estimate.Observe(level, ++session, kPulse, Whole(0.5, 0.1));
  }
  EXPECT_NEAR(estimate.Whole().mean, before, 0.15);
}

TEST(RunningEstimate, AnAnswerAtTheTopSaysOnlyAtLeast) {
  const LevelParameters level;
  RunningEstimate exact(level, {0, 1});
  RunningEstimate censored(level, {0, 1});
  for (int session = 1; session <= 6; ++session) {
    std::vector<Measure> at_top = Whole(1.2, 0.15);
    exact.Observe(level, session, kPulse, at_top);
    at_top[0].end = 1;
    censored.Observe(level, session, kPulse, at_top);
  }
  EXPECT_GT(censored.Whole().mean, exact.Whole().mean);
  EXPECT_GT(censored.Whole().variance, exact.Whole().variance);
}

// Against the plain last score, on raters whose parameters the filter doesn't know: how well each
// tells where the rater stands apart from the day.
TEST(RunningEstimate, IsCloserToTheTruthThanTheLastScore) {
  const LevelParameters level;
  double of_estimate = 0;
  double of_last = 0;
  double inside = 0;
  double count = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    Simulator random(seed);
    for (int rater = 0; rater < 20; ++rater) {
      const Population p = random.Draw();
      RunningEstimate estimate(level, {0, 1});
      double own = random.Noise(p.family + p.rater);
      double movement = random.Noise(p.movement);
      for (int session = 1; session <= 15; ++session) {
        own += random.Noise(p.walk);
        movement = 0.7 * movement + random.Noise(0.51 * p.movement);
        if (random.Chance(p.missing)) continue;
        const double day = random.Noise(p.day + p.family_day);
        std::vector<Measure> measures(3);
        double last = 0;
        for (std::size_t i = 0; i < kParts; ++i) {
          const double error = i == 2 ? p.bond_error : p.item_error;
          measures[i] = {.value = own + movement + day + random.Noise(error),
                         .error_variance = error};
          measures[i].weights[i] = 1;
          last += measures[i].value / 3;
        }
        estimate.Observe(level, session, kPulse, measures);
        const double truth = own + movement;
        const Normal whole = estimate.Whole();
        of_estimate += (whole.mean - truth) * (whole.mean - truth);
        of_last += (last - truth) * (last - truth);
        inside += std::fabs(whole.mean - truth) <= 1.96 * std::sqrt(whole.variance) ? 1 : 0;
        ++count;
      }
    }
  }
  RecordProperty("mse_estimate", std::to_string(of_estimate / count));
  RecordProperty("mse_last", std::to_string(of_last / count));
  EXPECT_LT(of_estimate, 0.75 * of_last) << of_estimate / count << " against " << of_last / count;
  EXPECT_NEAR(inside / count, 0.95, 0.04) << "the interval holds the truth as often as it says";
}

}  // namespace
}  // namespace rapport::alliance::testing
