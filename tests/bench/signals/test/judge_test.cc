// The judge counts what its definitions say, on courses small enough to count by hand.
#include "bench/signals/judge.h"

#include "bench/signals/rules.h"
#include "bench/signals/test/worlds.h"

#include <cmath>

namespace rapport::bench {
namespace {

// One rater's ten sessions; a rupture comes in the session `onset` (from 0) and is over two later.
struct World {
  Parameters p = Shipped();
  Shape shape{.weight = 1, .effect = {1, 1, 0}};
  Family family;

  explicit World(int onset) {
    family.helpers = 1;
    family.members = {{.form = &p.srs_form}};
    family.sessions.resize(10, std::vector<MemberSession>(1));
    for (auto& session : family.sessions) {
      session[0].attended = session[0].rated = true;
      session[0].raw = {0};
      session[0].seen = {35};
    }
    if (onset >= 0) {
      family.event = Event{Kind::kRuptureSudden, 0, 0, 3, 2.0, onset, &shape};
    }
  }

  std::vector<Course> Courses(const std::vector<double>& scores) {
    Statements said(1);
    for (const double score : scores) said[0].push_back({.score = score, .posterior = score});
    std::vector<Course> courses;
    AddCourses(family, 0, std::span(&said, 1), courses);
    return courses;
  }

