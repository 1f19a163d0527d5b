// Probabilities of signals against what people found of them.
#include "alliance/scoring/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace rapport::alliance {
namespace {

double Truth(double posterior, double intercept, double slope) {
  return 1 / (1 + std::exp(-intercept - slope * std::log(posterior / (1 - posterior))));
}

// Signals as they are raised, from .35 on, confirmed as often as the curve says.
std::vector<JudgedSignal> Judged(int count, double intercept, double slope, std::mt19937& random) {
  std::uniform_real_distribution<double> posterior(0.35, 0.99), chance(0, 1);
  std::vector<JudgedSignal> all;
  for (int i = 0; i < count; ++i) {
    const double p = posterior(random);
    all.push_back({p, chance(random) < Truth(p, intercept, slope)});
  }
  return all;
}

TEST(A7Calibration, RecoversTheCurveThatJudgementsWereDrawnFrom) {
  std::mt19937 random(7);
  const auto calibration = CalibrationOf(Judged(20'000, -0.6, 0.7, random));
  ASSERT_TRUE(calibration.curve);
  EXPECT_NEAR(calibration.curve->intercept, -0.6, 0.08);
  EXPECT_NEAR(calibration.curve->slope, 0.7, 0.06);
  EXPECT_LT(calibration.error, 0.02);
  EXPECT_TRUE(calibration.passed);
  for (const double p : {0.4, 0.6, 0.9}) {
    EXPECT_NEAR(calibration.curve->At(p), Truth(p, -0.6, 0.7), 0.02) << p;
  }
}

TEST(A7Calibration, TwoHundredCorrectWhatIsFarOff) {
  // The mean over many agencies of 200: less error than the posterior as it is.
  std::mt19937 random(8);
  double corrected = 0, plain = 0;
  int passed = 0;
  constexpr int kAgencies = 200;
  for (int agency = 0; agency < kAgencies; ++agency) {
    const auto calibration = CalibrationOf(Judged(200, -1, 0.6, random));
    ASSERT_TRUE(calibration.curve) << "about half of them are confirmed";
    passed += calibration.passed ? 1 : 0;
    for (double p = 0.35; p < 1; p += 0.05) {
      corrected += std::fabs(calibration.curve->At(p) - Truth(p, -1, 0.6));
      plain += std::fabs(p - Truth(p, -1, 0.6));
    }
  }
  EXPECT_LT(corrected, plain / 3);
  EXPECT_GE(passed, 0.9 * kAgencies) << "a check at 5 %";
}

TEST(A7Calibration, FewerThanTwoHundredGiveNoCurve) {
  std::mt19937 random(9);
  const auto few = CalibrationOf(Judged(199, 0, 1, random));
  EXPECT_EQ(few.judged, 199);
  EXPECT_FALSE(few.curve);
  EXPECT_FALSE(few.passed);
  EXPECT_TRUE(CalibrationOf(Judged(200, 0, 1, random)).curve);
  EXPECT_FALSE(CalibrationOf({}).curve);
}

TEST(A7Calibration, AlmostAllOfOneVerdictGiveNoCurve) {
  std::vector<JudgedSignal> judged(300, {.posterior = 0.6, .confirmed = true});
  for (int i = 0; i < 19; ++i) judged[static_cast<std::size_t>(i)].confirmed = false;
  EXPECT_FALSE(CalibrationOf(judged).curve);
  judged[19].confirmed = false;
  EXPECT_TRUE(CalibrationOf(judged).curve);
}

TEST(A7Calibration, TheOrderIsOfNoMeaning) {
  std::mt19937 random(10);
  auto judged = Judged(400, 0.2, 1.1, random);
  const auto first = CalibrationOf(judged);
  std::ranges::shuffle(judged, random);
  const auto second = CalibrationOf(judged);
  EXPECT_EQ(first.curve->intercept, second.curve->intercept);
  EXPECT_EQ(first.curve->slope, second.curve->slope);
  EXPECT_EQ(first.error, second.error);
  EXPECT_EQ(first.z, second.z);
}

TEST(A7Calibration, ACurveThatFallsPassesNot) {
  std::mt19937 random(11);
  const auto calibration = CalibrationOf(Judged(2'000, 0, -1, random));
  ASSERT_TRUE(calibration.curve);
  EXPECT_LT(calibration.curve->slope, 0);
  EXPECT_FALSE(calibration.passed) << "the strongest signals were the least often right";
}

TEST(A7Calibration, WhatNoSuchCurveFitsPassesNot) {
  // Certain in the middle, wrong at both ends.
  std::vector<JudgedSignal> judged;
  std::mt19937 random(12);
  std::uniform_real_distribution<double> posterior(0.35, 0.99), chance(0, 1);
  for (int i = 0; i < 4'000; ++i) {
    const double p = posterior(random);
    judged.push_back({p, chance(random) < (p > 0.5 && p < 0.9 ? 0.95 : 0.05)});
  }
  const auto calibration = CalibrationOf(judged);
  EXPECT_GT(calibration.error, 0.1);
  EXPECT_FALSE(calibration.passed);
}

TEST(A7Calibration, TheMethodsCertaintyIsNotCarriedBeyondWhatCanBeJudged) {
  std::mt19937 random(13);
  std::uniform_real_distribution<double> posterior(0.36, 0.99), chance(0, 1);
  std::vector<JudgedSignal> judged;
  for (int i = 0; i < 2'000; ++i) {
    // One in ten the method is certain of; of those, seven in ten were so.
    const bool certain = i % 10 == 0;
    const double p = certain ? 1 - 1e-9 : posterior(random);
    judged.push_back({p, chance(random) < (certain ? 0.7 : Truth(p, -0.6, 0.35))});
  }
  const auto calibration = CalibrationOf(judged);
  ASSERT_TRUE(calibration.passed);
  EXPECT_NEAR(calibration.curve->At(1), 0.7, 0.06);
  EXPECT_EQ(calibration.curve->At(1), calibration.curve->At(0.99));
}

TEST(A7Calibration, EqualPosteriorsGiveTheShareThatWasConfirmed) {
  std::vector<JudgedSignal> judged(400, {.posterior = 0.6, .confirmed = false});
  for (int i = 0; i < 300; ++i) judged[static_cast<std::size_t>(i)].confirmed = true;
  const auto calibration = CalibrationOf(judged);
  ASSERT_TRUE(calibration.curve);
  EXPECT_NEAR(calibration.curve->At(0.6), 0.75, 0.01);
}

}  // namespace
}  // namespace rapport::alliance
