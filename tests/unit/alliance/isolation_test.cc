// Isolation: components, index, triggers, suppression, words.
#include "alliance/signals/isolation.h"

#include "alliance/signals/codes.h"
#include "alliance/signals/isolation_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace rapport::alliance {
namespace {

using ::testing::DoubleNear;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using Result = Finding::Result;

constexpr v1::TestOutcome kFired = v1::TEST_OUTCOME_FIRED;
constexpr v1::TestOutcome kPassed = v1::TEST_OUTCOME_PASSED;
constexpr v1::TestOutcome kUnknown = v1::TEST_OUTCOME_NOT_EVALUABLE;
constexpr std::int64_t kWeekUs = 7LL * 24 * 3600 * 1'000'000;

ScorePoint Point(double value, const std::string& instrument = "instruments/pulse-adult.1") {
  return {.instrument = instrument, .value = value, .lowest = 0, .highest = 10, .sd = 1.8};
}

MemberSession Attended(double bond, double room) {
  return {.presence = SessionPresence::kPresent,
          .rating = SessionRating::kGiven,
          .has_participation = true,
          .room = Point(room),
          .bonds = {{.helper = "h", .bond = Point(bond)}}};
}

MemberSession Away(SessionPresence presence) {
  return {.presence = presence, .rating = SessionRating::kNotAsked};
}

// Three members who attend, rate, have room and work on goals; the tests are about member 0.
FamilyFacts Content(int sessions) {
  FamilyFacts family;
  for (int i = 0; i < sessions; ++i) {
    family.sessions.push_back(
        {.started_us = (i + 1) * kWeekUs, .whole_family = true, .note_signed = true});
  }
  for (const char* name : {"m0", "m1", "m2"}) {
    MemberFacts member{.member = name, .expected = true};
    member.work = MemberWork{.has_goal = true, .homework_agreed_us = sessions * kWeekUs};
    for (int i = 0; i < sessions; ++i) member.sessions.push_back(Attended(8, 8));
    family.members.push_back(member);
  }
  return family;
}

v1::SignalTest Named(const v1::Signal& signal, std::string_view code) {
  for (const v1::SignalTest& test : signal.tests()) {
    if (test.code() == code) return test;
  }
  ADD_FAILURE() << "no test " << code;
  return {};
}

v1::TestOutcome OutcomeOf(const FamilyFacts& family, std::string_view code) {
  return Named(EvaluateIsolation(family, 0).signal, code).outcome();
}

TEST(IsolationIndex, IsZeroForAMemberWhoIsHeld) {
  const IsolationIndex index = IndexOf(Content(5), 0);
  EXPECT_THAT(index.bond, Optional(0.0));
  EXPECT_THAT(index.voice, Optional(DoubleNear(.2, 1e-12)));
  EXPECT_THAT(index.presence, Optional(0.0));
  EXPECT_THAT(index.work, Optional(0.0));
  EXPECT_THAT(index.silence, Optional(0.0));
  EXPECT_THAT(index.note, Optional(0.0));
  EXPECT_EQ(index.weight_percent, 100);
  EXPECT_THAT(index.index, Optional(DoubleNear(.05, 1e-12)));
  EXPECT_EQ(EvaluateIsolation(Content(5), 0).result, Result::kNothing);
}

TEST(IsolationIndex, IsTheWeightedMeanOfItsComponents) {
  FamilyFacts family = Content(4);
  MemberFacts& member = family.members[0];
  member.sessions[3] = Attended(6.2, 4);                // a = 1.8 / 1.8 / 2 = .5, v = .6
  member.sessions[2] = Away(SessionPresence::kAbsent);  // p = .25, n = 1/3 of the last 3
  member.sessions[1].rating = SessionRating::kMissing;  // d = 1/3 of three attended
  member.sessions[1].bonds.clear();
  member.sessions[1].room.reset();
  member.work = MemberWork{.has_goal = true};  // w = .5
  const IsolationIndex index = IndexOf(family, 0);
  EXPECT_THAT(index.bond, Optional(DoubleNear(.5, 1e-12)));
  EXPECT_THAT(index.voice, Optional(DoubleNear(.6, 1e-12)));
  EXPECT_THAT(index.presence, Optional(DoubleNear(.25, 1e-12)));
  EXPECT_THAT(index.work, Optional(DoubleNear(.5, 1e-12)));
  EXPECT_THAT(index.silence, Optional(DoubleNear(1.0 / 3, 1e-12)));
  EXPECT_THAT(index.note, Optional(DoubleNear(1.0 / 3, 1e-12)));
  // .30*.5 + .25*.6 + .15*.25 + .15*.5 + .10/3 + .05/3 = .4625
  EXPECT_THAT(index.index, Optional(DoubleNear(.4625, 1e-12)));
  const Finding finding = EvaluateIsolation(family, 0);
  EXPECT_EQ(finding.result, Result::kRaised);
  EXPECT_EQ(finding.signal.level(), v1::SIGNAL_LEVEL_WATCH);
  EXPECT_EQ(finding.signal.evidence(), v1::EVIDENCE_WEAK);
}

TEST(IsolationIndex, WhatIsNotKnownDropsOutAndTheRestIsScaledUp) {
  FamilyFacts family = Content(4);
  family.members[0].sessions[3] = Attended(6.2, 4);
  for (MemberFacts& member : family.members) member.work.reset();
  for (HeldSession& session : family.sessions) session.note_signed = false;
  const IsolationIndex index = IndexOf(family, 0);
  EXPECT_EQ(index.work, std::nullopt);
  EXPECT_EQ(index.note, std::nullopt);
  EXPECT_EQ(index.weight_percent, 80);
  EXPECT_THAT(index.index, Optional(DoubleNear((.30 * .5 + .25 * .6) / .8, 1e-12)));
}

TEST(IsolationIndex, OneAbsenceInTheFirstSessionIsNotAnIndex) {
  FamilyFacts family = Content(1);
  for (MemberFacts& member : family.members) member.work.reset();
  family.members[0].sessions[0] = Away(SessionPresence::kAbsent);
  const IsolationIndex index = IndexOf(family, 0);
  EXPECT_LT(index.weight_percent, kLeastWeightPercent);
  EXPECT_EQ(index.index, std::nullopt);
  EXPECT_EQ(EvaluateIsolation(family, 0).result, Result::kNotEvaluable);
}

TEST(IsolationIndex, ComparesBondsOfTheSameFormOnly) {
  FamilyFacts family = Content(2);
  for (MemberSession& session : family.members[0].sessions) {
    session.bonds[0].bond = Point(2, "instruments/pulse-child.1");
  }
  EXPECT_EQ(IndexOf(family, 0).bond, std::nullopt);
  // One other child is enough to compare with.
  for (MemberSession& session : family.members[1].sessions) {
    session.bonds[0].bond = Point(5.6, "instruments/pulse-child.1");
  }
  EXPECT_THAT(IndexOf(family, 0).bond, Optional(DoubleNear(1, 1e-12)));
}

TEST(IsolationIndex, OneGoodBondIsEnough) {
  FamilyFacts family = Content(2);
  family.members[0].sessions[1].bonds = {{.helper = "h", .bond = Point(1)},
                                         {.helper = "k", .bond = Point(9)}};
  EXPECT_THAT(IndexOf(family, 0).bond, Optional(0.0));
}

TEST(IsolationIndex, WithoutTheSpreadBetweenRatersBondsDoNotCompare) {
  FamilyFacts family = Content(2);
  family.members[0].sessions[1].bonds[0].bond.sd.reset();
  EXPECT_EQ(IndexOf(family, 0).bond, std::nullopt);
}

TEST(IsolationIndex, InvitedElsewhereByPlanCountsAsAttended) {
  FamilyFacts family = Content(4);
  family.members[0].sessions[3] = Away(SessionPresence::kByPlan);
  EXPECT_THAT(IndexOf(family, 0).presence, Optional(0.0));
  EXPECT_THAT(IndexOf(family, 0).note, Optional(0.0));
  family.members[0].sessions[3] = Away(SessionPresence::kLeftOut);
  EXPECT_THAT(IndexOf(family, 0).presence, Optional(.25));
}

TEST(IsolationIndex, SessionsForAPartOfTheFamilyAreNoAbsence) {
  FamilyFacts family = Content(4);
  family.sessions[3].whole_family = false;
  family.members[0].sessions[3] = Away(SessionPresence::kLeftOut);
  EXPECT_THAT(IndexOf(family, 0).presence, Optional(0.0));
}

TEST(IsolationIndex, ARatingThatMayStillComeIsNoSilence) {
  FamilyFacts family = Content(2);
  family.members[0].sessions[1].rating = SessionRating::kStillDue;
  EXPECT_THAT(IndexOf(family, 0).silence, Optional(0.0));
  family.members[0].sessions[1].rating = SessionRating::kMissing;
  EXPECT_THAT(IndexOf(family, 0).silence, Optional(.5));
}

TEST(IsolationIndex, WorkThatNobodyHasBegunSaysNothingOfOne) {
  FamilyFacts family = Content(3);
  for (MemberFacts& member : family.members) member.work = MemberWork{};
  EXPECT_EQ(IndexOf(family, 0).work, std::nullopt);
  family.members[1].work->has_goal = true;
  EXPECT_THAT(IndexOf(family, 0).work, Optional(1.0));
}

TEST(IsolationIndex, HomeworkCountsForThreeSessions) {
  FamilyFacts family = Content(6);
  family.members[0].work->homework_agreed_us = family.sessions[3].started_us;
  EXPECT_THAT(IndexOf(family, 0).work, Optional(0.0));
  family.members[0].work->homework_agreed_us = family.sessions[3].started_us - 1;
  EXPECT_THAT(IndexOf(family, 0).work, Optional(.5));
}

TEST(IsolationIndex, IsBetweenZeroAndOneWhateverTheFacts) {
  constexpr unsigned kSeed = 5'150;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  for (int round = 0; round < 2'000; ++round) {
    FamilyFacts family = Content(pick(7));
    for (HeldSession& session : family.sessions) {
      session.whole_family = pick(3) > 0;
      session.note_signed = pick(3) > 0;
    }
    for (MemberFacts& member : family.members) {
      if (pick(2) == 0) member.work.reset();
      member.expected = pick(5) > 0;
      for (MemberSession& session : member.sessions) {
        session = Attended(pick(11), pick(11));
        session.presence = static_cast<SessionPresence>(pick(5));
        session.rating = static_cast<SessionRating>(pick(4));
        session.has_participation = pick(2) == 0;
        if (pick(3) == 0) session.bonds.clear();
        if (pick(3) == 0) session.room.reset();
      }
    }
    const IsolationIndex index = IndexOf(family, 0);
    for (const auto& part : {index.bond, index.voice, index.presence, index.work, index.silence,
                             index.note, index.index}) {
      if (!part) continue;
      EXPECT_GE(*part, 0);
      EXPECT_LE(*part, 1);
    }
    const Finding finding = EvaluateIsolation(family, 0);
    if (finding.result == Result::kRaised) {
      EXPECT_NE(finding.signal.summary(), "");
      EXPECT_NE(finding.signal.next_step(), "");
      EXPECT_NE(finding.signal.level(), v1::SIGNAL_LEVEL_UNSPECIFIED);
      EXPECT_NE(finding.signal.evidence(), v1::EVIDENCE_UNSPECIFIED);
    }
  }
}

