// G3: goal attainment scaling and goal-based outcomes, through the service and as pure rules.
#include "goals_fixture.h"

#include "goals/attainment_rules.h"

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

namespace rapport::goals {
namespace {

using ::testing::DoubleNear;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::vector<std::string>> ReadCsv(const std::string& path) {
  std::ifstream file(std::string(std::getenv("RAPPORT_SOURCE")) + "/" + path);
  EXPECT_TRUE(file.good()) << path;
  std::vector<std::vector<std::string>> rows;
  std::string line;
  std::getline(file, line);  // the columns' names
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(cell);
  }
  return rows;
}

double T(const std::vector<double>& weights, const std::vector<double>& levels,
         double rho = kUsualRho) {
  std::vector<WeightedLevel> goals;
  for (std::size_t i = 0; i < weights.size(); ++i) goals.push_back({weights[i], levels[i]});
  const auto score = TScore(goals, rho);
  EXPECT_TRUE(score.has_value());
  return score.value_or(0);
}

TEST(G3TScore, FollowsThePublishedFormula) {
  EXPECT_NEAR(T({1}, {1}), 60.00, 0.005);
  EXPECT_NEAR(T({1, 1}, {1, 0}), 56.20, 0.005);
  EXPECT_NEAR(T({1, 1, 1}, {1, 1, 1}), 63.69, 0.005);
  EXPECT_NEAR(T({1, 1, 1}, {-1, -1, -1}), 36.31, 0.005);
  EXPECT_NEAR(T({1, 1, 1}, {-2, -2, -2}), 22.61, 0.005);
  EXPECT_NEAR(T({1, 1, 1}, {2, 2, 2}), 77.39, 0.005);
  EXPECT_NEAR(T({3, 2, 1}, {1, 0, -1}), 54.41, 0.005);
  EXPECT_NEAR(T({3, 2, 1}, {2, 1, 0}), 67.63, 0.005);
  EXPECT_NEAR(T({9, 4, 1}, {0, 1, -1}), 52.66, 0.005);
  EXPECT_NEAR(T({1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}), 65.08, 0.005);
}

TEST(G3TScore, IsFiftyAsExpectedAndOnlyProportionsOfWeightsMatter) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 500; ++round) {
    const std::size_t n = 1 + random() % 6;
    std::vector<double> weights, tripled, levels;
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
      weights.push_back(1 + random() % 9);
      tripled.push_back(3 * weights.back());
      levels.push_back(static_cast<double>(random() % 5) - 2);
      sum += levels.back();
    }
    EXPECT_EQ(T(weights, std::vector<double>(n, 0)), 50);
    EXPECT_NEAR(T(weights, levels), T(tripled, levels), 1e-9);
    EXPECT_NEAR(T(std::vector<double>(n, 2), levels, 0), 50 + 10 * sum / std::sqrt(n), 1e-9);
  }
}

TEST(G3TScore, IsUndefinedWithoutAWeight) {
  EXPECT_EQ(TScore({}, kUsualRho), std::nullopt);
  EXPECT_EQ(TScore(std::vector<WeightedLevel>{{0, 2}}, kUsualRho), std::nullopt);
  EXPECT_NEAR(T({0, 1}, {2, 1}), 60, 1e-9);  // weight 0 drops out
}

TEST(G3Outcome, IsReliableFromTheThreshold) {
  const std::vector<OutcomePair> vector = {{2, 6}, {3, 5}, {4, 8}};
  const v1::GoalOutcome three = OutcomeOf(vector);
  EXPECT_NEAR(three.change(), 10.0 / 3, 1e-9);
  EXPECT_EQ(three.threshold(), 2.45);
  EXPECT_TRUE(three.reliable());
  EXPECT_FALSE(OutcomeOf(std::vector<OutcomePair>{{2, 4}, {3, 5}, {4, 7}}).reliable());
  EXPECT_TRUE(OutcomeOf(std::vector<OutcomePair>{{8, 5}}).reliable());  // for the worse
  EXPECT_FALSE(OutcomeOf(std::vector<OutcomePair>{{5, 7}}).reliable());
  const v1::GoalOutcome none = OutcomeOf({});
  EXPECT_FALSE(none.has_change() || none.has_first_mean() || none.reliable());
  EXPECT_EQ(none.threshold(), 0);
}

