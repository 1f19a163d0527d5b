// Tests with numbers, keys, and how an open signal is renewed.
#include "alliance/signals/renewal.h"
#include "alliance/signals/threshold.h"

#include <gtest/gtest.h>

namespace rapport::alliance {
namespace {

TEST(Threshold, ReachedButForRoundingIsReached) {
  EXPECT_TRUE(AtLeast(0.3 - 0.1, 0.2));
  EXPECT_LT(0.3 - 0.1, 0.2);
  EXPECT_FALSE(AtLeast(0.999, 1.0));
  EXPECT_TRUE(AtMost(0.1 + 0.2, 0.3));
  EXPECT_FALSE(AtMost(0.301, 0.3));
}

TEST(SignalKey, TellsKindMemberAndTargetApart) {
  EXPECT_NE(SignalKey(v1::SIGNAL_KIND_RUPTURE, "m1", "p1"),
            SignalKey(v1::SIGNAL_KIND_RUPTURE, "m1", "p2"));
  EXPECT_NE(SignalKey(v1::SIGNAL_KIND_RUPTURE, "m1", "p1"),
            SignalKey(v1::SIGNAL_KIND_RUPTURE, "m2", "p1"));
  EXPECT_NE(SignalKey(v1::SIGNAL_KIND_ISOLATION, "m1", ""),
            SignalKey(v1::SIGNAL_KIND_SPLIT, "m1", ""));
  EXPECT_EQ(SignalKey(v1::SIGNAL_KIND_SPLIT, "m1", ""), SignalKey(v1::SIGNAL_KIND_SPLIT, "m1", ""));
}

// domain.md 12b.9: of splits one for each family and construct, whoever is the low side.
TEST(SignalKey, OfSplitsTellsConstructsApartAndNotWhoseSideIsLow) {
  const auto split = [](const char* member, v1::Content content) {
    return SignalKey(v1::SIGNAL_KIND_SPLIT, member, "", content);
  };
  EXPECT_EQ(split("m1", v1::CONTENT_BOND), split("m2", v1::CONTENT_BOND));
  EXPECT_NE(split("m1", v1::CONTENT_BOND), split("m1", v1::CONTENT_TASK));
  EXPECT_EQ(SignalKey(v1::SIGNAL_KIND_HELPER_SPLIT, "m1", "p1"),
            SignalKey(v1::SIGNAL_KIND_HELPER_SPLIT, "m1", "p2"));
  EXPECT_NE(SignalKey(v1::SIGNAL_KIND_HELPER_SPLIT, "m1", "p1"),
            SignalKey(v1::SIGNAL_KIND_HELPER_SPLIT, "m2", "p1"));
}

v1::Signal Found(v1::SignalLevel level, v1::Evidence evidence, const std::string& summary) {
  v1::Signal found;
  found.set_level(level);
  found.set_evidence(evidence);
  found.set_summary(summary);
  found.add_tests()->set_code("X");
  return found;
}

TEST(Renew, TakesTheNewWordsAndKeepsNamesStateAndRepairs) {
  v1::Signal open = Found(v1::SIGNAL_LEVEL_WATCH, v1::EVIDENCE_WEAK, "before");
  open.set_name("families/f/signals/s");
  open.set_state(v1::SIGNAL_STATE_WORKING);
  open.set_occurrences(1);
  open.add_repairs()->add_actions(v1::REPAIR_ACTION_EXPLORED);
  open.add_tests()->set_code("Y");
  v1::Signal found = Found(v1::SIGNAL_LEVEL_ALERT, v1::EVIDENCE_MODERATE, "after");
  found.set_interpersonal(v1::INTERPERSONAL_WITHIN);
  const Renewal renewal = Renew(open, found);
  EXPECT_TRUE(renewal.stronger);
  EXPECT_EQ(renewal.signal.name(), "families/f/signals/s");
  EXPECT_EQ(renewal.signal.state(), v1::SIGNAL_STATE_WORKING);
  EXPECT_EQ(renewal.signal.repairs_size(), 1);
  EXPECT_EQ(renewal.signal.occurrences(), 2);
  EXPECT_EQ(renewal.signal.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(renewal.signal.summary(), "after");
  EXPECT_EQ(renewal.signal.tests_size(), 1);
  EXPECT_EQ(renewal.signal.interpersonal(), v1::INTERPERSONAL_WITHIN);
}

TEST(Renew, SeverityNeverGoesDown) {
  const v1::Signal open = Found(v1::SIGNAL_LEVEL_ALERT, v1::EVIDENCE_STRONG, "before");
  const Renewal renewal = Renew(open, Found(v1::SIGNAL_LEVEL_WATCH, v1::EVIDENCE_WEAK, "after"));
  EXPECT_FALSE(renewal.stronger);
  EXPECT_EQ(renewal.signal.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(renewal.signal.evidence(), v1::EVIDENCE_STRONG);
}

}  // namespace
}  // namespace rapport::alliance
