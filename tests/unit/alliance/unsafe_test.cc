// Safety: a low answer is an alert at once, a lower one than before something to watch.
#include "alliance/signals/codes.h"
#include "alliance/signals/signal_message.h"
#include "unit/alliance/monitor_story.h"
#include "unit/alliance/simulated_family.h"

#include <gtest/gtest.h>

namespace rapport::alliance::testing {
namespace {

bool Fell(const Assessment& unsafe) {
  return std::ranges::any_of(unsafe.tests, [](const SingleTest& test) {
    return test.code == codes::kSafetyDrop && test.outcome == v1::TEST_OUTCOME_FIRED;
  });
}

v1::Signal After(Story& story, double answer) {
  story.Session({kMember});
  story.Rate(kMember, v1::CONTENT_SAFETY, answer);
  story.End();
  const Assessment& unsafe = story.Of(v1::SIGNAL_KIND_UNSAFE);
  return Speaks(unsafe) ? SignalOf(unsafe, story.facts(), WhoIsLow::kAnyone, 0) : v1::Signal();
}

TEST(Unsafe, ALowAnswerIsAnAlertAndAFallSomethingToWatch) {
  Story story;
  EXPECT_EQ(After(story, 9.5).kind(), v1::SIGNAL_KIND_UNSPECIFIED);
  EXPECT_EQ(After(story, 6.3).kind(), v1::SIGNAL_KIND_UNSPECIFIED) << "errors and days make that";
  EXPECT_EQ(After(story, 9.5).kind(), v1::SIGNAL_KIND_UNSPECIFIED);
  const v1::Signal fell = After(story, 4.5);
  EXPECT_EQ(fell.level(), v1::SIGNAL_LEVEL_WATCH);
  EXPECT_EQ(fell.summary(),
            "This member answered that it is less safe to speak here than the time before.");
  const v1::Signal low = After(story, 3);
  EXPECT_EQ(low.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(low.evidence(), v1::EVIDENCE_STRONG);
}

TEST(Unsafe, OfQuietPairsOfAnswersOneInAHundredIsAFall) {
  const LevelParameters level;
  const auto square = [](double value) { return value * value; };
  Simulator random(17);
  Story story;
  int fell = 0;
  constexpr int kAnswers = 20'000;
  for (int t = 0; t < kAnswers; ++t) {
    const double day = random.Noise(square(level.day_sd) + square(level.family_day_sd));
    After(story, 6 + 1.8 * (day + random.Noise(square(1.14 / 1.8))));
    fell += Fell(story.Of(v1::SIGNAL_KIND_UNSAFE));
  }
  EXPECT_NEAR(100.0 * fell / kAnswers, 1, 0.3);
}

}  // namespace
}  // namespace rapport::alliance::testing
