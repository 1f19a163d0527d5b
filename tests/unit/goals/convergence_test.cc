// Homework beside the alliance: what doers see of task and goal at a second miss (H7), and whether
// they do more where they agree more on the tasks.
#include "goals/convergence_rules.h"
#include "goals_fixture.h"

namespace rapport::goals {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

alliance::v1::EstimateSeries SeriesOf(const std::string& rater, const std::string& target) {
  alliance::v1::EstimateSeries series;
  series.set_rater(rater);
  series.set_target(target);
  return series;
}

void AddPoint(const std::string& session, double task, bool rated,
              alliance::v1::EstimateSeries* series) {
  alliance::v1::EstimatePoint& point = *series->add_points();
  point.set_session(session);
  point.set_rated(rated);
  point.mutable_task()->set_value(task);
  point.mutable_task()->set_standard_error(1.1);
  point.mutable_goal()->set_value(task / 2);
  point.mutable_goal()->set_standard_error(0.9);
}

TEST(G6TaskConvergence, IsPearsonsCorrelationOfSixPairsOrMore) {
  EXPECT_NEAR(*CorrelationOf({1, 2, 3, 4, 5, 6}, {1, 3, 2, 5, 4, 6}), 15.5 / 17.5, 1e-12);
  EXPECT_NEAR(*CorrelationOf({1, 2, 3, 4, 5, 6}, {6, 5, 4, 3, 2, 1}), -1, 1e-12);
  EXPECT_FALSE(CorrelationOf({1, 2, 3, 4, 5}, {1, 3, 2, 5, 4}));
  EXPECT_FALSE(CorrelationOf({1, 2, 3, 4, 5, 6}, {4, 4, 4, 4, 4, 4})) << "one side never changes";
  EXPECT_FALSE(CorrelationOf({}, {}));
}

class G6ConvergenceTest : public GoalsTest {
 protected:
  void SetUp() override { MakeGoal(); }
  std::string SessionName(const std::string& session) const {
    return names_.Session(family_, support::TestId(session));
  }
  // A session, and homework of the mother's that is set in it and done so far.
  void SetAndReport(const std::string& session, int completion) {
    ASSERT_TRUE(Hold(session).ok());
    ASSERT_TRUE(Report(mother_, Agreed({mother_}), completion).ok());
    store_.clock.Advance(std::chrono::hours(24));
  }
  v1::Progress ProgressOf(const std::string& by) {
    v1::GetProgressRequest request;
    request.set_name(Family());
    const auto response = RunAs(by, &GoalsService::GetProgress, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->progress() : v1::Progress();
  }
  static v1::DoerProgress Of(const v1::Progress& progress, const std::string& member) {
    for (const v1::DoerProgress& one : progress.doers()) {
      if (one.member() == member) return one;
    }
    return {};
  }
  // The mother's estimates of the therapist: rated where 0 or more.
  void Rate(const std::vector<double>& tasks) {
    auto& series = alliance_.estimates->emplace_back(SeriesOf(NameOf(mother_), NameOf(therapist_)));
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      AddPoint(SessionName("s" + std::to_string(i)), std::max(tasks[i], 0.0), tasks[i] >= 0,
               &series);
    }
  }
};

TEST_F(G6ConvergenceTest, G6PairsHomeworkWithTheTaskEstimateOfTheSessionThatItWasSetIn) {
  const std::vector<int> completions = {1, 3, 2, 5, 4, 0};
  for (std::size_t i = 0; i < completions.size(); ++i) {
    SetAndReport("s" + std::to_string(i), completions[i]);
  }
  Rate({2, 6, 4, 10, 8, 0});
  const v1::DoerProgress mother = Of(ProgressOf(therapist_), NameOf(mother_));
  EXPECT_EQ(mother.task_convergence().pairs(), 6);
  EXPECT_NEAR(mother.task_convergence().correlation(), 1, 1e-12);
}

TEST_F(G6ConvergenceTest, G6CountsNoSessionThatTheMemberDidNotRate) {
  for (int i = 0; i < 6; ++i) SetAndReport("s" + std::to_string(i), i % 5);
  Rate({2, 6, 4, -1, 8, 9});
  const v1::DoerProgress mother = Of(ProgressOf(therapist_), NameOf(mother_));
  EXPECT_EQ(mother.task_convergence().pairs(), 5);
  EXPECT_FALSE(mother.task_convergence().has_correlation());
}

TEST_F(G6ConvergenceTest, G6MembersAreToldNothingOfItAndNobodyIsAskedForThem) {
  for (int i = 0; i < 6; ++i) SetAndReport("s" + std::to_string(i), i % 5);
  Rate({2, 6, 4, 10, 8, 9});
  for (const std::string& member : {mother_, father_}) {
    const v1::Progress progress = ProgressOf(member);
    for (const v1::DoerProgress& one : progress.doers()) EXPECT_FALSE(one.has_task_convergence());
  }
  EXPECT_EQ(alliance_.asked, 0);
}

TEST_F(G6ConvergenceTest, G6ProgressIsAnsweredWithoutItWhenAllianceSaysNothing) {
  for (int i = 0; i < 6; ++i) SetAndReport("s" + std::to_string(i), i % 5);
  alliance_.estimates = absl::UnavailableError("away");
  const v1::DoerProgress mother = Of(ProgressOf(therapist_), NameOf(mother_));
  EXPECT_EQ(mother.reported(), 6);
  EXPECT_FALSE(mother.has_task_convergence());
}

// Homework that the mother and the father missed for the second time in a row.
class G6SecondMissTest : public G6ConvergenceTest {
 protected:
  v1::Homework MissedTwice() {
    const v1::Homework first = Agreed({mother_, father_});
    EXPECT_TRUE(Report(mother_, first, 0).ok());
    EXPECT_TRUE(Report(father_, first, 0).ok());
    store_.clock.Advance(std::chrono::hours(24));
    EXPECT_TRUE(Hold("now").ok());
    EXPECT_TRUE(Review(Get(therapist_, first), v1::HOMEWORK_OUTCOME_NOT_DONE).ok());
    const v1::Homework again = Agreed({mother_, father_}, first.name());
    EXPECT_TRUE(Report(mother_, again, 0).ok());
    EXPECT_TRUE(Report(father_, again, 1).ok());
    return again;
  }
};

TEST_F(G6SecondMissTest, G6ShowsTheDoersTaskAndGoalToTheProfessionalWhoIsToAsk) {
  Rate({7, 3, -1});
  alliance_.estimates->push_back(SeriesOf(NameOf(mother_), Family()));
  AddPoint(SessionName("s1"), 5, true, &alliance_.estimates->back());
  alliance_.estimates->push_back(SeriesOf(NameOf(aunt_), NameOf(therapist_)));
  AddPoint(SessionName("s1"), 5, true, &alliance_.estimates->back());
  const v1::Homework again = Get(therapist_, MissedTwice());
  EXPECT_TRUE(again.ask_agreement());
  ASSERT_THAT(again.doer_alliance(), SizeIs(1)) << "of doers and helpers only";
  const v1::DoerAlliance& mother = again.doer_alliance(0);
  EXPECT_EQ(mother.doer(), NameOf(mother_));
  EXPECT_EQ(mother.helper(), NameOf(therapist_));
  EXPECT_EQ(mother.session(), SessionName("s1")) << "the one that she rated last";
  EXPECT_DOUBLE_EQ(mother.task(), 3);
  EXPECT_DOUBLE_EQ(mother.task_standard_error(), 1.1);
  EXPECT_DOUBLE_EQ(mother.goal(), 1.5);
}

TEST_F(G6SecondMissTest, G6NeitherDoerLearnsWhatTheOtherRated) {
  Rate({7, 3});
  const v1::Homework again = MissedTwice();
  alliance_.asked = 0;
  for (const std::string& member : {mother_, father_}) {
    EXPECT_THAT(Get(member, again).doer_alliance(), IsEmpty());
  }
  EXPECT_EQ(alliance_.asked, 0);
}

TEST_F(G6SecondMissTest, G6AsksForNothingBeforeTheSecondMiss) {
  Rate({7, 3});
  const v1::Homework first = Agreed({mother_});
  EXPECT_THAT(Get(therapist_, first).doer_alliance(), IsEmpty());
  EXPECT_EQ(alliance_.asked, 0);
  alliance_.estimates = absl::UnavailableError("away");
  EXPECT_TRUE(Get(therapist_, MissedTwice()).ask_agreement()) << "asked all the same";
}

}  // namespace
}  // namespace rapport::goals
