// The hard triggers of isolation (domain.md 8.7, 12b.4): facts that are reason enough to ask.
#include "alliance/signals/isolation_signs.h"

#include "alliance/signals/codes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::alliance {
namespace {

constexpr auto kFired = v1::TEST_OUTCOME_FIRED;
constexpr auto kPassed = v1::TEST_OUTCOME_PASSED;
constexpr auto kUnknown = v1::TEST_OUTCOME_NOT_EVALUABLE;

class IsolationSigns : public ::testing::Test {
 protected:
  MemberSeen Here(std::optional<double> bond = 0.0) const {
    MemberSeen seen;
    seen.presence.member = "child";
    seen.rated = bond.has_value();
    seen.bond = bond;
    seen.room_share = bond ? std::optional(0.8) : std::nullopt;
    seen.others = {0.0, 0.1};
    return seen;
  }
  MemberSeen Unrated() const {
    MemberSeen seen = Here(std::nullopt);
    seen.presence.asked_but_did_not_rate = true;
    return seen;
  }
  MemberSeen Away(Presence presence = Presence::kAbsent) const {
    MemberSeen seen = Here(std::nullopt);
    seen.presence.presence = presence;
    return seen;
  }
  MemberSeen Room(double share, double bond = 0) const {
    MemberSeen seen = Here(bond);
    seen.room_share = share;
    return seen;
  }
  v1::TestOutcome After(std::string_view code, const MemberSeen& seen) {
    for (const SingleTest& test : TestSigns(seen, state_)) {
      if (test.code == code) return test.outcome;
    }
    ADD_FAILURE() << code << " was not run";
    return v1::TEST_OUTCOME_UNSPECIFIED;
  }
  MemberState state_;
};

TEST_F(IsolationSigns, ThreeAttendedSessionsWithoutARating) {
  EXPECT_EQ(After(codes::kNoRating, Unrated()), kPassed);
  EXPECT_EQ(After(codes::kNoRating, Unrated()), kPassed);
  EXPECT_EQ(After(codes::kNoRating, Away()), kPassed);  // not attended: neither counts nor breaks
  EXPECT_EQ(After(codes::kNoRating, Unrated()), kFired);
  EXPECT_EQ(After(codes::kNoRating, Here()), kPassed);
}

TEST_F(IsolationSigns, AFormThatWasNotDueIsNoSilence) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(After(codes::kNoRating, Here(std::nullopt)), kPassed);
}

TEST_F(IsolationSigns, NoBondWithAnyoneByTheThirdSession) {
  EXPECT_EQ(After(codes::kNoAlliance, Unrated()), kUnknown);
  EXPECT_EQ(After(codes::kNoAlliance, Away()), kUnknown);
  EXPECT_EQ(After(codes::kNoAlliance, Unrated()), kFired);
  EXPECT_EQ(After(codes::kNoAlliance, Here()), kPassed);
  EXPECT_EQ(After(codes::kNoAlliance, Unrated()), kPassed);  // there is one on record
}

TEST_F(IsolationSigns, TheFormOfTheThirdSessionIsGivenItsTime) {
  After(codes::kNoAlliance, Unrated());
  After(codes::kNoAlliance, Unrated());
  const MemberState before = state_;
  MemberSeen waiting = Here(std::nullopt);
  waiting.presence.form_waits = true;
  EXPECT_EQ(After(codes::kNoAlliance, waiting), kUnknown);
  state_ = before;
  EXPECT_EQ(After(codes::kNoAlliance, Unrated()), kFired) << "nobody answered";
  state_ = before;
  EXPECT_EQ(After(codes::kNoAlliance, Here()), kPassed);
}

TEST_F(IsolationSigns, SessionsThatWereMeantForOthersAreNotCountedForTheFirstBond) {
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(After(codes::kNoAlliance, Away(Presence::kByPlan)), kUnknown);
  EXPECT_EQ(After(codes::kNoAlliance, Unrated()), kUnknown);
  EXPECT_EQ(After(codes::kNoAlliance, Away(Presence::kByPlan)), kUnknown);
  EXPECT_EQ(After(codes::kNoAlliance, Unrated()), kUnknown);
  EXPECT_EQ(After(codes::kNoAlliance, Unrated()), kFired);
}

