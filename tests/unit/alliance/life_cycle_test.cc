// The life cycle of a signal.
#include "alliance/signals/life_cycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace rapport::alliance {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;
using Step = SignalStep;

constexpr Step kSteps[] = {
    Step::kAcknowledge, Step::kBeginRepair, Step::kEndRepair,  Step::kDismiss,   Step::kSnooze,
    Step::kWake,        Step::kRenew,       Step::kStrengthen, Step::kSaidAgain, Step::kRecover};

TEST(SignalLifeCycle, AClosedSignalStaysClosed) {
  for (const Step step : kSteps) {
    EXPECT_EQ(NextState(v1::SIGNAL_STATE_CLOSED, step), std::nullopt) << StepName(step);
  }
}

TEST(SignalLifeCycle, EveryOpenStateCanEndByRepairAndByDismissal) {
  for (const v1::SignalState state : {v1::SIGNAL_STATE_OPEN, v1::SIGNAL_STATE_ACKNOWLEDGED,
                                      v1::SIGNAL_STATE_WORKING, v1::SIGNAL_STATE_SNOOZED}) {
    EXPECT_THAT(NextState(state, Step::kEndRepair), Optional(v1::SIGNAL_STATE_CLOSED));
    EXPECT_THAT(NextState(state, Step::kDismiss), Optional(v1::SIGNAL_STATE_CLOSED));
    EXPECT_TRUE(IsOpen(state));
    EXPECT_TRUE(NextState(state, Step::kRenew).has_value());
  }
  EXPECT_FALSE(IsOpen(v1::SIGNAL_STATE_CLOSED));
}

TEST(SignalLifeCycle, CannotBeAcknowledgedTwice) {
  EXPECT_THAT(NextState(v1::SIGNAL_STATE_OPEN, Step::kAcknowledge),
              Optional(v1::SIGNAL_STATE_ACKNOWLEDGED));
  EXPECT_EQ(NextState(v1::SIGNAL_STATE_ACKNOWLEDGED, Step::kAcknowledge), std::nullopt);
}

TEST(SignalLifeCycle, OnlyWhatSleepsCanWake) {
  EXPECT_THAT(NextState(v1::SIGNAL_STATE_SNOOZED, Step::kWake), Optional(v1::SIGNAL_STATE_OPEN));
  EXPECT_EQ(NextState(v1::SIGNAL_STATE_OPEN, Step::kWake), std::nullopt);
}

TEST(SignalLifeCycle, GettingWorseWakesWhatWasPutOffButNotWhatIsWorkedOn) {
  EXPECT_THAT(NextState(v1::SIGNAL_STATE_SNOOZED, Step::kRenew),
              Optional(v1::SIGNAL_STATE_SNOOZED));
  EXPECT_THAT(NextState(v1::SIGNAL_STATE_SNOOZED, Step::kStrengthen),
              Optional(v1::SIGNAL_STATE_OPEN));
  EXPECT_THAT(NextState(v1::SIGNAL_STATE_ACKNOWLEDGED, Step::kStrengthen),
              Optional(v1::SIGNAL_STATE_OPEN));
  EXPECT_THAT(NextState(v1::SIGNAL_STATE_WORKING, Step::kStrengthen),
              Optional(v1::SIGNAL_STATE_WORKING));
}

TEST(SignalLifeCycle, WhatIsSaidAgainIsOpenWhateverWasBeingDoneAboutIt) {
  for (const v1::SignalState state : {v1::SIGNAL_STATE_OPEN, v1::SIGNAL_STATE_ACKNOWLEDGED,
                                      v1::SIGNAL_STATE_WORKING, v1::SIGNAL_STATE_SNOOZED}) {
    EXPECT_THAT(NextState(state, Step::kSaidAgain), Optional(v1::SIGNAL_STATE_OPEN));
  }
}

TEST(SignalLifeCycle, TheTableHasEachStepOnceAndReachesEveryState) {
  std::set<std::pair<int, Step>> seen;
  std::set<int> reached = {v1::SIGNAL_STATE_OPEN};
  for (const SignalTransition& t : SignalTransitions()) {
    EXPECT_TRUE(seen.emplace(t.from, t.step).second) << StepName(t.step);
    reached.insert(t.to);
  }
  EXPECT_EQ(reached.size(), 5u);
}

TEST(SignalLifeCycle, OnlyAnEndHasAnOutcomeAndAlwaysOne) {
  for (const Step step : kSteps) {
    const bool ends = step == Step::kEndRepair || step == Step::kDismiss || step == Step::kRecover;
    EXPECT_EQ(OutcomeFits(step, v1::SIGNAL_OUTCOME_UNSPECIFIED), !ends) << StepName(step);
    EXPECT_EQ(OutcomeFits(step, v1::SIGNAL_OUTCOME_DISMISSED), step == Step::kDismiss);
    EXPECT_EQ(OutcomeFits(step, v1::SIGNAL_OUTCOME_UNREPAIRED), step == Step::kEndRepair);
    EXPECT_EQ(OutcomeFits(step, v1::SIGNAL_OUTCOME_OVER), step == Step::kRecover);
    for (const auto outcome : {v1::SIGNAL_OUTCOME_REPAIRED, v1::SIGNAL_OUTCOME_PARTLY}) {
      EXPECT_EQ(OutcomeFits(step, outcome), step == Step::kEndRepair || step == Step::kRecover);
    }
  }
}

// domain.md 8.5: with the case every signal ends, in whatever state it is, as far as it was mended.
TEST(SignalLifeCycle, ACaseThatEndsEndsEverySignal) {
  for (const v1::SignalState state : {v1::SIGNAL_STATE_OPEN, v1::SIGNAL_STATE_ACKNOWLEDGED,
                                      v1::SIGNAL_STATE_WORKING, v1::SIGNAL_STATE_SNOOZED}) {
    EXPECT_THAT(NextState(state, Step::kCaseEnds), Optional(v1::SIGNAL_STATE_CLOSED));
  }
  EXPECT_EQ(NextState(v1::SIGNAL_STATE_CLOSED, Step::kCaseEnds), std::nullopt);
  for (const auto outcome : {v1::SIGNAL_OUTCOME_REPAIRED, v1::SIGNAL_OUTCOME_PARTLY,
                             v1::SIGNAL_OUTCOME_UNREPAIRED, v1::SIGNAL_OUTCOME_OVER}) {
    EXPECT_TRUE(OutcomeFits(Step::kCaseEnds, outcome));
  }
  EXPECT_FALSE(OutcomeFits(Step::kCaseEnds, v1::SIGNAL_OUTCOME_DISMISSED));
}

TEST(SignalLifeCycle, TheGraphHasEveryTransition) {
  const std::string graph = SignalLifeCycleGraph();
  EXPECT_THAT(graph, HasSubstr("digraph signal {"));
  EXPECT_THAT(graph, HasSubstr("open -> acknowledged [label=\"acknowledge\"];"));
  EXPECT_THAT(graph, HasSubstr("snoozed -> open [label=\"wake\"];"));
  std::size_t arrows = 0;
  for (std::size_t at = graph.find(" -> "); at != std::string::npos;
       at = graph.find(" -> ", at + 1)) {
    ++arrows;
  }
  EXPECT_EQ(arrows, SignalTransitions().size() + 1);  // and the one into `open`
}

}  // namespace
}  // namespace rapport::alliance
