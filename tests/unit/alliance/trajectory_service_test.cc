// The course to expect from closed cases: what it is, and what it never tells.
#include "alliance/agency_reports.h"
#include "platform/base/continue_on.h"
#include "support/missing_rpc.h"
#include "unit/alliance/report_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace rapport::alliance {
namespace {

class TrajectoryServiceTest : public ReportWorld {
 protected:
  absl::StatusOr<v1::Trajectory> Ask(double first, std::string_view score = "bond",
                                     std::string_view instrument = kPulse) {
    v1::GetTrajectoryRequest request;
    request.set_instrument(std::string(instrument));
    request.set_score(std::string(score));
    request.set_first_value(first);
    request.set_ratings(6);
    support::TestCall call(kAgency, "director");
    RETURN_IF_ERROR(support::MissingRpc<v1::GetTrajectoryRequest>());
    auto response = RunSync(reports_.GetTrajectory(call, request));
    if (!response.ok()) return response.status();
    return response->trajectory();
  }
  // Courses of five ratings, one member a family; every second case was completed.
  std::vector<GrowthCase> Close(int raters, int completed, std::string_view instrument = kPulse) {
    std::mt19937 random(8'2);
    std::normal_distribution<double> normal;
    std::vector<GrowthCase> courses;
    for (int family = 0; family < raters; ++family) {
      GrowthCase& course = courses.emplace_back();
      course.successful = family < completed;
      const double start = 45 + 8 * normal(random), slope = 8 + 3 * normal(random);
      for (int session = 1; session <= 5; ++session) {
        const int level = static_cast<int>(
            std::clamp(start + slope * std::log(session) + 3 * normal(random), 0.0, 100.0));
        Give({.family = family,
              .member = 0,
              .session = session,
              .level = level,
              .instrument = std::string(instrument)});
        course.values.push_back(level / 10.0);
      }
      CloseCase(family, course.successful);
    }
    Commit();
    return courses;
  }
};

TEST_F(TrajectoryServiceTest, A12BelowTwoHundredRatersItSaysHowManyAreMissing) {
  Close(199, 199);
  const auto trajectory = Ask(5);
  ASSERT_TRUE(trajectory.ok()) << trajectory.status();
  EXPECT_EQ(trajectory->points_size(), 0);
  EXPECT_EQ(trajectory->raters(), 198) << "not to the head";
  EXPECT_EQ(trajectory->missing_raters(), 2);
  EXPECT_NEAR(trajectory->reliable_change(), 1.93, .005) << "the band to show until then";
  EXPECT_EQ(trajectory->change_basis(), v1::CHANGE_BASIS_ASSUMED) << "nobody measured the pulse";
}

TEST_F(TrajectoryServiceTest, A12TheCourseIsThatOfThePureFunctions) {
  const std::vector<GrowthCase> courses = Close(240, 205);
  const auto trajectory = Ask(5);
  ASSERT_TRUE(trajectory.ok()) << trajectory.status();
  const Trajectory pure = TrajectoryOf(courses);
  ASSERT_TRUE(pure.all && pure.successful);
  EXPECT_EQ(trajectory->raters(), 231) << "240, in whole elevens";
  EXPECT_EQ(trajectory->missing_raters(), 0);
  EXPECT_EQ(trajectory->successful_raters(), 198) << "205";
  EXPECT_EQ(trajectory->missing_successful_raters(), 0);
  ASSERT_EQ(trajectory->points_size(), 5);
  for (const v1::TrajectoryPoint& point : trajectory->points()) {
    const int t = point.rating();
    EXPECT_NEAR(point.expected(), pure.all->Expected(5, t), 1e-6);
    EXPECT_NEAR(point.failure(), pure.all->Percentile(5, t, .25), 1e-6);
    EXPECT_NEAR(point.success(), pure.successful->Percentile(5, t, .5), 1e-6);
    EXPECT_LT(point.failure(), point.expected());
  }
}

TEST_F(TrajectoryServiceTest, A12SuccessNeedsTwoHundredOfItsOwn) {
  Close(210, 100);
  const auto trajectory = Ask(5);
  ASSERT_TRUE(trajectory.ok()) << trajectory.status();
  ASSERT_EQ(trajectory->points_size(), 5);
  EXPECT_FALSE(trajectory->points(0).has_success());
  EXPECT_EQ(trajectory->successful_raters(), 99);
  EXPECT_EQ(trajectory->missing_successful_raters(), 101);
}

TEST_F(TrajectoryServiceTest, A12OneMoreClosedCaseIsNotSeenBySubtraction) {
  Close(230, 205);
  const auto points = [this] {
    const auto trajectory = Ask(5);
    EXPECT_TRUE(trajectory.ok()) << trajectory.status();
    std::string all;
    for (const v1::TrajectoryPoint& point : trajectory->points()) all += point.DebugString();
    return all;
  };
  auto close_one_more = [this, next = 230](bool completed) mutable {
    Later();
    for (int session = 1; session <= 5; ++session) {
      Give({.family = next, .member = 0, .session = session, .level = 20 * session - 10});
    }
    Commit();
    CloseCase(next++, completed);
  };
  const std::string before = points();
  for (int more = 1; more <= 10; ++more) {
    close_one_more(true);
    EXPECT_EQ(points(), before) << more;
  }
  AgencyReports restarted(deps_, records_, cases_);
  v1::GetTrajectoryRequest request;
  request.set_instrument(kPulse);
  request.set_score("bond");
  request.set_first_value(5);
  request.set_ratings(6);
  support::TestCall call(kAgency, "director");
  const auto again = RunSync(restarted.GetTrajectory(call, request));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->trajectory().points(0).DebugString(), Ask(5)->points(0).DebugString());
  close_one_more(true);
  EXPECT_NE(points(), before) << "eleven";
}

TEST_F(TrajectoryServiceTest, A12WhoDidNotCompleteIsNotLeftOverBetweenTheTwoLines) {
  Close(220, 210);
  const auto trajectory = Ask(5);
  ASSERT_TRUE(trajectory.ok()) << trajectory.status();
  ASSERT_EQ(trajectory->points_size(), 5);
  EXPECT_FALSE(trajectory->points(0).has_success()) << "ten others";
}

TEST_F(TrajectoryServiceTest, A12OpenCasesAndWhatCameAfterTheClosingDontCount) {
  Close(200, 0);
  ASSERT_EQ(Ask(5)->points_size(), 5);
  const std::string before = Ask(5)->points(4).DebugString();
  Later();
  // A family that came back, and one whose case is open.
  for (int session = 6; session <= 9; ++session) {
    Give({.family = 0, .member = 0, .session = session, .level = 0});
    Give({.family = 500, .member = 0, .session = session, .level = 0});
  }
  Commit();
  const auto after = Ask(5);
  EXPECT_EQ(after->raters(), 198);
  EXPECT_EQ(after->points(4).DebugString(), before);
}

TEST_F(TrajectoryServiceTest, A12WhereLowerIsBetterAQuarterAreAbove) {
  const std::string_view form = "instruments/score-15.1";
  ASSERT_NE(shelf_.Find(form), nullptr);
  ASSERT_EQ(shelf_.Find(form)->direction(), v1::DIRECTION_LOWER_BETTER);
  const v1::Instrument& instrument = *shelf_.Find(form);
  const std::string score = instrument.scores(0).code();
  const ScoreRange range = RangeOf(instrument, instrument.scores(0));
  Close(200, 0, form);
  const auto trajectory = Ask((range.lowest + range.highest) / 2, score, form);
  ASSERT_TRUE(trajectory.ok()) << trajectory.status();
  ASSERT_EQ(trajectory->points_size(), 5);
  EXPECT_GT(trajectory->points(0).failure(), trajectory->points(0).expected());
}

TEST_F(TrajectoryServiceTest, A12RefusesWhatIsNoScoreAndNoValueOfIt) {
  EXPECT_TRUE(absl::IsInvalidArgument(Ask(5, "no-such").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Ask(10.5).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Ask(std::nan("")).status()));
  EXPECT_TRUE(absl::IsNotFound(Ask(5, "bond", "instruments/no-such.1").status()));
}

TEST_F(TrajectoryServiceTest, A12WithoutIntakeThereIsNoCourse) {
  cases_.failing = true;
  EXPECT_TRUE(absl::IsUnavailable(Ask(5).status()));
}

}  // namespace
}  // namespace rapport::alliance
