// Scoring: golden vectors of the instruments, missing answers, and what holds for any answers.
#include "unit/alliance/builders.h"

#include <algorithm>
#include <random>

namespace rapport::alliance::testing {
namespace {

constexpr v1::Asked kTarget = v1::ASKED_PER_TARGET;

std::vector<int> Range(int first, int last, int step) {
  std::vector<int> numbers;
  for (int number = first; number <= last; number += step) numbers.push_back(number);
  return numbers;
}

TEST(GoldenScores, WaiShortRevised) {
  const Scores scores = ScorePart(Shipped("wai-sr"), kTarget,
                                  AnswerInOrder({4, 5, 5, 3, 4, 4, 5, 4, 3, 4, 4, 5}), {});
  EXPECT_EQ(ScoreOf(scores, "task").value(), 4.5);
  EXPECT_EQ(ScoreOf(scores, "task").sum(), 18);
  EXPECT_EQ(ScoreOf(scores, "goal").value(), 3.75);
  EXPECT_EQ(ScoreOf(scores, "goal").sum(), 15);
  EXPECT_EQ(ScoreOf(scores, "bond").value(), 4.25);
  EXPECT_EQ(ScoreOf(scores, "bond").sum(), 17);
  EXPECT_NEAR(ScoreOf(scores, "total").value(), 4.167, .0005);
  EXPECT_EQ(ScoreOf(scores, "total").sum(), 50);
}

TEST(GoldenScores, WaiShortWithReversedItems) {
  const Scores scores =
      ScorePart(Shipped("wai-s"), kTarget, AnswerInOrder({6, 6, 7, 2, 6, 6, 7, 6, 7, 1, 6, 5}), {});
  EXPECT_EQ(ScoreOf(scores, "task").sum(), 23);
  EXPECT_EQ(ScoreOf(scores, "bond").sum(), 27);
  EXPECT_EQ(ScoreOf(scores, "goal").sum(), 25);
  EXPECT_EQ(ScoreOf(scores, "total").sum(), 75);
}

TEST(GoldenScores, Wai36) {
  for (const char* code : {"wai-36", "wai-36-therapist"}) {
    const v1::Instrument instrument = Shipped(code);
    const Scores top = ScorePart(instrument, kTarget, AnswerInOrder(std::vector<int>(36, 7)), {});
    EXPECT_EQ(ScoreOf(top, "task").sum(), 54);
    EXPECT_EQ(ScoreOf(top, "bond").sum(), 66);
    EXPECT_EQ(ScoreOf(top, "goal").sum(), 48);
    EXPECT_EQ(ScoreOf(top, "total").sum(), 168);
    const Scores mid = ScorePart(instrument, kTarget, AnswerInOrder(std::vector<int>(36, 4)), {});
    for (const char* part : {"task", "bond", "goal"}) EXPECT_EQ(ScoreOf(mid, part).sum(), 48);
  }
}

TEST(GoldenScores, SoftaSelfReport) {
  const std::vector<int> answers = {4, 5, 4, 4, 2, 5, 4, 4, 4, 3, 2, 2, 4, 1, 2, 4};
  for (const auto& [code, asked] :
       {std::pair("softa-s", kTarget), std::pair("softa-s-therapist", v1::ASKED_ONCE)}) {
    const Scores scores = ScorePart(Shipped(code), asked, AnswerInOrder(answers), {});
    EXPECT_EQ(ScoreOf(scores, "engagement").sum(), 16);
    EXPECT_EQ(ScoreOf(scores, "emotional-connection").sum(), 18);
    EXPECT_EQ(ScoreOf(scores, "safety").sum(), 16);
    EXPECT_EQ(ScoreOf(scores, "shared-purpose").sum(), 16);
    EXPECT_EQ(ScoreOf(scores, "total").sum(), 66);
    EXPECT_EQ(ScoreOf(scores, "total").value(), 66. / 16);
  }
}

TEST(GoldenScores, RelationshipInventoryIsBipolarAboutZero) {
  // 64 items, every fourth to one scale, half of each keyed the other way; -48 to 48 a scale.
  std::vector<int> reversed;
  for (int number = 33; number <= 64; ++number) reversed.push_back(number);
  v1::Instrument instrument = MakeInstrument(64, -3, 3, reversed,
                                             {{"regard", Range(1, 64, 4)},
                                              {"empathy", Range(2, 64, 4)},
                                              {"unconditionality", Range(3, 64, 4)},
                                              {"congruence", Range(4, 64, 4)}},
                                             v1::SCORE_METHOD_BIPOLAR);
  instrument.mutable_scale()->set_no_zero(true);
  std::vector<int> warmest;
  for (int number = 1; number <= 64; ++number) warmest.push_back(number > 32 ? -3 : 3);
  const Scores best = ScorePart(instrument, kTarget, AnswerInOrder(warmest), {});
  const Scores agreeing =
      ScorePart(instrument, kTarget, AnswerInOrder(std::vector<int>(64, 3)), {});
  for (const char* code : {"regard", "empathy", "unconditionality", "congruence"}) {
    EXPECT_EQ(ScoreOf(best, code).value(), 48) << code;
    EXPECT_EQ(ScoreOf(agreeing, code).value(), 0) << code;
  }
  const ScoreRange range = RangeOf(instrument, *FindScore(instrument, "regard"));
  EXPECT_EQ(range.lowest, -48);
  EXPECT_EQ(range.highest, 48);
}

TEST(GoldenScores, SessionRatingScaleNeedsAllFourLines) {
  const v1::Instrument instrument = Shipped("srs");
  const ScoringContext adult{.rater_age_years = 40};
  const Scores low = ScorePart(instrument, kTarget, AnswerInOrder({90, 89, 90, 90}), adult);
  EXPECT_EQ(ScoreOf(low, "total").value(), 35.9);
  EXPECT_TRUE(ScoreOf(low, "total").beyond_cutoff());
  EXPECT_TRUE(ScoreOf(low, "total").provisional());
  EXPECT_NEAR(ScoreOf(low, "total").reliable_change(), 5.76, .005);
  EXPECT_EQ(ScoreOf(low, "total").change_basis(), v1::CHANGE_BASIS_ALPHA);
  EXPECT_NEAR(ScoreOf(low, "total").retest_reliable_change(), 9.98, .005);
  const Scores on_it = ScorePart(instrument, kTarget, AnswerInOrder({90, 90, 90, 90}), adult);
  EXPECT_EQ(ScoreOf(on_it, "total").value(), 36);
  EXPECT_FALSE(ScoreOf(on_it, "total").beyond_cutoff());
  const Scores three = ScorePart(instrument, kTarget, AnswerInOrder({90, 90, 90}), adult);
  EXPECT_FALSE(ScoreOf(three, "total").has_value());
  EXPECT_EQ(ScoreOf(three, "total").answered_items(), 3);
  EXPECT_EQ(ScoreOf(three, "total").items(), 4);
}

TEST(GoldenScores, OutcomeCutoffDependsOnTheRatersAge) {
  const v1::Instrument instrument = Shipped("ors");
  const Answers answers = AnswerInOrder({65, 65, 65, 65});  // 26 in all
  const auto beyond = [&](int age) {
    return ScoreOf(ScorePart(instrument, v1::ASKED_ONCE, answers, {.rater_age_years = age}),
                   "total")
        .beyond_cutoff();
  };
  EXPECT_FALSE(beyond(40));
  EXPECT_TRUE(beyond(15));
  EXPECT_FALSE(beyond(kAgeUnknown));
}

TEST(Pulse, ConstructsAreMeansOfTheirItems) {
  const v1::Instrument pulse = Shipped("pulse-adult");
  const Scores scores =
      ScorePart(pulse, kTarget, AnswerInOrder({81, 72, 30, 60, 70, 80, 90, 100, 40}), {});
  EXPECT_EQ(ScoreOf(scores, "goal").value(), 8.1);
  EXPECT_EQ(ScoreOf(scores, "task").value(), 7.2);
  EXPECT_EQ(ScoreOf(scores, "bond").value(), 8);
  EXPECT_EQ(ScoreOf(scores, "conditions").value(), 8.5);
  EXPECT_EQ(ScoreOf(scores, "trust").value(), 6);
  EXPECT_EQ(FindScored(scores, "room"), nullptr);  // asked once, about the session
}

TEST(Pulse, SessionItemsAreAPartOfTheirOwn) {
  Answers answers;
  AddAnswer(answers, 10, 25);
  AddAnswer(answers, 11, 50);
  const Scores scores = ScorePart(Shipped("pulse-adult"), v1::ASKED_ONCE, answers, {});
  EXPECT_EQ(scores.size(), 3);
  EXPECT_EQ(ScoreOf(scores, "room").value(), 2.5);
  EXPECT_EQ(ScoreOf(scores, "purpose").value(), 5);
  EXPECT_FALSE(ScoreOf(scores, "others").has_value());
}

TEST(Pulse, WillingnessTakesHomeworkInOnlyWhenItWasAgreed) {
  const v1::Instrument pulse = Shipped("pulse-adult");
  Answers both;
  AddAnswer(both, 9, 40);
  AddAnswer(both, 3, 80);
  EXPECT_EQ(
      ScoreOf(ScorePart(pulse, kTarget, both, {.homework_agreed = true}), "willingness").value(),
      6);
  EXPECT_EQ(ScoreOf(ScorePart(pulse, kTarget, both, {}), "willingness").value(), 4);
  Answers talk;
  AddAnswer(talk, 9, 40);
  EXPECT_EQ(ScoreOf(ScorePart(pulse, kTarget, talk, {}), "willingness").value(), 4);
  EXPECT_FALSE(ScoreOf(ScorePart(pulse, kTarget, talk, {.homework_agreed = true}), "willingness")
                   .has_value());
}

TEST(Pulse, ErrorsRestOnAConventionAndSaySo) {
  const Scores scores = ScorePart(Shipped("pulse-adult"), kTarget,
                                  AnswerInOrder({80, 70, 0, 60, 70, 80, 90, 100}), {});
  const v1::Score goal = ScoreOf(scores, "goal");
  EXPECT_EQ(goal.change_basis(), v1::CHANGE_BASIS_ASSUMED);
  EXPECT_TRUE(goal.provisional());
  EXPECT_NEAR(goal.reliable_change(), 3.2, .05);
  EXPECT_NEAR(ScoreOf(scores, "bond").reliable_change(), 1.93, .005);
}

TEST(Pulse, FacesOfTheChildFormAreWorthTwoAndAHalf) {
  Answers answers;
  AddAnswer(answers, 1, 3);
  AddAnswer(answers, 4, 4);
  const Scores scores = ScorePart(Shipped("pulse-child"), kTarget, answers, {.rater_age_years = 8});
  EXPECT_EQ(ScoreOf(scores, "goal").value(), 7.5);
  EXPECT_EQ(ScoreOf(scores, "bond").value(), 10);
  EXPECT_FALSE(ScoreOf(scores, "task").has_value());
}

TEST(Missing, AScoreIsProratedFromThreeQuartersOfItsItemsOn) {
  const v1::Instrument instrument = Shipped("wai-sr");
  Answers answers = AnswerInOrder({4, 5, 5, 3, 4, 4, 5, 4, 3, 4, 4});  // item 12 (task) is missing
  Scores scores = ScorePart(instrument, kTarget, answers, {});
  const v1::Score task = ScoreOf(scores, "task");
  EXPECT_NEAR(task.value(), 13.0 / 3, 1e-15);
  EXPECT_NEAR(task.sum(), 4 * 13.0 / 3, 1e-14);
  EXPECT_TRUE(task.prorated());
  EXPECT_FALSE(ScoreOf(scores, "goal").prorated());
  EXPECT_TRUE(ScoreOf(scores, "total").prorated());
  EXPECT_EQ(ScoreOf(scores, "total").answered_items(), 11);

  answers.erase(answers.begin());  // item 1 (task) too
  scores = ScorePart(instrument, kTarget, answers, {});
  EXPECT_FALSE(ScoreOf(scores, "task").has_value());
  EXPECT_FALSE(ScoreOf(scores, "task").has_standard_error());
  EXPECT_EQ(ScoreOf(scores, "task").answered_items(), 2);
  EXPECT_FALSE(ScoreOf(scores, "total").has_value());
  EXPECT_TRUE(ScoreOf(scores, "goal").has_value());
}

TEST(Missing, NoAnswersGiveNoScore) {
  for (const v1::Score& score : ScorePart(Shipped("wai-sr"), kTarget, {}, {})) {
    EXPECT_FALSE(score.has_value());
    EXPECT_FALSE(score.has_sum());
    EXPECT_EQ(score.answered_items(), 0);
  }
}

TEST(Missing, WhatAnswersCheckRefusesCountsAsMissing) {
  Answers answers = AnswerInOrder({4, 5, 5, 3, 4, 4, 5, 4, 3, 4, 4, 9});
  AddAnswer(answers, 99, 5);
  const Scores scores = ScorePart(Shipped("wai-sr"), kTarget, answers, {});
  EXPECT_EQ(ScoreOf(scores, "task").answered_items(), 3);
}

// Random but valid answers to some of the items.
Answers RandomAnswers(const v1::Instrument& instrument, std::mt19937& random) {
  std::uniform_int_distribution<int> steps(instrument.scale().min(), instrument.scale().max());
  std::bernoulli_distribution answered(.85);
  Answers answers;
  for (const v1::Item& item : instrument.items()) {
    if (answered(random)) AddAnswer(answers, item.number(), steps(random));
  }
  return answers;
}

class AnyAnswers : public ::testing::TestWithParam<const char*> {};

TEST_P(AnyAnswers, ScoresStayInRangeWhateverTheOrderAndAddUp) {
  const v1::Instrument instrument = Shipped(GetParam());
  constexpr unsigned kSeed = 7'301;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  for (int round = 0; round < 300; ++round) {
    Answers answers = RandomAnswers(instrument, random);
    for (const v1::Asked asked : {v1::ASKED_PER_TARGET, v1::ASKED_ONCE}) {
      const ScoringContext context{.rater_age_years = 30, .homework_agreed = round % 2 == 0};
      const Scores scores = ScorePart(instrument, asked, answers, context);
      for (const v1::Score& score : scores) {
        EXPECT_LE(score.answered_items(), score.items());
        if (!score.has_value()) continue;
        const ScoreRange range = RangeOf(instrument, *FindScore(instrument, score.code()));
        EXPECT_GE(score.value(), range.lowest) << score.code();
        EXPECT_LE(score.value(), range.highest) << score.code();
      }
      std::shuffle(answers.begin(), answers.end(), random);
      const Scores shuffled = ScorePart(instrument, asked, answers, context);
      ASSERT_EQ(scores.size(), shuffled.size());
      for (int i = 0; i < scores.size(); ++i) {
        EXPECT_EQ(scores[i].SerializeAsString(), shuffled[i].SerializeAsString());
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, AnyAnswers,
                         ::testing::Values("wai-sr", "wai-s", "srs", "ors", "pulse-adult",
                                           "pulse-child", "pulse-therapist"));

TEST(AnyAnswers, ReversalIsItsOwnInverse) {
  v1::Instrument instrument =
      MakeInstrument(4, 1, 7, {}, {{"one", {1}}, {"all", {1, 2, 3, 4}}}, v1::SCORE_METHOD_SUM);
  v1::Instrument reversed = instrument;
  for (v1::Item& item : *reversed.mutable_items()) item.set_reverse(true);
  for (int steps = 1; steps <= 7; ++steps) {
    const Answers answers = AnswerInOrder({steps, 2, 3, 4});
    const Answers mirrored = AnswerInOrder({8 - steps, 6, 5, 4});
    EXPECT_EQ(ScoreOf(ScorePart(instrument, kTarget, answers, {}), "all").value(),
              ScoreOf(ScorePart(reversed, kTarget, mirrored, {}), "all").value());
    EXPECT_EQ(ScoreOf(ScorePart(reversed, kTarget, answers, {}), "one").value(), 8 - steps);
  }
}

TEST(AnyAnswers, WithoutProrationTheTotalIsTheSumOfItsParts) {
  const v1::Instrument instrument =
      MakeInstrument(6, 0, 9, {2}, {{"a", {1, 2, 3}}, {"b", {4, 5, 6}}}, v1::SCORE_METHOD_SUM);
  constexpr unsigned kSeed = 911;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  std::uniform_int_distribution<int> steps(0, 9);
  for (int round = 0; round < 200; ++round) {
    std::vector<int> given(6);
    for (int& step : given) step = steps(random);
    const Scores scores = ScorePart(instrument, kTarget, AnswerInOrder(given), {});
    EXPECT_EQ(ScoreOf(scores, "total").value(),
              ScoreOf(scores, "a").value() + ScoreOf(scores, "b").value());
    EXPECT_FALSE(ScoreOf(scores, "total").prorated());
  }
}

}  // namespace
}  // namespace rapport::alliance::testing
