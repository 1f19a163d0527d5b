// What is wrong with answers, and which part they belong to.
#include "alliance/scoring/answers.h"
#include "unit/alliance/builders.h"

#include <gmock/gmock.h>

namespace rapport::alliance::testing {
namespace {

using Kind = AnswerFault::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(CheckAnswers, EveryFaultIsListedWithItsItemAndNotOnlyTheFirst) {
  Answers answers;
  AddAnswer(answers, 1, 50);
  AddAnswer(answers, 77, 50);  // no such item
  AddAnswer(answers, 10, 50);  // asked once, not about a helper
  AddAnswer(answers, 1, 60);   // a second time
  AddAnswer(answers, 2, 101);  // off the scale
  AddAnswer(answers, 3, -1);   // off the scale
  EXPECT_THAT(
      CheckAnswers(Shipped("pulse-adult"), v1::ASKED_PER_TARGET, answers),
      ElementsAre(AnswerFault{1, 77, Kind::kUnknownItem}, AnswerFault{2, 10, Kind::kNotAskedHere},
                  AnswerFault{3, 1, Kind::kAnsweredTwice}, AnswerFault{4, 2, Kind::kOffScale},
                  AnswerFault{5, 3, Kind::kOffScale}));
}

TEST(CheckAnswers, TheEndsOfTheScaleAreAnswers) {
  Answers answers;
  AddAnswer(answers, 1, 0);
  AddAnswer(answers, 2, 100);
  EXPECT_THAT(CheckAnswers(Shipped("pulse-adult"), v1::ASKED_PER_TARGET, answers), IsEmpty());
}

TEST(CheckAnswers, AScaleWithoutAMiddleHasNoZero) {
  v1::Scale scale;
  scale.set_min(-3);
  scale.set_max(3);
  EXPECT_TRUE(OnScale(scale, 0));
  scale.set_no_zero(true);
  EXPECT_FALSE(OnScale(scale, 0));
  EXPECT_TRUE(OnScale(scale, -3));
  EXPECT_FALSE(OnScale(scale, 4));
}

TEST(PartAnswers, WhatIsAskedOnceGoesToTheSession) {
  Answers answers;
  AddAnswer(answers, 10, 50);
  AddAnswer(answers, 1, 40);
  AddAnswer(answers, 12, 30);
  AddAnswer(answers, 99, 20);
  const PartedAnswers parts = PartAnswers(Shipped("pulse-adult"), answers);
  ASSERT_EQ(parts.once.size(), 2);
  EXPECT_EQ(parts.once[0].item(), 10);
  EXPECT_EQ(parts.once[1].item(), 12);
  ASSERT_EQ(parts.per_target.size(), 2);
  EXPECT_EQ(parts.per_target[1].item(), 99);
}

}  // namespace
}  // namespace rapport::alliance::testing