TEST(IsolationTriggers, ABondFarBelowItsOwnBaselineWhileNobodyElseFell) {
  FamilyFacts family = Content(5);
  family.members[0].sessions[4].bonds[0].bond = Point(4);
  EXPECT_EQ(OutcomeOf(family, codes::kLowBond), kFired);
  family.members[1].sessions[4].bonds[0].bond = Point(4);
  EXPECT_EQ(OutcomeOf(family, codes::kLowBond), kPassed);
  family.members[0].sessions[4].bonds[0].bond = Point(7);
  EXPECT_EQ(OutcomeOf(family, codes::kLowBond), kPassed);
}

TEST(IsolationTriggers, BondsUnderASignalAreNoBaseline) {
  FamilyFacts family = Content(6);
  for (int i : {3, 4, 5}) family.members[0].sessions[i].bonds[0].bond = Point(4);
  EXPECT_EQ(OutcomeOf(family, codes::kLowBond), kPassed);
  for (int i : {3, 4}) family.members[0].sessions[i].bonds[0].under_signal = true;
  EXPECT_EQ(OutcomeOf(family, codes::kLowBond), kFired);
  family.members[0].sessions[2].bonds[0].under_signal = true;  // two are left: too few
  EXPECT_EQ(OutcomeOf(family, codes::kLowBond), kUnknown);
}

