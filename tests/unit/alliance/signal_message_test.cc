// What a signal says: numbers, words, level and the next step, and never a probability.
#include "alliance/signals/signal_message.h"

#include "alliance/signals/codes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::alliance {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

SingleTest Fired(std::string_view code, double value, double threshold,
                 v1::Content content = v1::CONTENT_UNSPECIFIED) {
  return {code, content, v1::TEST_OUTCOME_FIRED, value, threshold};
}

SessionFacts Session(v1::Content content, double value) {
  SessionFacts session;
  session.number = 6;
  session.observations.push_back({.rater = "member",
                                  .target = "helper",
                                  .content = content,
                                  .value = value,
                                  .lowest = 0,
                                  .highest = 10,
                                  .instrument = "form"});
  return session;
}

Assessment Of(v1::SignalKind kind, v1::Content content = v1::CONTENT_UNSPECIFIED) {
  Assessment one{.kind = kind, .member = "member", .content = content};
  one.posterior = 0.4321;
  one.evidence = v1::EVIDENCE_MODERATE;
  one.open = true;
  if (kind == v1::SIGNAL_KIND_RUPTURE) one.target = "helper";
  return one;
}

v1::Signal Say(const Assessment& one, const SessionFacts& session = {}) {
  return SignalOf(one, session, WhoIsLow::kAnyone, 0);
}

TEST(SignalMessage, ARuptureNamesThePartWithItsNumbers) {
  Assessment rupture = Of(v1::SIGNAL_KIND_RUPTURE, v1::CONTENT_BOND);
  rupture.tests = {Fired(codes::kFromLast, 4.5, 3.2, v1::CONTENT_BOND),
                   Fired(codes::kFromMean, 4.0, 1.8, v1::CONTENT_BOND)};
  const v1::Signal signal = Say(rupture, Session(v1::CONTENT_BOND, 4));
  EXPECT_EQ(
      signal.summary(),
      "Trust in this helper is down to 4.0 (0.0 to 10.0), after 8.5 the time before and 8.0 on "
      "average before.");
  EXPECT_EQ(signal.tests_size(), 2);
  EXPECT_EQ(signal.content(), v1::CONTENT_BOND);
}

TEST(SignalMessage, ARuptureSeenWhenItIsAlreadyComingBackDoesNotSayDown) {
  Assessment rupture = Of(v1::SIGNAL_KIND_RUPTURE, v1::CONTENT_BOND);
  rupture.tests = {{codes::kFromLast, v1::CONTENT_BOND, v1::TEST_OUTCOME_PASSED, -1.5, 3.2},
                   {codes::kFromMean, v1::CONTENT_BOND, v1::TEST_OUTCOME_PASSED, .1, 1.8}};
  EXPECT_EQ(
      Say(rupture, Session(v1::CONTENT_BOND, 5.5)).summary(),
      "Trust in this helper was down to 4.0 (0.0 to 10.0) the time before, and is at 5.5 now; "
      "5.6 on average before.");
}

TEST(SignalMessage, AFallOfTheWholeNamesThePartThatFellFurthest) {
  Assessment rupture = Of(v1::SIGNAL_KIND_RUPTURE, v1::CONTENT_ALLIANCE);
  rupture.tests = {Fired(codes::kFromMean, 2, 1.8, v1::CONTENT_TASK),
                   Fired(codes::kFromMean, 5, 1.8, v1::CONTENT_GOAL)};
  SessionFacts session = Session(v1::CONTENT_TASK, 6);
  session.observations.push_back(Session(v1::CONTENT_GOAL, 3).observations[0]);
  EXPECT_THAT(Say(rupture, session).summary(), HasSubstr("most of all where to go to 3.0"));
}

TEST(SignalMessage, WithoutARatingInTheSessionARuptureStillSaysWhatItIs) {
  const v1::Signal signal = Say(Of(v1::SIGNAL_KIND_RUPTURE, v1::CONTENT_TASK));
  EXPECT_THAT(signal.summary(), HasSubstr("fell below what this member says as a rule"));
}

