// When a process may still believe what it read. The clock is the test's.
#include "platform/cache/coherence.h"

#include <gtest/gtest.h>

#include <string>

namespace rapport::cache {
namespace {

using std::chrono::milliseconds;

class CoherenceTest : public testing::Test {
 protected:
  bool Holds(const Coherence::Mark& mark, milliseconds later = {}) const {
    return coherence.Holds(mark, now + later);
  }

  Coherence coherence;
  const Coherence::TimePoint now{std::chrono::hours(1)};
};

TEST_F(CoherenceTest, WhileNobodyListensNothingHolds) {
  EXPECT_FALSE(Holds(coherence.Now("key")));
  EXPECT_FALSE(Holds({}));
  const auto before = coherence.Now("key");
  coherence.Begin(now);
  EXPECT_FALSE(Holds(before)) << "what changed before is not known";
}

TEST_F(CoherenceTest, AMarkHoldsUntilItsKeyChanges) {
  coherence.Begin(now);
  const auto mark = coherence.Now("key"), other = coherence.Now("other");
  EXPECT_TRUE(Holds(mark));
  coherence.Changed("key");
  EXPECT_FALSE(Holds(mark));
  EXPECT_TRUE(Holds(other));
  EXPECT_TRUE(Holds(coherence.Now("key"))) << "read again since";
}

TEST_F(CoherenceTest, WithoutASignForASecondNothingHolds) {
  coherence.Begin(now);
  const auto mark = coherence.Now("key");
  EXPECT_TRUE(Holds(mark, milliseconds(999)));
  EXPECT_FALSE(Holds(mark, milliseconds(1'000)));
  EXPECT_FALSE(coherence.listening(now + milliseconds(1'000)));
  coherence.Confirm(now + milliseconds(600));
  EXPECT_TRUE(Holds(mark, milliseconds(1'599)))
      << "everything until 600 was heard, and it was not in it";
}

TEST_F(CoherenceTest, WhatWasReadInAnEarlierSpanOfListeningIsOver) {
  coherence.Begin(now);
  const auto first = coherence.Now("key");
  coherence.Forget();
  EXPECT_FALSE(Holds(first)) << "everything may have changed";
  const auto second = coherence.Now("key");
  EXPECT_TRUE(Holds(second));
  coherence.End();
  EXPECT_FALSE(Holds(second));
  coherence.Begin(now);
  EXPECT_FALSE(Holds(second));
  EXPECT_TRUE(coherence.listening(now));
}

}  // namespace
}  // namespace rapport::cache
