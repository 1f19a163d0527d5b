// Several forms in one session: each is compared with itself, and together they say one thing.
#include "alliance/signals/codes.h"
#include "alliance/signals/family_monitor.h"
#include "unit/alliance/monitor_story.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance::testing {
namespace {

// The tests of the content with the instrument, by code.
std::map<std::string_view, SingleTest> TestsWith(const Assessment& assessment, v1::Content content,
                                                 std::string_view instrument) {
  std::map<std::string_view, SingleTest> tests;
  for (const SingleTest& test : assessment.tests) {
    if (test.content == content && test.instrument == instrument) tests[test.code] = test;
  }
  return tests;
}

// A second form in a session: its values are compared with its own, and the first form's tests
// keep their history.
TEST(MonitorForms, EachFormKeepsTheHistoryOfItsOwnTests) {
  Story story;
  const std::string pulse = "instruments/pulse-adult.1", wai = "instruments/wai-sr.1";
  const auto session = [&](double value, bool both) {
    story.Session({kMember});
    story.RateAll(kMember, value);
    const std::vector<Observation> first = story.facts().observations;
    for (Observation one : first) {
      if (!both) break;
      one.instrument = wai;
      one.value = 1 + 0.4 * one.value;
      one.lowest = 1;
      one.highest = 5;
      one.sd = 0.9;
      one.standard_error = 0.3;
      story.facts().observations.push_back(one);
    }
    story.End();
  };
  for (int t = 0; t < 8; ++t) session(7.5 + Wobble(t), t % 2 == 0);
  session(3.5, true);
  const Assessment& rupture = story.Of(v1::SIGNAL_KIND_RUPTURE);
  auto own = TestsWith(rupture, v1::CONTENT_BOND, pulse);
  EXPECT_EQ(own[codes::kChart].outcome, v1::TEST_OUTCOME_FIRED);
  EXPECT_EQ(own[codes::kFromLast].outcome, v1::TEST_OUTCOME_FIRED);
  EXPECT_NEAR(own[codes::kFromLast].value, 7.5 + Wobble(7) - 3.5, 1e-9);
  auto other = TestsWith(rupture, v1::CONTENT_BOND, wai);
  EXPECT_EQ(other[codes::kFromMean].outcome, v1::TEST_OUTCOME_FIRED);
  EXPECT_EQ(other[codes::kChart].outcome, v1::TEST_OUTCOME_NOT_EVALUABLE) << "four before";
  EXPECT_NEAR(other[codes::kFromLast].value, 0.4 * (7.5 + Wobble(6) - 3.5), 1e-9);
  EXPECT_TRUE(rupture.raised);
}

// How a second form lies beside the first is no fall.
TEST(MonitorForms, ASecondFormThatIsAlwaysLowerIsNoRupture) {
  Story story;
  for (int t = 0; t < 12; ++t) {
    story.Session({kMember});
    story.RateAll(kMember, 7.5 + Wobble(t));
    if (t % 4 == 3) {
      const std::vector<Observation> first = story.facts().observations;
      for (Observation one : first) {
        one.instrument = "instruments/wai-sr.1";
        one.value -= 2;
        story.facts().observations.push_back(one);
      }
    }
    story.End();
    EXPECT_FALSE(story.Of(v1::SIGNAL_KIND_RUPTURE).open) << t;
  }
}

// Two forms that both ask about safety: one statement, by the lower answer, each form compared with
// its own answer before.
TEST(MonitorForms, SafetyOfTwoFormsIsOneStatement) {
  Story story;
  const auto session = [&](double pulse, double other) {
    story.Session({kMember});
    story.Rate(kMember, v1::CONTENT_SAFETY, pulse);
    story.Rate(kMember, v1::CONTENT_SAFETY, other);
    story.facts().observations.back().instrument = "instruments/other.1";
    const auto all = story.End();
    EXPECT_EQ(std::ranges::count(all, v1::SIGNAL_KIND_UNSAFE, &Assessment::kind), 1);
    return story.Of(v1::SIGNAL_KIND_UNSAFE);
  };
  EXPECT_FALSE(session(9, 5).open);
  EXPECT_FALSE(session(9, 5).open) << "9 after 5 of another form is no fall";
  const Assessment low = session(9, 2);
  EXPECT_TRUE(low.open);
  EXPECT_EQ(low.instrument, "instruments/other.1");
}

}  // namespace
}  // namespace rapport::alliance::testing
