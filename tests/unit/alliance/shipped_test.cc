// The keys of the shipped instruments, and what holds for every one of them.
#include "unit/alliance/builders.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

namespace rapport::alliance::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<v1::Instrument> AllShipped() {
  auto all = LoadShippedInstruments();
  EXPECT_TRUE(all.ok()) << all.status();
  return all.ok() ? *std::move(all) : std::vector<v1::Instrument>();
}

std::vector<v1::Instrument> Scorable() {
  std::vector<v1::Instrument> scorable;
  for (v1::Instrument& one : AllShipped()) {
    if (!one.key_from_licence()) scorable.push_back(std::move(one));
  }
  return scorable;
}

std::vector<int> Reversed(const v1::Instrument& instrument) {
  std::vector<int> numbers;
  for (const v1::Item& item : instrument.items()) {
    if (item.reverse()) numbers.push_back(item.number());
  }
  return numbers;
}

std::vector<int> ItemsOf(const v1::Instrument& instrument, std::string_view code) {
  const v1::ScoreDefinition* score = FindScore(instrument, code);
  EXPECT_NE(score, nullptr) << code;
  return score == nullptr ? std::vector<int>()
                          : std::vector<int>(score->items().begin(), score->items().end());
}

// domain.md 1.2.
TEST(Domain1_2, KeysOfTheWorkingAllianceInventory) {
  const v1::Instrument wai = Shipped("wai-36");
  EXPECT_THAT(ItemsOf(wai, "task"), ElementsAre(2, 4, 7, 11, 13, 15, 16, 18, 24, 31, 33, 35));
  EXPECT_THAT(ItemsOf(wai, "bond"), ElementsAre(1, 5, 8, 17, 19, 20, 21, 23, 26, 28, 29, 36));
  EXPECT_THAT(ItemsOf(wai, "goal"), ElementsAre(3, 6, 9, 10, 12, 14, 22, 25, 27, 30, 32, 34));
  EXPECT_THAT(Reversed(wai), ElementsAre(1, 3, 7, 9, 10, 11, 12, 15, 20, 27, 29, 31, 33, 34));
  EXPECT_THAT(Reversed(Shipped("wai-s")), ElementsAre(4, 10));
  EXPECT_THAT(Reversed(Shipped("wai-sr")), IsEmpty());
}

// domain.md 1.4: reliable change on the item-mean metric.
TEST(Domain1_4, DefaultThresholdsAreThoseOfTheSpecification) {
  const auto threshold = [](const char* code, const char* score) {
    const auto model = FindError(Shipped(code), score, 40);
    EXPECT_TRUE(model.has_value()) << code << " " << score;
    return model ? model->reliable_change() : 0;
  };
  EXPECT_NEAR(threshold("wai-sr", "total"), .67, .005);
  EXPECT_NEAR(threshold("wai-sr", "bond"), .97, .005);
  EXPECT_NEAR(threshold("wai-36", "total"), .66, .005);
  EXPECT_NEAR(threshold("wai-s", "total"), .66, .005);
  EXPECT_NEAR(threshold("srs", "total"), 5.8, .05);
  EXPECT_NEAR(threshold("softa-s", "total"), .60, .005);
  EXPECT_NEAR(threshold("softa-s", "safety"), 1.04, .005);
  EXPECT_NEAR(threshold("pulse-adult", "bond"), 1.93, .005);
}

// domain.md 2.3: alpha says what one session's error gives, retest takes true change for error too.
TEST(Domain2_3, BothReliableChangesAreKnownWhereBothReliabilitiesAre) {
  const auto srs = FindError(Shipped("srs"), "total", 40);
  ASSERT_TRUE(srs);
  EXPECT_NEAR(srs->reliable_change(), 5.8, .05);
  EXPECT_EQ(srs->basis, v1::CHANGE_BASIS_ALPHA);
  ASSERT_TRUE(srs->retest_reliable_change());
  EXPECT_NEAR(*srs->retest_reliable_change(), 10.0, .05);
  EXPECT_FALSE(FindError(Shipped("wai-sr"), "total", 40)->retest_reliable_change());
  EXPECT_FALSE(FindError(Shipped("gsrs"), "total", 40)) << "no deviation is published";
}