class G3AttainmentTest : public GoalsTest {
 protected:
  static v1::AttainmentScale Scale(int weight = 1, std::optional<int> baseline = -1) {
    v1::AttainmentScale scale;
    scale.set_weight(weight);
    if (baseline) scale.set_baseline(*baseline);
    for (int level = -2; level <= 2; ++level) {
      scale.add_levels()->set_level(level);
      scale.mutable_levels(level + 2)->set_words("quiet meals: " + std::to_string(level + 2));
    }
    return scale;
  }
  absl::StatusOr<v1::SetAttainmentScaleResponse> SetScale(const std::string& by,
                                                          const v1::Goal& goal,
                                                          const v1::AttainmentScale& scale) {
    v1::SetAttainmentScaleRequest request;
    request.set_name(goal.name());
    *request.mutable_scale() = scale;
    if (IsMember(by)) {
      request.set_set_by(NameOf(by));
    } else {
      request.set_etag(GetGoal(by, goal)->goal().etag());
    }
    return RunAs(by, &GoalsService::SetAttainmentScale, request);
  }
  absl::StatusOr<v1::RateGoalResponse> Rate(const std::string& by, const v1::Goal& goal,
                                            std::optional<int> level,
                                            std::optional<int> outcome = std::nullopt,
                                            const std::string& rater = {}) {
    v1::RateGoalRequest request;
    request.set_name(goal.name());
    request.mutable_rating()->set_rater(NameOf(rater.empty() ? by : rater));
    if (level) request.mutable_rating()->set_level(*level);
    if (outcome) request.mutable_rating()->set_outcome(*outcome);
    return RunAs(by, &GoalsService::RateGoal, request);
  }
  v1::Progress ProgressOf(const std::string& by, std::optional<double> rho = std::nullopt) {
    v1::GetProgressRequest request;
    request.set_name(Family());
    if (rho) request.set_rho(*rho);
    const auto response = RunAs(by, &GoalsService::GetProgress, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->progress() : v1::Progress();
  }
  // Of the professionals together.
  v1::Attainment Professionals(std::optional<double> rho = std::nullopt) {
    const v1::Progress progress = ProgressOf(therapist_, rho);
    for (const v1::Attainment& one : progress.attainment()) {
      if (one.rater().empty()) return one;
    }
    return {};
  }
  void End(const v1::Goal& goal, v1::GoalEnding ending) {
    v1::CloseGoalRequest request;
    request.set_name(goal.name());
    request.set_ending(ending);
    request.set_etag(GetGoal(therapist_, goal)->goal().etag());
    EXPECT_TRUE(RunAs(therapist_, &GoalsService::CloseGoal, request).ok());
  }
};

TEST_F(G3AttainmentTest, GivesTheOraclesScoresThroughTheApi) {
  std::map<std::string, std::vector<std::vector<std::string>>> cases;
  for (const auto& row : ReadCsv("tests/data/oracle/input/gas_goals.csv")) {
    cases[row[0]].push_back(row);
  }
  const auto expected = ReadCsv("tests/data/oracle/expected/gas_t.csv");
  ASSERT_EQ(expected.size(), 60U);
  for (const auto& row : expected) {
    SCOPED_TRACE(row[0]);
    std::vector<v1::Goal> goals;
    for (const auto& one : cases[row[0]]) {
      goals.push_back(MothersGoal());
      ASSERT_TRUE(
          SetScale(therapist_, goals.back(), Scale(std::stoi(one[2]), std::stoi(one[3]))).ok());
      ASSERT_TRUE(Rate(therapist_, goals.back(), std::stoi(one[4])).ok());
    }
    const v1::Attainment shown = Professionals();
    EXPECT_EQ(shown.goals_set(), std::stoi(row[1]));
    EXPECT_EQ(shown.goals_rated(), std::stoi(row[1]));
    EXPECT_THAT(shown.baseline_t_score(), DoubleNear(std::stod(row[2]), 1e-9));
    EXPECT_THAT(shown.t_score(), DoubleNear(std::stod(row[3]), 1e-9));
    EXPECT_THAT(shown.t_change(), DoubleNear(std::stod(row[4]), 1e-9));
    for (const v1::Goal& goal : goals) End(goal, v1::GOAL_ENDING_MISTAKEN);
  }
}

TEST_F(G3AttainmentTest, WhatIsNotRatedOrHasNoBaselineIsSaid) {
  const v1::Goal rated = MothersGoal(), waiting = MothersGoal(), dropped_out = MothersGoal();
  ASSERT_TRUE(SetScale(therapist_, rated, Scale(2, std::nullopt)).ok());
  ASSERT_TRUE(SetScale(therapist_, waiting, Scale(3)).ok());
  ASSERT_TRUE(SetScale(therapist_, dropped_out, Scale(0)).ok());
  ASSERT_TRUE(Rate(therapist_, rated, 1).ok());
  ASSERT_TRUE(Rate(therapist_, dropped_out, -2).ok());
  const v1::Attainment shown = Professionals(0);
  EXPECT_EQ(shown.goals_set(), 2);
  EXPECT_EQ(shown.goals_rated(), 1);
  EXPECT_NEAR(shown.t_score(), 60, 1e-9);
  EXPECT_FALSE(shown.has_baseline_t_score() || shown.has_t_change());
  EXPECT_EQ(shown.rho(), 0);
}

TEST_F(G3AttainmentTest, TheNewestRatingCountsAndSucceedingStartsAnew) {
  const v1::Goal goal = MothersGoal();
  ASSERT_TRUE(SetScale(therapist_, goal, Scale()).ok());
  ASSERT_TRUE(Rate(therapist_, goal, -1, 2).ok());
  store_.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(Rate(colleague_, goal, 1, 6).ok());
  EXPECT_NEAR(Professionals().t_score(), 60, 1e-9);
  EXPECT_EQ(Professionals().outcome().change(), 4);
  v1::SucceedGoalRequest request;
  request.set_name(goal.name());
  request.mutable_successor()->set_words("We eat together and talk");
  request.set_reason("quiet is not enough any more");
  request.set_etag(GetGoal(therapist_, goal)->goal().etag());
  ASSERT_TRUE(RunAs(therapist_, &GoalsService::SucceedGoal, request).ok());
  EXPECT_THAT(ProgressOf(therapist_).attainment(), IsEmpty());
  EXPECT_THAT(ProgressOf(therapist_).goals(0).ratings(), SizeIs(2));
}

TEST_F(G3AttainmentTest, OutcomesAreOfTheFirstThreeGoals) {
  const int first[] = {2, 3, 4, 0}, newest[] = {6, 5, 8, 0};
  for (int i = 0; i < 4; ++i) {
    store_.clock.Advance(std::chrono::hours(1));
    const v1::Goal goal = MothersGoal();
    ASSERT_TRUE(Rate(mother_, goal, std::nullopt, first[i]).ok());
    ASSERT_TRUE(Rate(mother_, goal, std::nullopt, newest[i]).ok());
  }
  const v1::Progress progress = ProgressOf(mother_);
  ASSERT_THAT(progress.attainment(), SizeIs(1));
  const v1::GoalOutcome& outcome = progress.attainment(0).outcome();
  EXPECT_EQ(outcome.goals(), 3);
  EXPECT_EQ(outcome.first_mean(), 3);
  EXPECT_NEAR(outcome.newest_mean(), 19.0 / 3, 1e-9);
  EXPECT_TRUE(outcome.reliable());
  EXPECT_FALSE(progress.attainment(0).has_t_score());
}

TEST_F(G3AttainmentTest, RatedLevelsAreNeverRewritten) {
  const v1::Goal goal = MothersGoal();
  EXPECT_THAT(DetailsOf(Rate(mother_, goal, 0).status()), HasSubstr("NO_ATTAINMENT_SCALE"));
  ASSERT_TRUE(SetScale(mother_, goal, Scale()).ok());
  EXPECT_EQ(ReasonOf(SetScale(mother_, goal, Scale(2)).status()), "SCALE_IN_USE");
  ASSERT_TRUE(SetScale(therapist_, goal, Scale(3)).ok());  // nobody rated yet
  ASSERT_TRUE(Rate(mother_, goal, 0).ok());
  EXPECT_EQ(ReasonOf(SetScale(therapist_, goal, Scale(4)).status()), "SCALE_IN_USE");
  EXPECT_EQ(GetGoal(mother_, goal)->goal().attainment_scale().weight(), 3);
}

TEST_F(G3AttainmentTest, FaultsOfScalesAndRatingsAreFields) {
  const v1::Goal goal = MothersGoal();
  v1::AttainmentScale scale = Scale();
  scale.mutable_levels(1)->set_level(-2);
  scale.mutable_levels(2)->set_level(2);
  scale.mutable_levels(3)->set_words(scale.levels(4).words());
  const std::string faults = DetailsOf(SetScale(therapist_, goal, scale).status());
  EXPECT_THAT(faults, HasSubstr("scale.levels[1].level"));
  EXPECT_THAT(faults, HasSubstr("scale.levels[4].words"));
  EXPECT_THAT(faults, HasSubstr("level 0"));
  EXPECT_THAT(DetailsOf(Rate(mother_, goal, std::nullopt).status()), HasSubstr("rating.level"));
}

TEST_F(G3AttainmentTest, OwnersAndProfessionalsRateWhatIsActive) {
  const v1::Goal goal = MothersGoal();
  EXPECT_EQ(ReasonOf(Rate(father_, goal, std::nullopt, 5).status()), "NOT_AN_OWNER");
  EXPECT_EQ(ReasonOf(SetScale(father_, goal, Scale()).status()), "NOT_AN_OWNER");
  const auto recorded = Rate(therapist_, goal, std::nullopt, 5, mother_);
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  EXPECT_TRUE(recorded->rating().recorded_for_rater());
  EXPECT_EQ(ReasonOf(Rate(therapist_, goal, std::nullopt, 5, colleague_).status()), "NOT_ONESELF");
  const v1::Goal proposed = Proposed(mother_, GoalOf({mother_, father_}, v1::GOAL_SCOPE_DYAD));
  EXPECT_EQ(ReasonOf(Rate(mother_, proposed, std::nullopt, 5).status()), "GOAL_NOT_ACTIVE");
  End(goal, v1::GOAL_ENDING_REACHED);
  EXPECT_EQ(ReasonOf(Rate(mother_, goal, std::nullopt, 5).status()), "GOAL_NOT_ACTIVE");
  EXPECT_EQ(ReasonOf(SetScale(therapist_, goal, Scale()).status()), "GOAL_ENDED");
}

TEST_F(G3AttainmentTest, WhatOthersRateChangesNothingThatAMemberSees) {
  const v1::Goal goal = Proposed(mother_, GoalOf({mother_, father_}, v1::GOAL_SCOPE_DYAD));
  ASSERT_TRUE(SetStance(father_, goal, father_, v1::STANCE_KIND_ENDORSES).ok());
  ASSERT_TRUE(SetScale(therapist_, goal, Scale()).ok());
  ASSERT_TRUE(Rate(mother_, goal, 1, 7).ok());
  const std::string before =
      ProgressOf(mother_).SerializeAsString() + GetGoal(mother_, goal)->SerializeAsString();
  ASSERT_TRUE(Rate(father_, goal, -2, 0).ok());
  ASSERT_TRUE(Rate(therapist_, goal, 2, 10).ok());
  EXPECT_EQ(ProgressOf(mother_).SerializeAsString() + GetGoal(mother_, goal)->SerializeAsString(),
            before);
  EXPECT_THAT(ProgressOf(therapist_).attainment(), SizeIs(3));
}

TEST_F(G3AttainmentTest, WhenAGoalEndsAllianceIsToldHowFarItWasReached) {
  const auto ends = [&] {
    std::vector<internal::v1::EndedGoal> all;
    for (const auto& event : Told()) {
      internal::v1::WorkChanged body;
      EXPECT_TRUE(body.ParseFromString(event.body()));
      if (body.has_ended()) all.push_back(body.ended());
    }
    return all;
  };
  const v1::Goal goal = Proposed(mother_, GoalOf({mother_, father_}, v1::GOAL_SCOPE_DYAD));
  ASSERT_TRUE(SetStance(father_, goal, father_, v1::STANCE_KIND_ENDORSES).ok());
  ASSERT_TRUE(SetScale(therapist_, goal, Scale()).ok());
  ASSERT_TRUE(Rate(mother_, goal, -1, 2).ok());
  ASSERT_TRUE(Rate(mother_, goal, std::nullopt, 5).ok());
  ASSERT_TRUE(Rate(mother_, goal, 1, 8).ok());
  ASSERT_TRUE(Rate(father_, goal, std::nullopt, 4).ok());  // once: no change to tell of
  ASSERT_TRUE(Rate(therapist_, goal, 2, 10).ok());         // not one of the owners
  EXPECT_THAT(ends(), IsEmpty());
  End(goal, v1::GOAL_ENDING_REACHED);
  ASSERT_THAT(ends(), SizeIs(1));
  const internal::v1::EndedGoal end = ends().front();
  EXPECT_EQ(names_.Goal(family_, end.goal()), goal.name());
  ASSERT_THAT(end.views(), SizeIs(1));
  EXPECT_EQ(end.views(0).member(), mother_);
  EXPECT_EQ(end.views(0).first_outcome(), 2);
  EXPECT_EQ(end.views(0).newest_outcome(), 8);
  EXPECT_EQ(end.views(0).reliable_change(), 3);
  EXPECT_EQ(end.views(0).newest_level(), 1);

  const v1::Goal mistaken = MothersGoal(/*shared=*/false);
  ASSERT_TRUE(Rate(mother_, mistaken, std::nullopt, 2).ok());
  ASSERT_TRUE(Rate(mother_, mistaken, std::nullopt, 9).ok());
  End(mistaken, v1::GOAL_ENDING_MISTAKEN);
  EXPECT_THAT(ends(), SizeIs(1)) << "a mistake has no outcome";
  End(MothersGoal(/*shared=*/false), v1::GOAL_ENDING_DROPPED);
  EXPECT_THAT(ends(), SizeIs(1)) << "nobody rated it";
}

TEST_F(G3AttainmentTest, AScaleIsForOwnersAndProfessionals) {
  const v1::Goal goal = MothersGoal(/*shared=*/true);
  const std::string before = GetGoal(aunt_, goal)->SerializeAsString();
  ASSERT_TRUE(SetScale(mother_, goal, Scale()).ok());
  EXPECT_EQ(GetGoal(aunt_, goal)->SerializeAsString(), before);
  EXPECT_THAT(GetGoal(mother_, goal)->goal().attainment_scale().levels(), SizeIs(5));
  EXPECT_EQ(GetGoal(therapist_, goal)->goal().attainment_scale().set_by(), NameOf(mother_));
}

}  // namespace
}  // namespace rapport::goals