TEST(IsolationTriggers, ABondBeyondACutoffNeedsNoBaseline) {
  FamilyFacts family = Content(1);
  EXPECT_EQ(OutcomeOf(family, codes::kLowBond), kUnknown);
  family.members[0].sessions[0].bonds[0].bond.beyond_cutoff = true;
  EXPECT_EQ(OutcomeOf(family, codes::kLowBond), kFired);
}

TEST(IsolationTriggers, ThreeAttendedSessionsWithoutARating) {
  FamilyFacts family = Content(4);
  for (int i : {0, 1, 3}) {
    family.members[0].sessions[i].rating = SessionRating::kMissing;
    family.members[0].sessions[i].bonds.clear();
  }
  EXPECT_EQ(OutcomeOf(family, codes::kNoRating), kPassed);
  family.members[0].sessions[2] = Away(SessionPresence::kAbsent);  // not attended: skipped over
  EXPECT_EQ(OutcomeOf(family, codes::kNoRating), kFired);
  family.members[0].sessions[3].rating = SessionRating::kStillDue;
  EXPECT_EQ(OutcomeOf(family, codes::kNoRating), kUnknown);
}

TEST(IsolationTriggers, NoBondWithAnyoneByTheThirdSession) {
  FamilyFacts family = Content(3);
  for (MemberSession& session : family.members[0].sessions) {
    session = Away(SessionPresence::kAbsent);
  }
  EXPECT_EQ(OutcomeOf(family, codes::kNoAlliance), kFired);
  family.members[0].sessions[2].rating = SessionRating::kStillDue;
  EXPECT_EQ(OutcomeOf(family, codes::kNoAlliance), kUnknown);
  family.members[0].sessions[0] = Attended(5, 5);
  EXPECT_EQ(OutcomeOf(family, codes::kNoAlliance), kPassed);
}