// domain.md 2.3: six points in later manuals, five in earlier ones.
TEST(Domain2_3, AReliableChangeThatWasPublishedCountsWhereTheDeviationWasNot) {
  const auto ors = FindError(Shipped("ors"), "total", 40);
  ASSERT_TRUE(ors);
  EXPECT_EQ(ors->reliable_change(), 6);
  EXPECT_EQ(ors->basis, v1::CHANGE_BASIS_PUBLISHED);
  EXPECT_NEAR(ors->standard_error(), 6 / (1.959964 * 1.414214), 1e-5);
  EXPECT_FALSE(ors->retest_reliable_change());
  EXPECT_TRUE(ors->provisional) << "nobody checked it";
}

// domain.md 12b.1: r = .60 for single items.
TEST(Domain12b_1, SingleLinesHaveAConvention) {
  for (const char* code : {"srs", "csrs", "gsrs"}) {
    for (const char* line : {"relationship", "goals", "approach", "overall"}) {
      const auto model = FindError(Shipped(code), line, 10);
      ASSERT_TRUE(model) << code << " " << line;
      EXPECT_NEAR(model->reliable_change(), 3.2, .05);
      EXPECT_EQ(model->basis, v1::CHANGE_BASIS_ASSUMED);
      EXPECT_TRUE(model->provisional);
    }
  }
}

// A score has an error, or says that none is known: nobody is to take silence for exactness.
TEST(Shipped, EveryScoreSaysWhatItsErrorRestsOn) {
  int known = 0, none = 0;
  for (const v1::Instrument& instrument : Scorable()) {
    Answers answers;
    for (const v1::Item& item : instrument.items()) {
      v1::Answer& answer = *answers.Add();
      answer.set_item(item.number());
      answer.set_steps(instrument.scale().max());
    }
    for (const auto asked : {v1::ASKED_PER_TARGET, v1::ASKED_ONCE}) {
      for (const v1::Score& score :
           ScorePart(instrument, asked, answers, {.rater_age_years = 40})) {
        if (!score.has_value()) continue;
        EXPECT_NE(score.change_basis(), v1::CHANGE_BASIS_UNSPECIFIED) << instrument.code();
        EXPECT_EQ(score.has_reliable_change(), score.change_basis() != v1::CHANGE_BASIS_NONE_KNOWN);
        EXPECT_EQ(score.has_standard_error(), score.has_reliable_change());
        ++(score.has_reliable_change() ? known : none);
      }
    }
  }
  EXPECT_GT(known, 50);
  EXPECT_GT(none, 5);
}

// domain.md 2.1.
TEST(Domain2_1, CutoffsDependOnFormAgeAndRater) {
  const auto low = [](const char* code, int age, double value) {
    const auto result = CheckCutoff(Shipped(code), "total", age, value);
    EXPECT_TRUE(result.has_value()) << code;
    EXPECT_TRUE(!result || !result->beyond || result->provisional) << "nobody checked it";
    return result && result->beyond;
  };
  EXPECT_TRUE(low("srs", 30, 35.9));
  EXPECT_FALSE(low("srs", 30, 36)) << "the cut-off itself is not below it";
  EXPECT_TRUE(low("csrs", 8, 35.9));
  EXPECT_TRUE(low("gsrs", 30, 35.9));
  EXPECT_TRUE(low("ors", 30, 24.9));
  EXPECT_FALSE(low("ors", 30, 25));
  EXPECT_TRUE(low("ors", 15, 27.9));
  EXPECT_TRUE(low("cors", 9, 31.9));
  EXPECT_FALSE(low("cors", 9, 32));
  EXPECT_TRUE(low("cors-caretaker", 40, 27.9));
  EXPECT_FALSE(low("cors-caretaker", 40, 28));
}

// domain.md 3.2: consensus of judges who all differ is the mean of the two nearest.
TEST(Domain3_2, ObserversRateInHalfPointsMembersAndFamilyApart) {
  const v1::Instrument softa = Shipped("softa-o");
  EXPECT_TRUE(OnScale(softa.scale(), 3)) << "1.5";
  Answers answers;
  AddAnswer(answers, 1, 3);
  AddAnswer(answers, 3, -6);
  const Scores member = ScorePart(softa, v1::ASKED_PER_TARGET, answers, {});
  EXPECT_EQ(ScoreOf(member, "engagement").value(), 1.5);
  EXPECT_EQ(ScoreOf(member, "safety").value(), -3);
  EXPECT_FALSE(ScoreOf(member, "emotional-connection").has_value());
  answers.Clear();
  AddAnswer(answers, 4, 6);
  const Scores family = ScorePart(softa, v1::ASKED_ONCE, answers, {});
  EXPECT_EQ(ScoreOf(family, "shared-purpose").value(), 3);
}

