// Tests with numbers, keys, and how an open signal is renewed.
#include "alliance/signals/finding.h"

#include <gtest/gtest.h>

namespace rapport::alliance {
namespace {

TEST(SignalTest, HasThreeOutcomesAndNumbersOnlyWhenItWasRun) {
  const v1::SignalTest fired = Evaluated("X", 2, 1, true, {{"latest", 5}});
  EXPECT_EQ(fired.outcome(), v1::TEST_OUTCOME_FIRED);
  EXPECT_EQ(fired.value(), 2);
  EXPECT_EQ(fired.threshold(), 1);
  ASSERT_EQ(fired.figures_size(), 1);
  EXPECT_EQ(fired.figures(0).code(), "latest");
  EXPECT_EQ(Evaluated("X", 0, 1, false).outcome(), v1::TEST_OUTCOME_PASSED);
  const v1::SignalTest unknown = NotEvaluable("X");
  EXPECT_EQ(unknown.outcome(), v1::TEST_OUTCOME_NOT_EVALUABLE);
  EXPECT_FALSE(unknown.has_value());
  EXPECT_FALSE(unknown.has_threshold());
}

TEST(SignalTest, AThresholdReachedButForRoundingIsReached) {
  EXPECT_TRUE(AtLeast(0.3 - 0.1, 0.2));
  EXPECT_LT(0.3 - 0.1, 0.2);
  EXPECT_FALSE(AtLeast(0.999, 1.0));
  EXPECT_TRUE(AtMost(0.1 + 0.2, 0.3));
  EXPECT_FALSE(AtMost(0.301, 0.3));
}

TEST(SignalKey, IsolationIsAboutAMemberADropAboutAMemberAndAHelper) {
  EXPECT_EQ(SignalKey(v1::SIGNAL_KIND_ISOLATION, "m1", "p1"),
            SignalKey(v1::SIGNAL_KIND_ISOLATION, "m1", "p2"));
  EXPECT_NE(SignalKey(v1::SIGNAL_KIND_RUPTURE, "m1", "p1"),
            SignalKey(v1::SIGNAL_KIND_RUPTURE, "m1", "p2"));
  EXPECT_NE(SignalKey(v1::SIGNAL_KIND_RUPTURE, "m1", "p1"),
            SignalKey(v1::SIGNAL_KIND_RUPTURE, "m2", "p1"));
  EXPECT_NE(SignalKey(v1::SIGNAL_KIND_ISOLATION, "m1", ""),
            SignalKey(v1::SIGNAL_KIND_RUPTURE, "m1", ""));
}

Finding Found(v1::SignalLevel level, v1::Evidence evidence, const std::string& summary) {
  Finding finding{.result = Finding::Result::kRaised};
  finding.signal.set_level(level);
  finding.signal.set_evidence(evidence);
  finding.signal.set_summary(summary);
  *finding.signal.add_tests() = Evaluated("X", 2, 1, true);
  return finding;
}

TEST(Renew, TakesTheNewWordsAndKeepsNamesStateAndRepairs) {
  v1::Signal open = Found(v1::SIGNAL_LEVEL_WATCH, v1::EVIDENCE_WEAK, "before").signal;
  open.set_name("families/f/signals/s");
  open.set_state(v1::SIGNAL_STATE_WORKING);
  open.set_occurrences(1);
  open.add_repairs()->add_actions(v1::REPAIR_ACTION_EXPLORED);
  *open.add_tests() = NotEvaluable("Y");
  const Renewal renewal =
      Renew(open, Found(v1::SIGNAL_LEVEL_ALERT, v1::EVIDENCE_MODERATE, "after"));
  EXPECT_TRUE(renewal.stronger);
  EXPECT_EQ(renewal.signal.name(), "families/f/signals/s");
  EXPECT_EQ(renewal.signal.state(), v1::SIGNAL_STATE_WORKING);
  EXPECT_EQ(renewal.signal.repairs_size(), 1);
  EXPECT_EQ(renewal.signal.occurrences(), 2);
  EXPECT_EQ(renewal.signal.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(renewal.signal.summary(), "after");
  EXPECT_EQ(renewal.signal.tests_size(), 1);
}

TEST(Renew, SeverityNeverGoesDown) {
  const v1::Signal open = Found(v1::SIGNAL_LEVEL_ALERT, v1::EVIDENCE_STRONG, "before").signal;
  const Renewal renewal = Renew(open, Found(v1::SIGNAL_LEVEL_WATCH, v1::EVIDENCE_WEAK, "after"));
  EXPECT_FALSE(renewal.stronger);
  EXPECT_EQ(renewal.signal.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(renewal.signal.evidence(), v1::EVIDENCE_STRONG);
}

}  // namespace
}  // namespace rapport::alliance