TEST(SignalMessage, IsolationTellsAtMostThreeReasonsTriggersFirst) {
  Assessment isolation = Of(v1::SIGNAL_KIND_ISOLATION);
  isolation.tests = {Fired(codes::kAbsent, 3, 3)};
  SessionFacts session;
  session.members.push_back({.member = "member", .presence = Presence::kAbsent});
  session.work.push_back({.member = "member", .homework_agreed = false});
  EXPECT_EQ(Say(isolation, session).summary(),
            "This member may be losing their place: absent without a plan from 3 of the latest "
            "family sessions; no part in recent homework.");
}

TEST(SignalMessage, ATriggerStrongEvidenceOrALowAnswerToSafetyIsAnAlert) {
  Assessment isolation = Of(v1::SIGNAL_KIND_ISOLATION);
  EXPECT_EQ(Say(isolation).level(), v1::SIGNAL_LEVEL_WATCH);
  isolation.tests = {Fired(codes::kNoRating, 3, 3)};
  EXPECT_EQ(Say(isolation).level(), v1::SIGNAL_LEVEL_ALERT);
  Assessment rupture = Of(v1::SIGNAL_KIND_RUPTURE, v1::CONTENT_TASK);
  rupture.tests = {Fired(codes::kVendor, 3, .25, v1::CONTENT_TASK)};
  EXPECT_EQ(Say(rupture).level(), v1::SIGNAL_LEVEL_WATCH);
  rupture.evidence = v1::EVIDENCE_STRONG;
  EXPECT_EQ(Say(rupture).level(), v1::SIGNAL_LEVEL_ALERT);
  Assessment unsafe = Of(v1::SIGNAL_KIND_UNSAFE);
  unsafe.tests = {Fired(codes::kSafetyDrop, 5, 4.5)};
  EXPECT_EQ(Say(unsafe).level(), v1::SIGNAL_LEVEL_WATCH) << "one in a hundred quiet answers";
  unsafe.tests.push_back(Fired(codes::kSafetyLow, .2, .3));
  EXPECT_EQ(Say(unsafe).level(), v1::SIGNAL_LEVEL_ALERT);
}

TEST(SignalMessage, EveryKindHasWordsAndANextStepAndNoProbability) {
  for (const auto kind :
       {v1::SIGNAL_KIND_ISOLATION, v1::SIGNAL_KIND_RUPTURE, v1::SIGNAL_KIND_SPLIT,
        v1::SIGNAL_KIND_UNSAFE, v1::SIGNAL_KIND_CEILING, v1::SIGNAL_KIND_HELPER_SPLIT}) {
    const v1::Signal signal = Say(Of(kind));
    EXPECT_FALSE(signal.summary().empty()) << kind;
    EXPECT_FALSE(signal.next_step().empty()) << kind;
    EXPECT_THAT(signal.DebugString(), Not(HasSubstr("4321"))) << kind;
    EXPECT_THAT(signal.summary(), Not(HasSubstr("evere"))) << kind;
  }
}

TEST(SignalMessage, WhatIsOpenOnAnyEvidenceIsToldAndWeakEvidenceToBeWatched) {
  Assessment rupture = Of(v1::SIGNAL_KIND_RUPTURE);
  rupture.evidence = v1::EVIDENCE_WEAK;
  EXPECT_TRUE(Speaks(rupture));
  EXPECT_EQ(Say(rupture).level(), v1::SIGNAL_LEVEL_WATCH);
  rupture.evidence = v1::EVIDENCE_UNSPECIFIED;
  EXPECT_FALSE(Speaks(rupture));
  rupture.evidence = v1::EVIDENCE_STRONG;
  rupture.open = false;
  EXPECT_FALSE(Speaks(rupture));
}

}  // namespace
}  // namespace rapport::alliance
