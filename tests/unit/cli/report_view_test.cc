// What an agency learned from its ratings, as a person and as a spreadsheet reads it.
#include "cli/report_view.h"

#include "platform/schema/times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace rapport::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

namespace av = alliance::v1;

// One score that may be shown, with a hidden bin, and one that may not.
av::AgencyInsight Insight() {
  av::AgencyInsight insight;
  insight.set_instrument("instruments/x.1");
  insight.mutable_response_rate()->set_asked_requests(140);
  insight.mutable_response_rate()->set_answered_share(0.625);
  av::ScoreInsight& bond = *insight.add_scores();
  bond.set_code("bond");
  bond.set_highest(10);
  bond.set_raters(52);
  bond.set_ratings(210);
  bond.set_families(18);
  bond.set_mean(7.25);
  bond.set_standard_deviation(1.5);
  for (int i = 0; i < 10; ++i) {
    av::ScoreBin& bin = *bond.add_distribution();
    bin.set_from(i);
    bin.set_to(i + 1);
    if (i < 7) bin.set_raters(0);
    if (i == 9) bin.set_raters(30);
  }
  bond.mutable_consistency()->set_raters(40);
  bond.mutable_consistency()->set_items(5);
  bond.mutable_consistency()->set_alpha(0.912);
  bond.mutable_agreement()->set_families(15);
  bond.mutable_agreement()->set_icc1(-0.05);
  av::VarianceShares& shares = *bond.mutable_variance();
  shares.set_ratings(210);
  av::VarianceLevel& family = *shares.add_levels();
  family.set_kind(av::VARIANCE_LEVEL_KIND_FAMILY);
  family.set_groups(18);
  family.set_share(0.25);
  shares.set_session_share(0.75);
  av::ScoreInsight& task = *insight.add_scores();
  task.set_code("task");
  task.set_highest(10);
  task.set_hidden(true);
  return insight;
}

std::string Page(const av::AgencyInsight& insight) {
  std::ostringstream out;
  PrintInsight(insight, /*colour=*/false, out);
  return out.str();
}
std::string Page(const av::Trajectory& trajectory) {
  std::ostringstream out;
  PrintTrajectory(trajectory, /*colour=*/false, out);
  return out.str();
}

