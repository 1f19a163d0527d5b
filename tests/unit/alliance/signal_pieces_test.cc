// The pieces around the posterior: single tests, repair, pathway, suggestions, refit.
#include "alliance/signals/codes.h"
#include "alliance/signals/parameter_fit.h"
#include "alliance/signals/pathway.h"
#include "alliance/signals/repair.h"
#include "alliance/signals/single_tests.h"
#include "alliance/signals/split_watch.h"
#include "alliance/signals/suggestions.h"
#include "unit/alliance/simulated_family.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rapport::alliance::testing {
namespace {

constexpr v1::TestOutcome kFired = v1::TEST_OUTCOME_FIRED;
constexpr v1::TestOutcome kPassed = v1::TEST_OUTCOME_PASSED;
constexpr v1::TestOutcome kUnknown = v1::TEST_OUTCOME_NOT_EVALUABLE;

Observation Srs(double value) {
  return {.rater = "m",
          .target = "h",
          .content = v1::CONTENT_ALLIANCE,
          .value = value,
          .lowest = 0,
          .highest = 40,
          .sd = 6,
          .standard_error = 6 * std::sqrt(0.12),
          .instrument = "instruments/srs.1",
          .cutoff = 36};
}

// Every test of the last value of a series, by code.
std::map<std::string_view, SingleTest> TestsOf(const std::vector<double>& series) {
  TestHistory history;
  std::map<std::string_view, SingleTest> by_code;
  for (const double value : series) {
    by_code.clear();
    const Observation latest = Srs(value);
    for (const SingleTest& test : RunTests(history, latest, 6, 6 * std::sqrt(0.12), {})) {
      by_code[test.code] = test;
    }
    Remember(latest, false, 0.975, history);
  }
  return by_code;
}

// The series of domain.md 8.4 by the corrected rules: the vendor's rule, reliable change and the
// mean fire as they did; R4's limit now pays for a baseline of five.
TEST(SingleTests, OfThePublishedExample) {
  auto tests = TestsOf({37, 36, 38, 37, 36, 29});
  EXPECT_EQ(tests[codes::kCutoff].outcome, kFired);
  EXPECT_EQ(tests[codes::kVendor].outcome, kFired);
  EXPECT_EQ(tests[codes::kFromLast].outcome, kFired);
  EXPECT_NEAR(tests[codes::kFromLast].value, 7, 1e-9);
  EXPECT_NEAR(tests[codes::kFromLast].threshold, 5.76, 0.005);
  EXPECT_EQ(tests[codes::kFromMean].outcome, kFired);
  EXPECT_NEAR(tests[codes::kFromMean].value, 7.8, 1e-9);
  EXPECT_NEAR(tests[codes::kFromMean].threshold, 6, 1e-9);
  EXPECT_EQ(tests[codes::kFarFromMean].outcome, kPassed);
  EXPECT_NEAR(tests[codes::kFarFromMean].threshold, 12, 1e-9);
  EXPECT_EQ(tests[codes::kChart].outcome, kPassed);
  EXPECT_GT(tests[codes::kChart].threshold, 2.66 * 1.5) << "wider than for a long baseline";
  EXPECT_EQ(tests[codes::kReported].outcome, kUnknown);
}

TEST(SingleTests, SayNotEvaluableBelowTheirLeastHistory) {
  auto first = TestsOf({37});
  for (const auto code : {codes::kVendor, codes::kFromLast, codes::kFromMean, codes::kFarFromMean,
                          codes::kChart, codes::kFalling, codes::kFlatTop}) {
    EXPECT_EQ(first[code].outcome, kUnknown) << code;
  }
  EXPECT_EQ(first[codes::kCutoff].outcome, kPassed);
  EXPECT_EQ(TestsOf({37, 20})[codes::kFromMean].outcome, kUnknown);
  EXPECT_EQ(TestsOf({37, 36, 38, 20})[codes::kFromMean].outcome, kFired);
  EXPECT_EQ(TestsOf({37, 36, 38, 37, 20})[codes::kChart].outcome, kUnknown);
  EXPECT_EQ(TestsOf({40, 40, 40})[codes::kFlatTop].outcome, kUnknown);
}

TEST(SingleTests, FlatAtTheTopIsNamedAfterFourSessions) {
  EXPECT_EQ(TestsOf({40, 40, 40, 40})[codes::kFlatTop].outcome, kFired);
  EXPECT_EQ(TestsOf({40, 40, 39.5, 40})[codes::kFlatTop].outcome, kPassed);
  EXPECT_EQ(TestsOf({30, 30, 30, 30})[codes::kFlatTop].outcome, kPassed);
}

TEST(SingleTests, SixFallsInARow) {
  EXPECT_EQ(TestsOf({39, 38, 37, 36, 35, 34, 33})[codes::kFalling].outcome, kFired);
  EXPECT_EQ(TestsOf({39, 38, 37, 38, 35, 34, 33})[codes::kFalling].outcome, kPassed);
}

TEST(SingleTests, ANoisyRatersOwnVariationReplacesAlpha) {
  auto noisy = TestsOf({30, 38, 29, 39, 30, 38, 29});
  EXPECT_GT(noisy[codes::kFromLast].threshold, 5.76);
  EXPECT_EQ(noisy[codes::kFromLast].outcome, kPassed);
}

// The rater's own variation takes the place of alpha in both directions, down to the chart's floor.
TEST(SingleTests, ASteadyRatersOwnVariationReplacesAlphaToo) {
  auto steady = TestsOf({37, 36.5, 37, 36.5, 37, 36.5, 37, 33});
  EXPECT_NEAR(steady[codes::kFromLast].threshold, 1.96 * std::sqrt(2) * 0.25 * 6 / 1.128, 0.01);
  EXPECT_EQ(steady[codes::kFromLast].outcome, kFired);
}

TEST(SingleTests, TwoOfThreeBelowTwoThirdsOfTheChartsLimit) {
  const std::vector<double> quiet = {37, 36, 38, 37, 36, 37};
  const auto after = [&](const std::vector<double>& values) {
    TestHistory history;
    for (const double value : quiet) Remember(Srs(value), false, 0.975, history);
    std::map<std::string_view, SingleTest> by_code;
    for (const double value : values) {
      for (const SingleTest& test : RunTests(history, Srs(value), 6, 6 * std::sqrt(0.12), {})) {
        by_code[test.code] = test;
      }
      Remember(Srs(value), true, 0.975, history);
    }
    return by_code;
  };
  EXPECT_EQ(after({32})[codes::kTwoOfThree].outcome, kPassed) << "one is not two";
  EXPECT_EQ(after({32, 32})[codes::kTwoOfThree].outcome, kFired);
  EXPECT_EQ(after({32, 32})[codes::kChart].outcome, kPassed);
  EXPECT_EQ(after({32, 37, 32})[codes::kTwoOfThree].outcome, kFired);
  EXPECT_EQ(after({32, 32, 37})[codes::kTwoOfThree].outcome, kPassed) << "back by now";
  EXPECT_EQ(after({32, 37, 37, 32})[codes::kTwoOfThree].outcome, kPassed);
  EXPECT_NEAR(after({32})[codes::kTwoOfThree].threshold,
              1.773 / 2.66 * after({32})[codes::kChart].threshold, 1e-9);
  EXPECT_EQ(TestsOf({37, 36, 38, 32, 32})[codes::kTwoOfThree].outcome, kUnknown);
}

TEST(SingleTests, OnePartThatFallsWhileTheTotalRisesIsNotFlat) {
  TestHistory history;
  for (const double value : {37.0, 37.0}) Remember(Srs(value), false, 0.975, history);
  const auto alone = [&](double total_drop) {
    const TestContext context{.contents = 3, .total_drop = total_drop};
    for (const SingleTest& test : RunTests(history, Srs(25), 6, 2, context)) {
      if (test.code == codes::kOneContent) return test.outcome;
    }
    return v1::TEST_OUTCOME_UNSPECIFIED;
  };
  EXPECT_EQ(alone(0.1), kFired);
  EXPECT_EQ(alone(0.5), kPassed);
  EXPECT_EQ(alone(-0.5), kPassed);
}

// Values on either side of an event are no neighbours, also where they happen to be equal.
TEST(SingleTests, OnlyValuesRightAfterEachOtherTellOfTheVariationWithin) {
  TestHistory history;
  Remember(Srs(37), false, 0.975, history);
  Remember(Srs(37), true, 0.975, history);
  Remember(Srs(30), false, 0.975, history);
  EXPECT_EQ(history.within_count, 0);
  Remember(Srs(31), false, 0.975, history);
  EXPECT_EQ(history.within_count, 1);
  EXPECT_NEAR(history.within_sum, 0.5, 1e-12);
}

TEST(Repair, OfThePublishedExampleIsSlow) {
  const std::vector<double> course = {29, 33, 37};
  const RepairRule rule{.tolerance = 1.5};
  EXPECT_EQ(JudgeRepair(std::span(course).first(2), 37, rule).result, RepairResult::kNone);
  const RepairView view = JudgeRepair(course, 37, rule);
  EXPECT_EQ(view.result, RepairResult::kRepaired);
  EXPECT_EQ(view.shape, RepairShape::kSlow);
}

TEST(Repair, HasFiveShapes) {
  const RepairRule rule{.tolerance = 0.25};
  const auto shape = [&](std::vector<double> course) { return JudgeRepair(course, 0, rule).shape; };
  EXPECT_EQ(shape({-2, 0}), RepairShape::kV);
  EXPECT_EQ(shape({-2, -1.9, 0}), RepairShape::kU);
  EXPECT_EQ(shape({-0.7, -1.4, -2, 0}), RepairShape::kStep);
  EXPECT_EQ(shape({-2, -1, 0}), RepairShape::kSlow);
  EXPECT_EQ(shape({-2, -2, -2, -2, -2, -2}), RepairShape::kL);
}

TEST(Repair, IsPartlyWithHalfOfTheFallRegainedAndNeverBeyondACutoff) {
  const RepairRule rule{.tolerance = 0.25};
  const std::vector<double> half = {-2, -2, -1.5, -1.2, -1, -0.9};
  EXPECT_EQ(JudgeRepair(half, 0, rule).result, RepairResult::kPartly);
  const std::vector<double> none = {-2, -2, -1.9, -2, -2, -1.8};
  EXPECT_EQ(JudgeRepair(none, 0, rule).result, RepairResult::kUnrepaired);
  const std::vector<double> back = {-2, 0};
  EXPECT_EQ(JudgeRepair(back, 0, {.tolerance = 0.25, .beyond_cutoff = true}).result,
            RepairResult::kNone);
}

TEST(Split, TheReliableGapGrowsWithTheRatersAndTheirErrors) {
  EXPECT_FALSE(ReliableGap(std::vector<double>{0.4}));
  EXPECT_NEAR(*ReliableGap(std::vector<double>{1, 1}), 2.77, 1e-9);
  EXPECT_NEAR(*ReliableGap(std::vector<double>{0.5, 0.5, 0.5}), 3.31 / 2, 1e-9);
  EXPECT_NEAR(*ReliableGap(std::vector<double>{1, 1, 1, 1, 1}), 3.86, 1e-9);
}

StageValues Stages(double conditions, double trust, double willingness, double agreement) {
  return {StageValue{conditions, 0.7}, StageValue{trust, 1.14}, StageValue{willingness, 1.14},
          StageValue{agreement, 0.9}};
}

TEST(Pathway, NamesTheFirstStageThatIsBelowByMoreThanItsError) {
  const std::vector<StageValues> before(3, Stages(8, 8, 8, 8));
  const Pathway path = PathwayOf(Stages(8, 4, 8, 4), before);
  EXPECT_EQ(path.first_weak, Stage::kTrust);
  EXPECT_EQ(path.states[1], StageState::kBelowOwn);
  EXPECT_EQ(path.states[0], StageState::kFine);
}

TEST(Pathway, WithinErrorNamesNoStage) {
  const std::vector<StageValues> before(3, Stages(8, 8, 8, 8));
  EXPECT_FALSE(PathwayOf(Stages(7.5, 7, 8, 7), before).first_weak);
}

TEST(Pathway, LowEverywhereIsLowOverallAndUnmeasuredStagesSaySo) {
  StageValues latest = Stages(5, 5, 5, 5);
  latest[2].reset();
  const Pathway path = PathwayOf(latest, {});
  EXPECT_FALSE(path.first_weak);
  EXPECT_TRUE(path.low_overall);
  EXPECT_EQ(path.states[2], StageState::kNotMeasured);
  EXPECT_FALSE(PathwayOf({}, {}).low_overall);
}

TEST(Pathway, ATrueFallInTrustIsNamed) {
  Simulator random(7);
  int named = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto draw = [&](double trust) {
      return Stages(8 + random.Noise(0.49), trust + random.Noise(1.3), 8 + random.Noise(1.3),
                    8 + random.Noise(0.81));
    };
    std::vector<StageValues> before = {draw(8), draw(8), draw(8)};
    named += PathwayOf(draw(4), before).first_weak == Stage::kTrust ? 1 : 0;
  }
  EXPECT_GT(named, 1700);
}