TEST_F(IsolationSigns, RoomOfThreeOrLessTwiceRunning) {
  EXPECT_EQ(After(codes::kNoRoom, Room(.3)), kUnknown);
  EXPECT_EQ(After(codes::kNoRoom, Room(.3)), kFired);
  EXPECT_EQ(After(codes::kNoRoom, Room(.31)), kPassed);
}

TEST_F(IsolationSigns, TakenOffTheRosterWithoutAReason) {
  MemberSeen seen = Here();
  EXPECT_EQ(After(codes::kRemoved, seen), kPassed);
  seen.presence.removed_without_reason = true;
  EXPECT_EQ(After(codes::kRemoved, seen), kFired);
}

TEST_F(IsolationSigns, AbsentWithoutAPlanFromThreeOfTheLastFourFamilySessions) {
  EXPECT_EQ(After(codes::kAbsent, Away()), kUnknown);
  EXPECT_EQ(After(codes::kAbsent, Away()), kUnknown);
  EXPECT_EQ(After(codes::kAbsent, Here()), kUnknown);
  EXPECT_EQ(After(codes::kAbsent, Away(Presence::kByPlan)), kPassed);
  EXPECT_EQ(After(codes::kAbsent, Away()), kPassed);
  EXPECT_EQ(After(codes::kAbsent, Away()), kPassed);
  EXPECT_EQ(After(codes::kAbsent, Away()), kFired);
}

TEST_F(IsolationSigns, ThreeAbsencesInTheFirstThreeSessionsAreEnough) {
  After(codes::kAbsent, Away());
  After(codes::kAbsent, Away());
  EXPECT_EQ(After(codes::kAbsent, Away()), kFired);
}

TEST_F(IsolationSigns, SessionsForAPartOfTheFamilyAreNoAbsence) {
  MemberSeen part = Away();
  part.whole_family = false;
  for (int i = 0; i < 6; ++i) EXPECT_EQ(After(codes::kAbsent, part), kUnknown);
}

TEST_F(IsolationSigns, LowBondBesideTheOthersAndLittleRoomTwiceRunning) {
  EXPECT_EQ(After(codes::kBondAndRoom, Room(.4, -1.6)), kUnknown);
  EXPECT_EQ(After(codes::kBondAndRoom, Room(.4, -1.6)), kFired);
  EXPECT_EQ(After(codes::kBondAndRoom, Room(.41, -1.6)), kPassed);
  EXPECT_EQ(After(codes::kBondAndRoom, Room(.4, -1.0)), kPassed);
}

// What an earlier session showed is not shown again by one that adds nothing to it.
TEST_F(IsolationSigns, NothingFiresWithoutANewValue) {
  After(codes::kNoRoom, Room(.3, -1.6));
  EXPECT_EQ(After(codes::kNoRoom, Room(.3, -1.6)), kFired);
  for (const auto code : {codes::kNoRoom, codes::kBondAndRoom}) {
    EXPECT_EQ(After(code, Here(std::nullopt)), kUnknown) << code;
  }
  EXPECT_EQ(After(codes::kBondAndRoom, Room(.3, -1.6)), kFired);
}

TEST_F(IsolationSigns, SilenceAndAbsenceFireOnlyWhenTheyGoOn) {
  for (int i = 0; i < 3; ++i) After(codes::kNoRating, Unrated());
  EXPECT_EQ(After(codes::kNoRating, Away()), kUnknown);
  EXPECT_EQ(After(codes::kNoAlliance, Here(std::nullopt)), kUnknown) << "nobody asked";
  EXPECT_EQ(After(codes::kNoAlliance, Unrated()), kFired);
  EXPECT_EQ(After(codes::kNoAlliance, Away()), kFired);
  state_ = {};
  for (int i = 0; i < 3; ++i) After(codes::kAbsent, Away());
  EXPECT_EQ(After(codes::kAbsent, Here()), kUnknown) << "three of the last four, but here now";
  EXPECT_EQ(After(codes::kAbsent, Here()), kPassed);
}

TEST_F(IsolationSigns, TheGapAndTheRoomAreThoseOfTheSameSessions) {
  EXPECT_EQ(After(codes::kBondAndRoom, Room(.4, -1.6)), kUnknown);
  MemberSeen alone = Room(.4, -1.6);
  alone.others = {};
  EXPECT_EQ(After(codes::kBondAndRoom, alone), kUnknown);
  EXPECT_EQ(After(codes::kBondAndRoom, Room(.9, -1.6)), kPassed);
}

