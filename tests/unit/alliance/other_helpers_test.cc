// What a rater says of one helper is judged beside what they say of others in the same session.
#include "unit/alliance/monitor_story.h"

#include <gmock/gmock.h>

#include <string>

namespace rapport::alliance::testing {
namespace {

constexpr char kOther[] = "helper-1";

// One member rates two helpers for `quiet` sessions: a day of their own in each session moves both.
Story AfterDays(int quiet, bool beside) {
  Story story;
  for (int t = 0; t < quiet; ++t) {
    const double day = 0.9 * ((t * 5) % 4 - 1.5);
    story.Session({kMember});
    story.RateAll(kMember, 7 + day);
    if (beside) story.RateAll(kMember, 6.6 + day, kOther);
    story.End();
  }
  return story;
}

double Rupture(const Story& story, const std::string& target = kHelper) {
  return story.Of(v1::SIGNAL_KIND_RUPTURE, kMember, target).posterior;
}

double AfterFall(int quiet, bool beside, double other) {
  Story story = AfterDays(quiet, beside);
  story.Session({kMember});
  story.RateAll(kMember, 4.4);
  if (beside) story.RateAll(kMember, other, kOther);
  story.End();
  return Rupture(story);
}

TEST(OtherHelpers, AFallWithOneHelperIsSeenByTheirDistanceToTheOther) {
  for (const int quiet : {1, 2, 5}) {
    EXPECT_GT(AfterFall(quiet, true, 6.6), AfterFall(quiet, false, 0)) << quiet << " before";
  }
}

// The same fall with everybody is a bad day, or the member's own lasting change.
TEST(OtherHelpers, AFallWithEveryHelperIsNoRuptureWithOne) {
  EXPECT_LT(AfterFall(3, true, 4.0), 0.3 * AfterFall(3, true, 6.6));
}

// How far two helpers lie apart for this rater is learned, and is nothing that happens.
TEST(OtherHelpers, ALastingDistanceBetweenHelpersIsNoRupture) {
  Story story;
  for (int t = 0; t < 8; ++t) {
    story.Session({kMember});
    story.RateAll(kMember, 5 + Wobble(t));
    story.RateAll(kMember, 8 + Wobble(t), kOther);
    story.End();
    EXPECT_LT(Rupture(story), 0.1) << t;
    EXPECT_LT(Rupture(story, kOther), 0.1) << t;
  }
}

// What falls with one helper and comes back is that one's: the other's steady ratings are neither
// better nor worse for it.
TEST(OtherHelpers, ARuptureAndItsRepairWithOneHelperAreNoneWithTheOther) {
  Story story = AfterDays(5, true);
  for (const double value : {3.5, 3.6, 3.4, 7.0, 7.1}) {
    story.Session({kMember});
    story.RateAll(kMember, value);
    story.RateAll(kMember, 6.6, kOther);
    story.End();
    EXPECT_LT(Rupture(story, kOther), 0.14) << value;
  }
}

// A helper who joins is met where the rater sees the others, by as much as helpers differ.
TEST(OtherHelpers, AHelperWhoJoinsIsNotJudgedByTheFirstSession) {
  Story story = AfterDays(5, false);
  for (const double other : {4.5, 4.6}) {
    story.Session({kMember});
    story.RateAll(kMember, 7);
    story.RateAll(kMember, other, kOther);
    story.End();
    EXPECT_LT(Rupture(story, kOther), 0.14);
    EXPECT_LT(Rupture(story), 0.14);
  }
}

}  // namespace
}  // namespace rapport::alliance::testing