  Counts Judge(const std::vector<double>& scores) {
    return Count(Courses(scores), 0, {0.5, 0.5, 0.5})[0];
  }
};

TEST(Judge, ASignalOpensOnceAndClosesBelowHalfItsThreshold) {
  World quiet(-1);
  const Counts counts = quiet.Judge({0, .6, .6, .3, .6, .2, .6, 0, 0, 0});
  EXPECT_EQ(counts.quiet, 10);
  EXPECT_EQ(counts.false_alarms, 2) << "in sessions 1 and 6; .3 does not close, .2 does";
  EXPECT_EQ(counts.red, 4);
  EXPECT_EQ(counts.events, 0);
}

TEST(Judge, NoAlarmIsFalseFromOneSessionBeforeAnEventToOneAfter) {
  for (int k = 0; k < 10; ++k) {
    World world(4);  // there in 4 and 5
    std::vector<double> scores(10, 0);
    scores[static_cast<std::size_t>(k)] = 1;
    const Counts counts = world.Judge(scores);
    EXPECT_EQ(counts.quiet, 6);
    EXPECT_EQ(counts.false_alarms, k < 3 || k > 6 ? 1 : 0) << "session " << k;
  }
}

TEST(Judge, FoundIsWhatOpensInTimeAndIsOpenDuringTheEvent) {
  const auto found = [](std::vector<double> scores) {
    World world(4);
    return world.Judge(scores);
  };
  EXPECT_EQ(found({0, 0, 0, 0, 1, 0, 0, 0, 0, 0}).found_at_once, 1);
  EXPECT_EQ(found({0, 0, 0, 1, 1, 0, 0, 0, 0, 0}).found_at_once, 1) << "one early, still open";
  EXPECT_EQ(found({0, 0, 0, 1, 0, 0, 0, 0, 0, 0}).found_2, 0) << "one early, closed before";
  EXPECT_EQ(found({0, 1, 1, 1, 1, 1, 0, 0, 0, 0}).found_2, 0) << "opened for no reason";
  EXPECT_EQ(found({0, 0, 0, 0, 0, 1, 0, 0, 0, 0}).found_at_once, 0);
  EXPECT_EQ(found({0, 0, 0, 0, 0, 1, 0, 0, 0, 0}).found_1, 1);
  EXPECT_EQ(found({0, 0, 0, 0, 0, 0, 1, 0, 0, 0}).found_1, 0);
  EXPECT_EQ(found({0, 0, 0, 0, 0, 0, 1, 0, 0, 0}).found_2, 1);
  EXPECT_EQ(found({0, 0, 0, 0, 0, 0, 1, 0, 0, 0}).delay, 2);
  EXPECT_EQ(found({0, 0, 0, 0, 0, 0, 0, 0, 0, 0}).events, 1);
}

TEST(Judge, AnotherKindOfSignalAboutTheRightPersonNoticesWithoutFinding) {
  World world(4);
  world.family.members.push_back({.form = &world.p.srs_form});
  for (auto& session : world.family.sessions) session.push_back(session[0]);
  world.family.event->kind = Kind::kSplit;
  world.family.event->helper = -1;
  Statements said(SubjectsOf(2, 1).size(), std::vector<Statement>(10));
  const auto judge = [&](std::size_t subject) {
    Statements one = said;
    one[subject][4].score = 1;
    std::vector<Course> courses;
    AddCourses(world.family, 0, std::span(&one, 1), courses);
    return Count(courses, 0, {0.5, 0.5, 0.5});
  };
  const auto split = static_cast<std::size_t>(Kind::kSplit);
  const auto low_side = judge(0), other_side = judge(1), itself = judge(2);
  EXPECT_EQ(low_side[split].found_2, 0);
  EXPECT_EQ(low_side[split].noticed_1, 1);
  EXPECT_EQ(low_side[0].false_alarms, 0);
  EXPECT_EQ(other_side[split].noticed_1, 0);
  EXPECT_EQ(other_side[0].false_alarms, 1);
  EXPECT_EQ(itself[split].found_1, 1);
  EXPECT_EQ(itself[split].noticed_1, 1);
}

TEST(Judge, AnEventThatNobodyRatedInIsNoneToBeFound) {
  World world(4);
  for (const std::size_t t : {4, 5}) world.family.sessions[t][0].rated = false;
  const Counts counts = world.Judge({1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
  EXPECT_EQ(counts.events, 0);
  EXPECT_EQ(counts.quiet, 6) << "but alarms about it are not false";
}

TEST(Judge, ARuleThatIsSilentIsNotCounted) {
  World world(4);
  const double silent = std::nan("");
  const Counts counts = world.Judge({silent, silent, silent, 0, 1, 0, 0, 0, 0, 0});
  EXPECT_EQ(counts.quiet, 3);
  EXPECT_EQ(counts.events, 1);
  EXPECT_EQ(world.Judge(std::vector<double>(10, silent)).events, 0);
}

TEST(Judge, TheThresholdGivesTheFalseAlarmsAskedFor) {
  Random random(1, 1);
  std::vector<Course> courses;
  World quiet(-1);
  for (int n = 0; n < 400; ++n) {
    std::vector<double> scores;
    for (int t = 0; t < 10; ++t) scores.push_back(random.Uniform());
    courses.push_back(quiet.Courses(scores)[0]);
  }
  const double threshold = ThresholdAtFalseAlarms(courses, 0, Claim::kRupture, 5);
  const Counts counts = Count(courses, 0, {threshold, 1, 1})[0];
  EXPECT_NEAR(counts.FalsePer100(), 5, 0.05);
  EXPECT_NEAR(threshold, 0.95, 0.02);
}

TEST(Judge, CalibrationIsTheMeanDistanceOverTenEqualBins) {
  std::vector<Forecast> forecasts;
  for (std::uint32_t k = 0; k < 1000; ++k) {
    // Nine bins say .1 and one says .9; every fifth claim is true.
    forecasts.push_back({.posterior = k % 10 == 0 ? 0.9f : 0.1f, .place = k, .truth = k % 5 == 2});
  }
  const Calibration calibration = Calibrate(forecasts);
  ASSERT_EQ(calibration.bins.size(), 10u);
  EXPECT_EQ(calibration.bins[9].sessions, 100);
  EXPECT_EQ(calibration.bins[9].truths, 0);
  double expected = 0.9;
  for (int b = 0; b < 9; ++b) {
    const auto& bin = calibration.bins[static_cast<std::size_t>(b)];
    EXPECT_NEAR(bin.posterior, 0.1, 1e-6);
    expected += std::abs(0.1 - static_cast<double>(bin.truths) / 100);
  }
  EXPECT_NEAR(calibration.error, expected / 10, 1e-6);
}

// domain.md 8.4's worked example.
TEST(Rules, TheTestsAgreeWithTheWorkedExample) {
  World world(-1);
  const double series[] = {37, 36, 38, 37, 36, 29, 33, 37};
  world.family.sessions.resize(8);
  for (std::size_t t = 0; t < 8; ++t) world.family.sessions[t][0].seen = {series[t]};
  const auto at = [&](Rule rule, std::size_t t) { return Apply(rule, world.family)[0][t].score; };
  EXPECT_EQ(at(Rule::kR0, 5), 1);
  EXPECT_EQ(at(Rule::kR0, 4), 0);
  EXPECT_EQ(at(Rule::kR1, 1), 1) << "one point is enough";
  EXPECT_EQ(at(Rule::kR2, 5), 1);
  EXPECT_NEAR(at(Rule::kDropSinceLast, 5), 7 / 5.76, 0.001);
  EXPECT_EQ(at(Rule::kR3a, 5), 1);
  EXPECT_EQ(at(Rule::kR3b, 5), 0);
  EXPECT_EQ(at(Rule::kR4, 5), 1);
  EXPECT_TRUE(std::isnan(at(Rule::kR3a, 2))) << "two before are too few";
  EXPECT_TRUE(std::isnan(at(Rule::kR4, 4))) << "four before are too few";
  EXPECT_TRUE(std::isnan(at(Rule::kR6, 5))) << "one score only";
  EXPECT_EQ(at(Rule::kMarket, 6), 1);
  EXPECT_EQ(at(Rule::kMarket, 7), 0);
}

}  // namespace
}  // namespace rapport::bench