TEST(ReportView, A10SaysThatADistributionWaitsForTheEndOfTheMonth) {
  av::AgencyInsight insight = Insight();
  av::ScoreInsight& bond = *insight.mutable_scores(0);
  bond.mutable_recorded_until_time()->set_seconds(2'000);
  bond.mutable_distribution_until_time()->set_seconds(2'000);
  EXPECT_THAT(Page(insight), Not(HasSubstr("later ratings wait")));
  bond.mutable_distribution_until_time()->set_seconds(1'000);
  EXPECT_THAT(Page(insight), HasSubstr("months that are over: later ratings wait"));
  std::ostringstream csv;
  WriteInsightCsv(insight, csv);
  EXPECT_THAT(csv.str(), HasSubstr("distribution_until"));
  EXPECT_THAT(csv.str(), HasSubstr("1970-01-01T00:16:40Z"));
}

TEST(ReportView, A10ShowsFiguresAndSaysWhatIsHidden) {
  const std::string page = Page(Insight());
  EXPECT_THAT(page, HasSubstr("62 % of 140"));
  EXPECT_THAT(page, HasSubstr("7.25"));
  EXPECT_THAT(page, HasSubstr("▁▁▁▁▁▁▁··█"));
  EXPECT_THAT(page, HasSubstr("· in a distribution: hidden"));
  EXPECT_THAT(page, testing::ContainsRegex("task +hidden \\(fewer than 11\\)"));
  EXPECT_THAT(page, HasSubstr("0.91"));
  EXPECT_THAT(page, HasSubstr("-0.05"));
  EXPECT_THAT(page, HasSubstr("25 % of 18"));
  EXPECT_THAT(page, HasSubstr("not told apart")) << "the therapists";
}

TEST(ReportView, A10AHiddenResponseRateIsNoZero) {
  av::AgencyInsight insight = Insight();
  insight.clear_response_rate();
  EXPECT_THAT(Page(insight), HasSubstr("Forms that came back: hidden (fewer than 11)"));
  EXPECT_THAT(Page(insight), Not(HasSubstr("0 %")));
}

TEST(ReportView, A10CsvHasARowForEveryFigure) {
  std::ostringstream out;
  WriteInsightCsv(Insight(), out);
  const std::string csv = out.str();
  EXPECT_THAT(csv, testing::StartsWith("score,figure,of,value\n,asked_requests,,140\n"));
  EXPECT_THAT(csv, HasSubstr("bond,alpha,,0.912\n"));
  EXPECT_THAT(csv, HasSubstr("bond,raters_between,8 9,hidden\n"));
  EXPECT_THAT(csv, HasSubstr("bond,raters_between,9 10,30\n"));
  EXPECT_THAT(csv, HasSubstr("bond,variance_share,family,0.25\n"));
  EXPECT_THAT(csv, HasSubstr("task,raters,,hidden\n"));
  EXPECT_THAT(csv, Not(HasSubstr("task,mean")));
}

TEST(ReportView, A10SaysWhatBecameOfGoals) {
  av::AgencyInsight insight = Insight();
  EXPECT_THAT(Page(insight), HasSubstr("What became of goals?\nhidden (fewer than 11)"));
  av::GoalOutcomes& goals = *insight.mutable_goal_outcomes();
  goals.set_outcomes(44);
  goals.set_improved_share(0.5);
  goals.set_first_mean(3.25);
  goals.set_newest_mean(6.5);
  EXPECT_THAT(Page(insight), HasSubstr("Of 44 goals that ended and were rated twice, 50 % improved "
                                       "reliably (mean 3.2 to 6.5 of 10)"));
  EXPECT_THAT(Page(insight), HasSubstr("Unchanged and worse: not told apart"));
  goals.mutable_change()->set_outcomes(40);
  goals.mutable_change()->set_improved_share(0.5);
  goals.mutable_change()->set_unchanged_share(0.2);
  goals.mutable_change()->set_worse_share(0.3);
  insight.mutable_goal_levels()->set_levels(20);
  insight.mutable_goal_levels()->set_expected_share(0.55);
  const std::string page = Page(insight);
  EXPECT_THAT(page, HasSubstr("Told apart, of 40: 50 % improved, 20 % unchanged, 30 % worse"));
  EXPECT_THAT(page, HasSubstr("Of 20 goals with an attainment scale, 55 % ended as expected"));
  std::ostringstream csv;
  WriteInsightCsv(insight, csv);
  EXPECT_THAT(csv.str(), HasSubstr(",goal_outcomes,,44\n,goal_improved_share,,0.5\n"));
  EXPECT_THAT(csv.str(), HasSubstr(",goal_change_share,worse,0.3\n"));
  std::ostringstream hidden;
  WriteInsightCsv(Insight(), hidden);
  EXPECT_THAT(hidden.str(), HasSubstr(",goal_outcomes,,hidden\n,goal_levels,,hidden\n"));
}

TEST(ReportView, A12SaysInWordsHowManyRatersAreMissing) {
  av::Trajectory trajectory;
  trajectory.set_raters(154);
  trajectory.set_missing_raters(46);
  EXPECT_THAT(Page(trajectory), HasSubstr("there are about 154, 46 too few"));
  trajectory.set_raters(0);
  trajectory.set_missing_raters(200);
  EXPECT_THAT(Page(trajectory), HasSubstr("fewer than 11"));
  trajectory.set_reliable_change(1.93);
  EXPECT_THAT(Page(trajectory),
              HasSubstr("only a reliable change counts, more than 1.9 either way"));
}

TEST(ReportView, A12ShowsTheCourse) {
  av::Trajectory trajectory;
  trajectory.set_raters(240);
  trajectory.set_missing_successful_raters(90);
  av::TrajectoryPoint& point = *trajectory.add_points();
  point.set_rating(2);
  point.set_expected(6.125);
  point.set_failure(5);
  const std::string page = Page(trajectory);
  EXPECT_THAT(page, HasSubstr("Of 240 raters"));
  EXPECT_THAT(page, HasSubstr("6.12"));
  EXPECT_THAT(page, HasSubstr("No line of success yet"));
  std::ostringstream csv;
  WriteTrajectoryCsv(trajectory, csv);
  EXPECT_EQ(csv.str(), "rating,expected,failure,success\n2,6.125,5,\n");
}

TEST(ReportView, ReadsInstrumentsAndMonths) {
  EXPECT_EQ(InstrumentNameOf("x.1"), "instruments/x.1");
  EXPECT_EQ(InstrumentNameOf("instruments/x.1"), "instruments/x.1");
  EXPECT_EQ(schema::ToTimestamp(*MonthOf("1970-02")).seconds(), 31 * 86'400);
  for (const char* wrong :
       {"", "1970", "1970-13", "1970-00", "70-01-01", "1970-1x", "1970-02-01"}) {
    EXPECT_FALSE(MonthOf(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace rapport::cli