TEST(Suggestions, EveryKindHasOneForAnyoneAndNoneIsTwiceThere) {
  std::set<std::string_view> texts;
  for (const Suggestion& one : AllSuggestions()) {
    EXPECT_TRUE(texts.insert(one.text).second) << one.text;
    EXPECT_LT(one.text.size(), 300U);
  }
  EXPECT_GE(texts.size(), 30U);
  for (int kind = v1::SignalKind_MIN + 1; kind <= v1::SignalKind_MAX; ++kind) {
    ASSERT_TRUE(v1::SignalKind_IsValid(kind));
    EXPECT_FALSE(
        SuggestionFor(static_cast<v1::SignalKind>(kind), v1::CONTENT_ALLIANCE, 0, WhoIsLow::kAnyone)
            .empty())
        << kind;
  }
}

TEST(Suggestions, TheClosestFitIsGiven) {
  const auto of = [](v1::Content content, int level, WhoIsLow who) {
    return SuggestionFor(v1::SIGNAL_KIND_RUPTURE, content, level, who);
  };
  EXPECT_THAT(of(v1::CONTENT_BOND, 0, WhoIsLow::kTeen), ::testing::HasSubstr("took sides"));
  EXPECT_THAT(of(v1::CONTENT_BOND, 2, WhoIsLow::kAdult), ::testing::HasSubstr("as a parent"));
  EXPECT_THAT(of(v1::CONTENT_BOND, 4, WhoIsLow::kAdult), ::testing::HasSubstr("land badly"));
  EXPECT_THAT(of(v1::CONTENT_GOAL, 1, WhoIsLow::kChild), ::testing::HasSubstr("this week"));
}