// domain.md 3.3.
TEST(Domain3_3, KeyOfTheSelfReport) {
  for (const char* code : {"softa-s", "softa-s-therapist"}) {
    EXPECT_THAT(Reversed(Shipped(code)), ElementsAre(5, 11, 12, 14, 15)) << code;
  }
}

// domain.md 4.1: two axes.
TEST(Domain4_1, TheIntegrativeScalesCrossContentsWithRelations) {
  for (const char* code : {"itas", "ctas", "ftas"}) {
    const v1::Instrument scale = Shipped(code);
    for (const auto content : {v1::CONTENT_TASK, v1::CONTENT_GOAL, v1::CONTENT_BOND}) {
      for (const auto relation : {v1::INTERPERSONAL_SELF, v1::INTERPERSONAL_OTHER,
                                  v1::INTERPERSONAL_GROUP, v1::INTERPERSONAL_WITHIN}) {
        EXPECT_NE(FindScore(scale, content, relation), nullptr) << code;
      }
    }
  }
}

// domain.md 5.
TEST(Domain5, TheRelationshipInventoryAllotsItemsByFour) {
  const v1::Instrument inventory = Shipped("blri-64");
  ASSERT_EQ(inventory.items_size(), 64);
  int remainder = 1;
  for (const char* scale : {"regard", "empathy", "unconditionality", "congruence"}) {
    const std::vector<int> items = ItemsOf(inventory, scale);
    EXPECT_EQ(items.size(), 16u) << scale;
    for (const int item : items) EXPECT_EQ(item % 4, remainder % 4) << scale;
    ++remainder;
    const ScoreRange range = RangeOf(inventory, *FindScore(inventory, scale));
    EXPECT_EQ(range.lowest, -48);
    EXPECT_EQ(range.highest, 48);
  }
  EXPECT_FALSE(OnScale(inventory.scale(), 0)) << "no zero";
}

// domain.md 12b.10.
TEST(Domain12b, ScoreFifteenIsAnOutcomeWhereLowerIsBetter) {
  const v1::Instrument score = Shipped("score-15");
  EXPECT_EQ(score.direction(), v1::DIRECTION_LOWER_BETTER);
  EXPECT_EQ(score.items_size(), 15);
  // Everything describes us very well: the five strengths at best, the ten difficulties at worst.
  const Scores scores =
      ScorePart(score, v1::ASKED_ONCE, AnswerInOrder(std::vector<int>(15, 1)), {});
  EXPECT_EQ(ScoreOf(scores, "strengths").sum(), 5);
  EXPECT_EQ(ScoreOf(scores, "difficulties").sum(), 25);
  EXPECT_EQ(ScoreOf(scores, "communication").sum(), 25);
  EXPECT_EQ(ScoreOf(scores, "total").sum(), 55);
}

TEST(StructureOnly, IsWhatTheSpecificationSaysComesFromTheLicencePacket) {
  std::set<std::string> codes;
  for (const v1::Instrument& one : AllShipped()) {
    if (one.key_from_licence()) codes.insert(one.code());
  }
  EXPECT_THAT(codes, ElementsAre("blri-64", "blri-mini", "ctas", "ftas", "itas"));
}

TEST(StructureOnly, IsNothingAnAgencyMayDefine) {
  v1::Instrument own = Shipped("itas");
  EXPECT_THAT(CheckInstrument(own), IsEmpty());
  const std::vector<Fault> faults = CheckOwnInstrument(own);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].path, "key_from_licence");
  own.set_key_from_licence(false);
  EXPECT_FALSE(CheckInstrument(own).empty()) << "without the mark the missing items are faults";
}

// domain.md 13.3, for each shipped instrument that has its key.
class Domain13_3 : public ::testing::Test {
 protected:
  static constexpr unsigned kSeed = 20'240'606;

  int AnyStep(const v1::Scale& scale) {
    for (;;) {
      const int step = std::uniform_int_distribution<int>(scale.min(), scale.max())(random_);
      if (OnScale(scale, step)) return step;
    }
  }
  Answers AnyAnswers(const v1::Instrument& instrument, v1::Asked asked, double share) {
    Answers answers;
    for (const v1::Item& item : instrument.items()) {
      if (item.asked() != asked || !std::bernoulli_distribution(share)(random_)) continue;
      AddAnswer(answers, item.number(), AnyStep(instrument.scale()));
    }
    return answers;
  }
  void ForEach(const std::function<void(const v1::Instrument&, v1::Asked)>& check) {
    SCOPED_TRACE(kSeed);
    for (const v1::Instrument& instrument : Scorable()) {
      SCOPED_TRACE(instrument.code());
      for (const v1::Asked asked : {v1::ASKED_PER_TARGET, v1::ASKED_ONCE}) {
        for (int i = 0; i < 50; ++i) check(instrument, asked);
      }
    }
  }
  std::mt19937 random_{kSeed};
};