TEST(IsolationTriggers, RoomOfThreeOrLessTwiceRunning) {
  FamilyFacts family = Content(3);
  family.members[0].sessions[2].room = Point(3);
  EXPECT_EQ(OutcomeOf(family, codes::kNoRoom), kPassed);
  family.members[0].sessions[1].room = Point(3);
  EXPECT_EQ(OutcomeOf(family, codes::kNoRoom), kFired);
  family.members[0].sessions[1].room = Point(3.1);
  EXPECT_EQ(OutcomeOf(family, codes::kNoRoom), kPassed);
}

TEST(IsolationTriggers, TakenOffTheRosterWithoutAReason) {
  FamilyFacts family = Content(3);
  family.members[0].expected = false;
  EXPECT_EQ(EvaluateIsolation(family, 0).result, Result::kNotExpected);
  family.members[0].removed_without_reason = true;
  const Finding finding = EvaluateIsolation(family, 0);
  EXPECT_EQ(finding.result, Result::kRaised);
  EXPECT_EQ(finding.signal.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(finding.signal.evidence(), v1::EVIDENCE_MODERATE);
}

TEST(IsolationTriggers, AbsentWithoutAPlanFromThreeOfTheLastFour) {
  FamilyFacts family = Content(5);
  for (int i : {1, 2, 4}) family.members[0].sessions[i] = Away(SessionPresence::kAbsent);
  EXPECT_EQ(OutcomeOf(family, codes::kAbsent), kFired);
  family.members[0].sessions[4] = Away(SessionPresence::kByPlan);
  EXPECT_EQ(OutcomeOf(family, codes::kAbsent), kPassed);
  family.members[0].sessions[4] = Away(SessionPresence::kLeftOut);  // was not invited
  EXPECT_EQ(OutcomeOf(family, codes::kAbsent), kPassed);
  EXPECT_EQ(OutcomeOf(Content(2), codes::kAbsent), kUnknown);
}

TEST(IsolationTriggers, LowBondBesideTheOthersAndLittleRoomTwiceRunning) {
  FamilyFacts family = Content(3);
  for (int i : {1, 2}) family.members[0].sessions[i] = Attended(5.3, 4);
  EXPECT_EQ(OutcomeOf(family, codes::kBondAndRoom), kFired);
  family.members[0].sessions[1] = Attended(5.4, 4);  // 1.44 SD
  EXPECT_EQ(OutcomeOf(family, codes::kBondAndRoom), kPassed);
  family.members[0].sessions[1] = Attended(5.3, 4.1);
  EXPECT_EQ(OutcomeOf(family, codes::kBondAndRoom), kPassed);
  for (int other : {1, 2}) family.members[other].sessions[1].bonds.clear();
  EXPECT_EQ(OutcomeOf(family, codes::kBondAndRoom), kUnknown);
}

TEST(Isolation, APlanOrAYoungAgeSuppressesEverythingWithoutSayingWhich) {
  FamilyFacts family = Content(5);
  family.members[0].sessions[4] = Attended(1, 0);
  family.members[0].separate_by_plan = true;
  const Finding planned = EvaluateIsolation(family, 0);
  family.members[0].separate_by_plan = false;
  family.members[0].no_form_for_age = true;
  const Finding young = EvaluateIsolation(family, 0);
  EXPECT_EQ(planned.result, Result::kSuppressed);
  EXPECT_EQ(planned.signal.tests_size(), 0);
  EXPECT_EQ(planned.signal.SerializeAsString(), young.signal.SerializeAsString());
}

TEST(Isolation, AMemberWhoIsNotDirectIsNotExpected) {
  FamilyFacts family = Content(5);
  family.members[0].expected = false;
  EXPECT_EQ(EvaluateIsolation(family, 0).result, Result::kNotExpected);
}

TEST(Isolation, OneBadSessionWithTriggerAndIndexIsAStrongAlertWithWordsAndNumbers) {
  FamilyFacts family = Content(6);
  family.members[0].sessions[5] = Attended(2, 1.5);
  family.members[0].sessions[5].bonds[0].bond.provisional = true;
  const Finding finding = EvaluateIsolation(family, 0);
  ASSERT_EQ(finding.result, Result::kRaised);
  const v1::Signal& signal = finding.signal;
  EXPECT_EQ(signal.kind(), v1::SIGNAL_KIND_ISOLATION);
  EXPECT_EQ(signal.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(signal.evidence(), v1::EVIDENCE_STRONG);
  EXPECT_EQ(signal.rule_version(), kRuleVersion);
  EXPECT_EQ(signal.instrument(), "instruments/pulse-adult.1");
  EXPECT_TRUE(signal.provisional());
  EXPECT_EQ(signal.tests_size(), 9);
  EXPECT_NEAR(Named(signal, codes::kIndex).value(), .30 + .25 * .85, 1e-12);
  EXPECT_EQ(Named(signal, codes::kIndex).threshold(), kIsolationAlert);
  EXPECT_EQ(signal.summary(),
            "This member may be losing their place: trust fell far below their own before, and "
            "nobody else's did; little room for them in the session.");
  EXPECT_THAT(signal.next_step(), HasSubstr("What would make room for you here?"));
  // The others stay as they were.
  EXPECT_EQ(EvaluateIsolation(family, 1).result, Result::kNothing);
  EXPECT_EQ(EvaluateIsolation(family, 2).result, Result::kNothing);
}

TEST(Isolation, TheNextStepFitsTheReason) {
  FamilyFacts family = Content(5);
  for (int i : {1, 2, 4}) family.members[0].sessions[i] = Away(SessionPresence::kAbsent);
  EXPECT_THAT(EvaluateIsolation(family, 0).signal.next_step(), HasSubstr("Call this member"));
  EXPECT_THAT(EvaluateIsolation(family, 0).signal.summary(),
              HasSubstr("absent without a plan from 3 of the last 4 family sessions"));

  family = Content(3);
  for (MemberSession& session : family.members[0].sessions) {
    session.rating = SessionRating::kMissing;
    session.bonds.clear();
    session.room.reset();
  }
  EXPECT_THAT(EvaluateIsolation(family, 0).signal.next_step(), HasSubstr("two minutes alone"));
  EXPECT_EQ(EvaluateIsolation(family, 0).signal.evidence(), v1::EVIDENCE_STRONG);
}

TEST(Isolation, NoSessionYetIsNotEvaluable) {
  EXPECT_EQ(EvaluateIsolation(Content(0), 0).result, Result::kNotEvaluable);
}

TEST(Isolation, IsTheSameWhateverTheOrderOfTheOthers) {
  FamilyFacts family = Content(6);
  family.members[0].sessions[5] = Attended(4, 3);
  family.members[1].sessions[5] = Attended(6, 7);
  FamilyFacts swapped = family;
  std::swap(swapped.members[1], swapped.members[2]);
  EXPECT_EQ(EvaluateIsolation(family, 0).signal.SerializeAsString(),
            EvaluateIsolation(swapped, 0).signal.SerializeAsString());
}

}  // namespace
}  // namespace rapport::alliance
