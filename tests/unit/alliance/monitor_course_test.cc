// How what the family monitor raised goes on: repair, facts that stand, splits that last.
#include "alliance/signals/codes.h"
#include "alliance/signals/draft.h"
#include "alliance/signals/family_monitor.h"
#include "unit/alliance/monitor_story.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace rapport::alliance::testing {
namespace {

// A slide that is seen late is judged by what was before it, not by its own first values.
TEST(MonitorCourse, ASlowFallIsRepairedOnlyAtTheLevelBeforeIt) {
  Story story;
  const auto session = [&](double value) {
    story.Session({kMember});
    story.RateAll(kMember, value);
    story.End();
    return story.Of(v1::SIGNAL_KIND_RUPTURE);
  };
  for (int t = 0; t < 8; ++t) session(8 + Wobble(t));
  Assessment now;
  for (const double value : {7.2, 6.3, 5.4, 4.6}) now = session(value);
  ASSERT_TRUE(now.open);
  for (int t = 0; t < 8 && now.repair.result == RepairResult::kNone; ++t) now = session(6.9);
  EXPECT_EQ(now.repair.result, RepairResult::kPartly);
}

TEST(MonitorCourse, TheRatingAfterARepairSaysWhetherItLasts) {
  const auto after = [](double next) {
    Story story = AfterQuiet(6, 7.5, 3.9);
    for (int t = 0; t < 4; ++t) {
      story.Session({kMember});
      story.RateAll(kMember, 7.6);
      story.End();
      EXPECT_FALSE(story.Of(v1::SIGNAL_KIND_RUPTURE).sustained) << "not before it is repaired";
      if (story.Of(v1::SIGNAL_KIND_RUPTURE).repair.result == RepairResult::kRepaired) break;
    }
    story.Session({kMember});
    story.End();
    EXPECT_FALSE(story.Of(v1::SIGNAL_KIND_RUPTURE).sustained) << "not rated";
    story.Session({kMember});
    story.RateAll(kMember, next);
    story.End();
    return story.Of(v1::SIGNAL_KIND_RUPTURE).sustained;
  };
  EXPECT_EQ(after(7.5), std::optional(true));
  EXPECT_EQ(after(5), std::optional(false));
}

// domain.md 8.5 counts sessions that were attended, rated or not.
TEST(MonitorCourse, AFallThatNobodyRatesAgainIsUnrepairedAfterFiveAttendedSessions) {
  const auto after = [](Presence presence) {
    Story story = AfterQuiet(6, 7.5, 3.9);
    RepairView repair;
    for (int t = 0; t < 6 && repair.result == RepairResult::kNone; ++t) {
      story.Session({kMember});
      story.facts().members[0].presence = presence;
      story.End();
      repair = story.Of(v1::SIGNAL_KIND_RUPTURE).repair;
      if (presence == Presence::kPresent) {
        EXPECT_EQ(repair.result == RepairResult::kNone, t < 4) << t;
      }
    }
    return repair.result;
  };
  EXPECT_EQ(after(Presence::kPresent), RepairResult::kUnrepaired);
  EXPECT_NE(after(Presence::kByPlan), RepairResult::kRepaired);
}

// What a trigger showed stands until it is seen to be otherwise, and speaks only when it is shown.
TEST(MonitorCourse, AHardFactStaysOpenWithoutNewsAndClosesWithGoodOnes) {
  Story story;
  const auto session = [&](std::optional<double> room) {
    story.Session({"member-0", "member-1"});
    for (const std::string member : {"member-0", "member-1"}) {
      if (member == kMember && !room) continue;
      story.RateAll(member, 7.5);
      story.Rate(member, v1::CONTENT_ROOM, member == kMember ? *room : 7.5, "family");
    }
    story.End();
    return story.Of(v1::SIGNAL_KIND_ISOLATION);
  };
  const auto fired = [](const Assessment& one) {
    return std::ranges::any_of(
        one.tests, [](const SingleTest& test) { return test.outcome == v1::TEST_OUTCOME_FIRED; });
  };
  for (int t = 0; t < 4; ++t) session(7.5);
  session(2);
  EXPECT_TRUE(fired(session(2)));
  const Assessment silent = session(std::nullopt);
  EXPECT_TRUE(silent.open);
  EXPECT_FALSE(fired(silent) || silent.raised);
  for (int t = 0; t < 6; ++t) session(7.5);
  EXPECT_FALSE(session(7.5).open);
}

TEST(MonitorCourse, ASplitBetweenHelpersLastsUntilTheGapClosesAgain) {
  Story story;
  bool widened = false, half_way = false;
  for (int t = 0; t < 16; ++t) {
    story.Session({kMember});
    const double fall = t < 6 ? 0 : std::array{3.0, 3.5, 1.2, 3.0, 1.2}[t % 5];
    story.RateAll(kMember, 7.5 + Wobble(t) - fall, "helper-0");
    story.RateAll(kMember, 7.5 + Wobble(t), "helper-1");
    for (const Assessment& one : story.End()) {
      if (one.kind != v1::SIGNAL_KIND_HELPER_SPLIT || one.target != "helper-0") continue;
      const SingleTest& gap = one.tests[1];
      widened = widened || gap.outcome == v1::TEST_OUTCOME_FIRED;
      if (!widened) continue;
      half_way = half_way || gap.outcome != v1::TEST_OUTCOME_FIRED;
      EXPECT_GT(one.posterior, 0) << t;
    }
  }
  EXPECT_TRUE(widened && half_way);
}

// A rupture raised by `posterior`, which stays for seven ratings far below, and is then gone.
std::pair<Assessment, Assessment> StaysAndGoes(double posterior) {
  OpenEvent event;
  const auto session = [&](int number, double now) {
    Draft draft{.assessment = {.kind = v1::SIGNAL_KIND_RUPTURE, .posterior = now},
                .event = &event,
                .value = number < 2 ? 0 : -1};
    Decide(DecisionParameters(), number, /*complete=*/true, draft);
    return draft.assessment;
  };
  EXPECT_FALSE(session(1, 0.01).open);
  EXPECT_TRUE(session(2, posterior).raised);
  Assessment stays;
  for (int number = 3; number < 9 && stays.repair.result == RepairResult::kNone; ++number) {
    stays = session(number, posterior);
  }
  return {stays, session(9, 0.01)};
}

TEST(MonitorCourse, WhatWasWeakAndIsGoneIsOverAndWasNotUnrepaired) {
  EXPECT_EQ(StaysAndGoes(0.6).first.repair.result, RepairResult::kUnrepaired);
  const auto [stays, gone] = StaysAndGoes(0.2);
  EXPECT_EQ(stays.repair.result, RepairResult::kNone);
  EXPECT_TRUE(stays.open);
  EXPECT_EQ(gone.repair.result, RepairResult::kNone);
  EXPECT_FALSE(gone.open);
}

}  // namespace
}  // namespace rapport::alliance::testing