// Quiet families of one population, fitted.
MonitorParameters FitTo(Population population, int families,
                        const MonitorParameters& assumed = {}) {
  population.rupture = population.split = population.isolation = 0;
  Simulator random(11);
  FigureFit fit(assumed);
  for (int f = 0; f < families; ++f) {
    fit.Add("family-" + std::to_string(f), random.Family(population).sessions);
  }
  return fit.Fitted();
}

// Far from the ends of a fine scale, with these variances of days.
Population OfDays(double family_day, double own_day, double error) {
  return {.mean = 6,
          .sd = 0.5,
          .step = 0.01,
          .item_error = error,
          .bond_error = error,
          .family = 0.36,
          .rater = 0.25,
          .part = 0.04,
          .day = own_day,
          .family_day = family_day,
          .walk = 0,
          .movement = 0};
}

// Quiet raters with known figures: the fit comes close to them, and keeps the defaults without
// data.
TEST(FigureFit, FindsWhatTheRatersWereMadeWith) {
  MonitorParameters before;
  before.level.movement_sd = before.level.drift_sd = 0;
  before.level.center_share = 0.6;
  const MonitorParameters fitted = FitTo(OfDays(0.16, 0.09, 0.3), 200, before);
  EXPECT_EQ(fitted.version, before.version + 1);
  EXPECT_NEAR(fitted.level.day_sd, 0.3, 0.03);
  EXPECT_NEAR(fitted.level.family_day_sd, 0.4, 0.03);
  EXPECT_NEAR(fitted.level.rater_sd, 0.5, 0.06);
  EXPECT_NEAR(fitted.level.family_sd, 0.6, 0.07);
  EXPECT_NEAR(fitted.level.part_sd, 0.2, 0.03);
  const MonitorParameters none = FitTo({}, 0, before);
  EXPECT_NEAR(none.level.day_sd, before.level.day_sd, 1e-12);
  EXPECT_NEAR(none.level.rater_sd, before.level.rater_sd, 1e-12);
  EXPECT_NEAR(none.isolation.no_work_quiet, before.isolation.no_work_quiet, 1e-12);
}