class LowBonds : public ::testing::Test {
 protected:
  // One session: the best bonds of child and mother.
  std::vector<v1::TestOutcome> After(double child, double mother) {
    std::vector<v1::TestOutcome> outcomes;
    const std::vector<BestBond> bonds = {{&child_, "form", child}, {&mother_, "form", mother}};
    for (const LowBond& test : TestLowBonds(bonds)) outcomes.push_back(test.fall.outcome);
    return outcomes;
  }
  void ThreeGoodSessions() {
    for (int i = 0; i < 3; ++i) After(0.1 * i, 0.2);
  }
  MemberState child_, mother_;
};

TEST_F(LowBonds, FarBelowItsOwnBaselineWhileNobodyElseFell) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(After(0, 0), ::testing::ElementsAre(kUnknown, kUnknown));
  }
  EXPECT_THAT(After(-3, 0), ::testing::ElementsAre(kFired, kPassed));
}

TEST_F(LowBonds, AFallOfEverybodyLeavesNobodyOut) {
  ThreeGoodSessions();
  EXPECT_THAT(After(-3, -3), ::testing::ElementsAre(kPassed, kPassed));
}

TEST_F(LowBonds, ALowBondIsNoBaselineForTheNextOne) {
  ThreeGoodSessions();
  for (int i = 0; i < 4; ++i) EXPECT_THAT(After(-3, 0), ::testing::ElementsAre(kFired, kPassed));
}

TEST_F(LowBonds, BondsWhileSomethingIsRaisedAreNoBaseline) {
  ThreeGoodSessions();
  child_.raised = {.open = true, .since = 4};
  for (int i = 0; i < 4; ++i) After(-1.5, 0);
  EXPECT_THAT(After(-3, 0), ::testing::ElementsAre(kFired, kPassed));
}

TEST_F(LowBonds, BeyondACutoffNeedsNoBaselineAndIsNoFall) {
  std::vector<BestBond> bonds = {{&child_, "form", 0, 35, 36}, {&mother_, "form", 0, 36, 36}};
  EXPECT_EQ(TestLowBonds(bonds)[0].cutoff.outcome, kFired);
  EXPECT_EQ(TestLowBonds(bonds)[0].fall.outcome, kUnknown);
  bonds[1].points = 30;
  EXPECT_EQ(TestLowBonds(bonds)[0].cutoff.outcome, kPassed) << "so is somebody else";
  bonds[0].lower_better = bonds[1].lower_better = true;
  EXPECT_EQ(TestLowBonds(bonds)[0].cutoff.outcome, kPassed);
}

TEST_F(LowBonds, AnotherFormBeginsAnew) {
  ThreeGoodSessions();
  const std::vector<BestBond> bonds = {{&child_, "other form", -3}, {&mother_, "form", 0}};
  EXPECT_EQ(TestLowBonds(bonds)[0].fall.outcome, kUnknown);
}

TEST_F(LowBonds, EachFormIsComparedWithItsOwnBonds) {
  const auto both = [&](double pulse, double other) {
    const std::vector<BestBond> bonds = {
        {&child_, "form", pulse}, {&child_, "other form", other}, {&mother_, "form", 0}};
    return TestLowBonds(bonds);
  };
  for (int i = 0; i < 3; ++i) both(0.1 * i, 0.5);
  const std::vector<LowBond> tests = both(-3, 0.5);
  EXPECT_EQ(tests[0].fall.outcome, kFired);
  EXPECT_EQ(tests[0].fall.instrument, "form");
  EXPECT_EQ(tests[1].fall.outcome, kPassed);
  EXPECT_EQ(tests[2].fall.outcome, kPassed);
}

TEST_F(LowBonds, WithoutAnotherRaterThereIsNobodyToCompareWith) {
  ThreeGoodSessions();
  const std::vector<BestBond> bonds = {{&child_, "form", -3}};
  EXPECT_EQ(TestLowBonds(bonds)[0].fall.outcome, kUnknown);
}

}  // namespace
}  // namespace rapport::alliance
