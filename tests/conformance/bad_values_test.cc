// Every call starts from a request that is right, and one value of it is spoilt: what no rule of
// any field allows is refused by its field, what a rule may or may not allow is answered with a
// definite code. Nothing that was refused leaves a trace but the refusal; what was accepted is kept
// as it was sent.
#include "conformance/spoilt_calls.h"

#include <rapport/options/v1/options.pb.h>

#include <gtest/gtest.h>

namespace rapport::conformance {
namespace {

TEST(BadValues, WhatNoRuleAllowsIsRefusedByItsFieldAndChangesNothing) {
  Tally all;
  ForEachSample(options::v1::EFFECT_WRITE, [&](const PublicMethod& method, const Sample& sample) {
    const int before = ChangesBy(method);
    SpoilAll(method, sample, true, all);
    EXPECT_EQ(ChangesBy(method), before) << method.name;
  });
  EXPECT_EQ(all.accepted, 0);
  EXPECT_GT(all.sent, 2'000);
  RecordProperty("sent", all.sent);
}

TEST(BadValues, WhatNoRuleAllowsIsRefusedByItsFieldWhenReading) {
  Tally all;
  ForEachSample(options::v1::EFFECT_READ, [&](const PublicMethod& method, const Sample& sample) {
    SpoilAll(method, sample, true, all);
  });
  EXPECT_EQ(all.accepted, 0);
  EXPECT_GT(all.sent, 500);
  RecordProperty("sent", all.sent);
}

TEST(BadValues, WhatARuleMayAllowGetsADefiniteAnswerWhenReadingAndChangesNothing) {
  Tally all;
  ForEachSample(options::v1::EFFECT_READ, [&](const PublicMethod& method, const Sample& sample) {
    const int before = ChangesBy(method);
    SpoilAll(method, sample, false, all);
    EXPECT_EQ(ChangesBy(method), before) << method.name;
  });
  EXPECT_GT(all.refused, 50);
  EXPECT_GT(all.accepted, 50);
}

// After the others: what is accepted may move the story on.
TEST(BadValues, WhatARuleMayAllowGetsADefiniteAnswerAndOnlyAnOkChangesAnything) {
  Tally all;
  ForEachSample(options::v1::EFFECT_WRITE, [&](const PublicMethod& method, const Sample& sample) {
    const int before = ChangesBy(method);
    Tally tally;
    SpoilAll(method, sample, false, tally);
    if (tally.accepted == 0) EXPECT_EQ(ChangesBy(method), before) << method.name;
    all.sent += tally.sent;
    all.refused += tally.refused;
    all.accepted += tally.accepted;
    all.read_back += tally.read_back;
  });
  EXPECT_GT(all.refused, 500);
  EXPECT_GT(all.read_back, 100);
  RecordProperty("sent", all.sent);
  RecordProperty("read_back", all.read_back);
}

// No service fell over, and none of them keeps what it was told.
TEST(BadValues, EveryServiceIsReadyAfterwards) {
  for (const std::string& service : support::BuiltServices()) {
    EXPECT_TRUE(World::Get().suite.Healthy(service)) << service;
  }
}

}  // namespace
}  // namespace rapport::conformance
