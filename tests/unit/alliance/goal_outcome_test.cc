// What became of goals, as an agency learns it: shares of whole batches, the same whatever the
// instrument, and nothing of few people.
#include "unit/alliance/report_world.h"

#include <gtest/gtest.h>

#include <optional>

namespace rapport::alliance {
namespace {

class GoalOutcomeTest : public ReportWorld {
 protected:
  v1::AgencyInsight Insight(const std::string& instrument = kPulse) {
    v1::GetAgencyInsightRequest request;
    request.set_instrument(instrument);
    support::TestCall call(kAgency, "director");
    auto response = RunSync(reports_.GetAgencyInsight(call, request));
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->insight() : v1::AgencyInsight();
  }
  struct End {
    int people = 0;
    int first = 2, newest = 2;  // outcomes
    std::optional<int> level = {};
  };
  // Each of one goal of a family of their own, closed now.
  void EndGoals(const std::vector<End>& ends) {
    for (const End& end : ends) {
      for (int i = 0; i < end.people; ++i, ++families_) {
        internal::v1::WorkChanged told;
        internal::v1::EndedGoal& goal = *told.mutable_ended();
        goal.set_goal(support::TestId("goal-" + std::to_string(families_)));
        auto& view = *goal.add_views();
        view.set_member(MemberId(families_, 0));
        view.set_first_outcome(end.first);
        view.set_newest_outcome(end.newest);
        view.set_reliable_change(3);
        if (end.level) view.set_newest_level(*end.level);
        internal::v1::StoredWork work;
        KeepEndedGoal(told, store_.clock.NowMicros(), work);
        KeepEndedGoal(told, store_.clock.NowMicros() + kHour, work);  // told twice: known
        EXPECT_EQ(work.ended_size(), 1);
        Create(
            records::With(NewRecord(kWork, FamilyId(families_), store_.clock.NowMicros()), work));
      }
    }
    Commit();
  }
  int families_ = 1000;
};

TEST_F(GoalOutcomeTest, A10OutcomesOfGoalsAreShares) {
  EndGoals({{.people = 22, .first = 2, .newest = 8, .level = 1},
            {.people = 11, .first = 4, .newest = 6, .level = -1},
            {.people = 11, .first = 7, .newest = 4}});
  const v1::AgencyInsight insight = Insight();
  const v1::GoalOutcomes& goals = insight.goal_outcomes();
  EXPECT_EQ(goals.outcomes(), 44);
  EXPECT_DOUBLE_EQ(goals.improved_share(), 0.5);
  EXPECT_DOUBLE_EQ(goals.first_mean(), (22 * 2 + 11 * 4 + 11 * 7) / 44.0);
  EXPECT_DOUBLE_EQ(goals.newest_mean(), (22 * 8 + 11 * 6 + 11 * 4) / 44.0);
  EXPECT_EQ(goals.change().outcomes(), 44);
  EXPECT_DOUBLE_EQ(goals.change().improved_share(), 0.5);
  EXPECT_DOUBLE_EQ(goals.change().unchanged_share(), 0.25) << "2 points are less than 3";
  EXPECT_DOUBLE_EQ(goals.change().worse_share(), 0.25);
  EXPECT_EQ(insight.goal_levels().levels(), 33);
  EXPECT_DOUBLE_EQ(insight.goal_levels().expected_share(), 22 / 33.0);
  EXPECT_FALSE(goals.has_recorded_after_time());
  EXPECT_EQ(schema::ToMicros(goals.recorded_until_time()), store_.clock.NowMicros());
}

TEST_F(GoalOutcomeTest, A10TenWhoImprovedAreNotTold) {
  EndGoals({{.people = 10, .first = 2, .newest = 8, .level = 0}});
  EXPECT_FALSE(Insight().has_goal_outcomes());
  EXPECT_FALSE(Insight().has_goal_levels());
  Later();
  EndGoals({{.people = 1, .first = 2, .newest = 8, .level = 0}});
  EXPECT_EQ(Insight().goal_outcomes().outcomes(), 11);
  EXPECT_EQ(Insight().goal_levels().levels(), 11);
}

TEST_F(GoalOutcomeTest, A10WorseIsToldApartOnlyOfEleven) {
  EndGoals({{.people = 20, .first = 2, .newest = 8},
            {.people = 12, .first = 4, .newest = 5},
            {.people = 10, .first = 9, .newest = 2}});
  const v1::GoalOutcomes first = Insight().goal_outcomes();
  EXPECT_EQ(first.outcomes(), 42);
  EXPECT_FALSE(first.has_change());
  Later();
  EndGoals({{.people = 1, .first = 9, .newest = 2}});
  EXPECT_EQ(Insight().goal_outcomes().DebugString(), first.DebugString())
      << "one more would be seen by subtraction";
  Later();
  EndGoals({{.people = 11, .first = 2, .newest = 8}, {.people = 11, .first = 4, .newest = 5}});
  const v1::GoalOutcomes second = Insight().goal_outcomes();
  EXPECT_EQ(second.outcomes(), 65);
  EXPECT_EQ(second.change().outcomes(), 65);
  EXPECT_DOUBLE_EQ(second.change().worse_share(), 11 / 65.0);
}

TEST_F(GoalOutcomeTest, A10GoalsArePublishedOnceWhateverTheInstrument) {
  EndGoals({{.people = 15, .first = 2, .newest = 8}});
  const v1::GoalOutcomes before = Insight().goal_outcomes();
  Later();
  EndGoals({{.people = 3, .first = 2, .newest = 8}});
  EXPECT_EQ(Insight("instruments/pulse-child.1").goal_outcomes().DebugString(),
            before.DebugString())
      << "three people more would be seen by subtraction";
  agency_ = "agency-b";
  EndGoals({{.people = 30, .first = 2, .newest = 8}});
  Later();
  EXPECT_EQ(Insight().goal_outcomes().DebugString(), before.DebugString());
}

}  // namespace
}  // namespace rapport::alliance