// Nobody is fitted to have no day at all: what is looked at divides by it.
TEST(FigureFit, EveryRaterKeepsADayOfTheirOwn) {
  for (const auto& [family, own] : {std::pair(0.0, 0.0), std::pair(0.5, 0.0)}) {
    const MonitorParameters fitted = FitTo(OfDays(family, own, 0.05), 20);
    EXPECT_GT(fitted.level.day_sd, 0.02);
    EXPECT_GE(fitted.level.family_day_sd, 0);
  }
}

// Five steps, and many an answer at an end.
Population OnFiveSteps() {
  return {.mean = 6.2, .sd = 2.2, .step = 2.5, .family = 0.1, .rater = 0.45};
}

// To fit only those who never marked an end would take raters for more alike than they are.
TEST(FigureFit, RatersAtTheEndsOfTheScaleCount) {
  const Population p = OnFiveSteps();
  const MonitorParameters fitted = FitTo(p, 150);
  EXPECT_NEAR(fitted.level.rater_sd, std::sqrt(p.rater), 0.1);
  EXPECT_NEAR(fitted.level.family_sd, std::sqrt(p.family), 0.1);
}

// What comes and goes is found where it is little, where it is much, and where forms hide it: an
// odd day is not left out for being odd.
TEST(FigureFit, TheDaysOfPopulationsThatDifferAreFound) {
  Population little{.day = 0.03, .family_day = 0.01, .movement = 0.005};
  Population much{.day = 0.25, .family_day = 0.06, .movement = 0.03};
  Population on_steps = OnFiveSteps();
  on_steps.day = 0.12;
  for (const Population& p : {little, much, on_steps}) {
    const LevelParameters level = FitTo(p, 80).level;
    const double made = std::sqrt(p.day + p.family_day + p.movement);
    const double found = std::hypot(level.day_sd, level.family_day_sd, level.movement_sd);
    EXPECT_NEAR(found, made, 0.15 * made) << p.day << " on " << p.step;
    EXPECT_NEAR(level.family_day_sd, std::sqrt(p.family_day), 0.07) << p.day << " on " << p.step;
  }
}

TEST(FigureFit, TheRatesOfWhatMembersShowAreTheAgencysOwn) {
  const Population p{.missing = 0.25};
  const IsolationParameters assumed;
  const IsolationParameters fitted = FitTo(p, 100).isolation;
  EXPECT_NEAR(fitted.unrated_quiet, p.missing, 0.03);
  EXPECT_NEAR(fitted.unnoted_quiet, 0.15, 0.03);
  EXPECT_NEAR(fitted.no_work_quiet, 0.40, 0.03);
  EXPECT_NEAR(fitted.withdrawn_quiet, 0, 0.02) << "those noted were active";
  const auto ratio = [](double isolated, double quiet) {
    return isolated / (1 - isolated) * (1 - quiet) / quiet;
  };
  EXPECT_NEAR(ratio(fitted.no_work_isolated, fitted.no_work_quiet),
              ratio(assumed.no_work_isolated, assumed.no_work_quiet), 1e-9);
}

}  // namespace
}  // namespace rapport::alliance::testing
