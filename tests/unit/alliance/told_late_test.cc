// What an answer that comes late makes of a signal: what it would have made of it in time.
#include "alliance/signal_evaluator.h"
#include "alliance/signals/codes.h"
#include "unit/alliance/alliance_fixture.h"

#include <string_view>
#include <vector>

namespace rapport::alliance {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

SingleTest FiredLate(std::string_view code, double value, double threshold) {
  return {.code = code, .outcome = v1::TEST_OUTCOME_FIRED, .value = value, .threshold = threshold};
}

// A family of three held sessions. What the monitor says of them is written down by hand.
class ToldLate : public AllianceTest {
 protected:
  ToldLate() {
    file_.id = family_;
    for (int i = 1; i <= 3; ++i) {
      store_.clock.Advance(std::chrono::hours(24 * 7));
      StoredSession& session = file_.sessions.emplace_back();
      session.record.id = support::TestId("session-" + std::to_string(i));
      *session.message.mutable_held() = Held(session.record.id, {mother_, father_});
      session.record.sort_us = session.message.held().started_us();
    }
  }
  Assessment Of(v1::SignalKind kind, std::vector<SingleTest> tests) {
    Assessment one{.kind = kind, .member = names_.Member(family_, mother_)};
    one.posterior = 0.3;
    one.evidence = v1::EVIDENCE_WEAK;
    one.open = true;
    one.since = 2;
    one.tests = std::move(tests);
    return one;
  }
  // What is made of the file after `last`, where earlier sessions showed `before`.
  std::vector<SignalChange> After(const Assessment& last, const AllShownBefore& before) {
    const FileView view{file_, facts_, shelf_, names_, store_.clock.NowMicros()};
    const std::vector<Assessment> all = {last};
    return EvaluateSignals(view, MonitorParameters(), HistoryOf(view),
                           {.last = all, .before = before.all()});
  }
  v1::Signal OneAfter(const Assessment& last, const AllShownBefore& before) {
    const auto changes = After(last, before);
    EXPECT_THAT(changes, SizeIs(1));
    return changes.empty() ? v1::Signal() : changes[0].after.signal();
  }
  std::string Session(std::size_t number) {
    return names_.Session(family_, file_.sessions.at(number - 1).record.id);
  }
  FamilyFile file_;
};

// The last session's posterior is reason enough to watch; the earlier one's answer is more.
TEST_F(ToldLate, HardlyAnyRoomOfAnEarlierSessionIsAnAlertWhereTheLastOneIsToBeWatched) {
  AllShownBefore before;
  before.Add(2, {Of(v1::SIGNAL_KIND_ISOLATION, {FiredLate(codes::kNoRoom, 1, 3)})});
  const Assessment last = Of(v1::SIGNAL_KIND_ISOLATION, {});
  v1::Signal signal = OneAfter(last, before);
  EXPECT_EQ(signal.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(signal.session(), Session(2));
  EXPECT_THAT(signal.summary(), HasSubstr("room"));

  StoredSignal& watched = file_.signals.emplace_back();
  *watched.message.mutable_signal() = OneAfter(last, {});
  ASSERT_EQ(watched.message.signal().level(), v1::SIGNAL_LEVEL_WATCH);
  signal = OneAfter(last, before);
  EXPECT_EQ(signal.level(), v1::SIGNAL_LEVEL_ALERT) << "of a signal that was open before";
  EXPECT_EQ(signal.session(), Session(3)) << "it is about what has come since, too";
}

TEST_F(ToldLate, WhatTheLastSessionSaysAsGravelyIsToldInItsOwnWords) {
  AllShownBefore before;
  before.Add(2, {Of(v1::SIGNAL_KIND_ISOLATION, {FiredLate(codes::kNoRoom, 1, 3)})});
  Assessment last = Of(v1::SIGNAL_KIND_ISOLATION, {});
  last.evidence = v1::EVIDENCE_STRONG;
  const v1::Signal signal = OneAfter(last, before);
  EXPECT_EQ(signal.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(signal.session(), Session(3));
}

TEST_F(ToldLate, ThatItWasHardlySafeIsAnAlertWhereTheAnswersSinceWereOnlyLower) {
  const auto low = FiredLate(codes::kSafetyLow, 0, 0.3);
  const auto lower = FiredLate(codes::kSafetyDrop, 0.5, 0.4);
  AllShownBefore first;
  first.Add(1, {Of(v1::SIGNAL_KIND_UNSAFE, {low})});
  EXPECT_EQ(OneAfter(Of(v1::SIGNAL_KIND_UNSAFE, {lower}), first).level(), v1::SIGNAL_LEVEL_ALERT);
  // Both at one look, as after an import.
  first.Add(2, {Of(v1::SIGNAL_KIND_UNSAFE, {lower})});
  Assessment good = Of(v1::SIGNAL_KIND_UNSAFE, {});
  good.open = false;
  const auto changes = After(good, first);
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_TRUE(changes[0].hardly_safe);
  EXPECT_EQ(changes[0].after.signal().level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(changes[0].after.signal().session(), Session(1));
}

}  // namespace
}  // namespace rapport::alliance