TEST_F(Domain13_3, ScoresLieInTheirRange) {
  ForEach([&](const v1::Instrument& instrument, v1::Asked asked) {
    const Answers answers = AnyAnswers(instrument, asked, .9);
    for (const v1::Score& score : ScorePart(instrument, asked, answers, {40, true})) {
      if (!score.has_value()) continue;
      const ScoreRange range = RangeOf(instrument, *FindScore(instrument, score.code()));
      EXPECT_GE(score.value(), range.lowest - 1e-9) << score.code();
      EXPECT_LE(score.value(), range.highest + 1e-9) << score.code();
    }
  });
}

TEST_F(Domain13_3, TheOrderOfTheAnswersChangesNotOneBit) {
  ForEach([&](const v1::Instrument& instrument, v1::Asked asked) {
    Answers answers = AnyAnswers(instrument, asked, .9);
    const Scores before = ScorePart(instrument, asked, answers, {40, true});
    std::shuffle(answers.begin(), answers.end(), random_);
    const Scores after = ScorePart(instrument, asked, answers, {40, true});
    ASSERT_EQ(before.size(), after.size());
    for (int i = 0; i < before.size(); ++i) {
      EXPECT_EQ(before[i].SerializeAsString(), after[i].SerializeAsString());
    }
  });
}

TEST_F(Domain13_3, ReversalIsItsOwnInverse) {
  ForEach([&](const v1::Instrument& instrument, v1::Asked asked) {
    // Turning every key and every answer round leaves every score where it was.
    v1::Instrument turned = instrument;
    for (v1::Item& item : *turned.mutable_items()) item.set_reverse(!item.reverse());
    const Answers answers = AnyAnswers(instrument, asked, 1);
    Answers mirrored = answers;
    for (v1::Answer& answer : mirrored) {
      answer.set_steps(instrument.scale().min() + instrument.scale().max() - answer.steps());
    }
    const Scores one = ScorePart(instrument, asked, answers, {});
    const Scores other = ScorePart(turned, asked, mirrored, {});
    for (int i = 0; i < one.size(); ++i) EXPECT_EQ(one[i].value(), other[i].value());
  });
}

TEST_F(Domain13_3, WithoutProrationATotalIsTheSumOfItsScales) {
  ForEach([&](const v1::Instrument& instrument, v1::Asked asked) {
    const Scores scores =
        ScorePart(instrument, asked, AnyAnswers(instrument, asked, 1), {40, true});
    for (const v1::Score& score : scores) {
      const v1::ScoreDefinition* definition = FindScore(instrument, score.code());
      if (definition->components().empty()) continue;
      double sum = 0;
      for (const std::string& code : definition->components()) sum += ScoreOf(scores, code).sum();
      EXPECT_FALSE(score.prorated());
      EXPECT_NEAR(score.sum(), sum, 1e-9);
    }
  });
}

TEST_F(Domain13_3, UnknownItemsAreRefused) {
  ForEach([&](const v1::Instrument& instrument, v1::Asked asked) {
    Answers answers;
    AddAnswer(answers, 999, instrument.scale().max());
    const auto faults = CheckAnswers(instrument, asked, answers);
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults[0].kind, AnswerFault::Kind::kUnknownItem);
  });
}

// domain.md 12b.1: with shared items a fall in trust would show in every stage.
TEST(Domain12b, ScoresOfThePathwayShareNoItem) {
  for (const char* form : {"pulse-adult", "pulse-therapist"}) {
    const v1::Instrument pulse = Shipped(form);
    std::set<int> items;
    std::size_t count = 0;
    for (const char* stage : {"conditions", "trust", "willingness", "agreement"}) {
      const std::vector<int> own = ItemsOf(pulse, stage);
      items.insert(own.begin(), own.end());
      count += own.size();
    }
    EXPECT_EQ(items.size(), count) << form;
    EXPECT_EQ(count, 9u) << form;
  }
}

}  // namespace
}  // namespace rapport::alliance::testing
