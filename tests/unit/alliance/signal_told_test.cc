// Signals of what other services tell: the roster, sessions and notes, and what they take back.
#include "platform/base/status_macros.h"
#include "platform/records/event_history.h"
#include "unit/alliance/signal_fixture.h"

namespace rapport::alliance {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// Taken off the roster.

TEST_F(SignalService, A7AMemberTakenOffTheRosterWithoutAReasonIsSeenAtOnce) {
  ASSERT_TRUE(Rate(Next({mother_, father_, child_}), mother_, 80, 80).ok());
  Relay();
  const std::int64_t left_us = store_.clock.NowMicros() + kHour;
  store_.clock.Advance(std::chrono::hours(2));
  facts_.members[1].period.to_us = left_us;
  TellMembership(father_, 3, left_us, /*without_reason=*/true);
  auto signals = Of(v1::SIGNAL_KIND_ISOLATION, father_);
  ASSERT_THAT(signals, SizeIs(1));
  EXPECT_EQ(signals[0].level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_TRUE(HasFired(signals[0], "I.removed"));
  EXPECT_THAT(signals[0].summary(), ::testing::HasSubstr("taken off the roster without a reason"));
  TellMembership(father_, 3, left_us, /*without_reason=*/true);
  Next({mother_, child_});
  signals = Of(v1::SIGNAL_KIND_ISOLATION, father_);
  ASSERT_THAT(signals, SizeIs(1)) << "told again, and after the next session: the same one";
  EXPECT_EQ(signals[0].state(), v1::SIGNAL_STATE_OPEN);
}

TEST_F(SignalService, A7WhoLeavesWithAReasonIsNoSignal) {
  ASSERT_TRUE(Rate(Next({mother_, father_, child_}), mother_, 80, 80).ok());
  Relay();
  const std::int64_t left_us = store_.clock.NowMicros() + kHour;
  TellMembership(father_, 3, left_us, /*without_reason=*/false);
  EXPECT_THAT(Of(v1::SIGNAL_KIND_ISOLATION, father_), IsEmpty());
  TellMembership(father_, 2, left_us, /*without_reason=*/true);
  EXPECT_THAT(Of(v1::SIGNAL_KIND_ISOLATION, father_), IsEmpty()) << "an older version";
  TellMembership(mother_, 2, 0, /*without_reason=*/false);
  EXPECT_THAT(Of(v1::SIGNAL_KIND_ISOLATION, mother_), IsEmpty()) << "she came back";
}

TEST_F(SignalService, A7WhatARestoredServiceTellsHoldsWhateverVersionsItLost) {
  ASSERT_TRUE(Rate(Next({mother_, father_, child_}), mother_, 80, 80).ok());
  Relay();
  const std::int64_t left_us = store_.clock.NowMicros() + kHour;
  store_.clock.Advance(std::chrono::hours(2));
  facts_.members[1].period.to_us = left_us;
  TellMembership(father_, 3, left_us, /*without_reason=*/false);
  EXPECT_THAT(Of(v1::SIGNAL_KIND_ISOLATION, father_), IsEmpty());
  sequence_ = records::BeforeHistory(1'900'000'000);
  TellMembership(father_, 2, left_us, /*without_reason=*/true);
  EXPECT_THAT(Of(v1::SIGNAL_KIND_ISOLATION, father_), SizeIs(1)) << "a version of the lost day";
}

TEST_F(SignalService, A7OfANoteTheLargerVersionHoldsAndWhatARestoredServiceTells) {
  const std::string session = Next({mother_, father_});
  const auto tell = [&](std::int64_t version) {
    internal::v1::NoteSigned note;
    note.set_note(support::TestId("note"));
    note.set_session(session);
    ASSERT_TRUE(Deliver(Event("notes", internal::v1::EVENT_TYPE_NOTE_SIGNED, version,
                              note.SerializeAsString()))
                    .ok());
  };
  const auto versions = [&] {
    return store_.Number("SELECT COUNT(*) FROM record_history WHERE kind = $1", {kNote});
  };
  tell(3);
  tell(2);
  EXPECT_EQ(versions(), 0);
  sequence_ = records::BeforeHistory(1'900'000'000);
  tell(2);
  EXPECT_EQ(versions(), 1);
}

// Whether it was so.

TEST_F(SignalService, A7WhatOnlyASessionShowedThatNeverWasIsClosedAsAnErrorOfTheRecord) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(Rate(Next({mother_, father_, child_}), mother_, 80 + i % 2, 80).ok());
    Relay();
  }
  const std::string session = Next({mother_, father_, child_});
  ASSERT_TRUE(Rate(session, mother_, 30, 80).ok());
  Relay();
  const auto raised = Of(v1::SIGNAL_KIND_RUPTURE, mother_);
  ASSERT_THAT(raised, SizeIs(1));
  // Those who never rate are seen as ever, and what she said of safety stays.
  std::vector<std::string> others;
  const v1::AllianceMap before = Map(ByTherapist());
  for (const std::string& open : before.open_signals()) {
    if (open != raised[0].name()) others.push_back(open);
  }
  ASSERT_TRUE(NobodyCame(session).ok());
  const auto after = Of(v1::SIGNAL_KIND_RUPTURE, mother_);
  ASSERT_THAT(after, SizeIs(1));
  EXPECT_EQ(after[0].state(), v1::SIGNAL_STATE_CLOSED);
  EXPECT_EQ(after[0].outcome(), v1::SIGNAL_OUTCOME_OVER) << "nobody repaired it";
  EXPECT_EQ(after[0].dismiss_reason(), v1::DISMISS_REASON_DATA_ERROR);
  const v1::AllianceMap map = Map(ByTherapist());
  EXPECT_THAT(map.open_signals(), ::testing::UnorderedElementsAreArray(others))
      << "nobody was there to be left out";
  for (const v1::MapRow& row : map.rows()) {
    if (row.member() != names_.Member(family_, mother_)) continue;
    EXPECT_EQ(row.cells(0).member_view().ratings(), 4);
    EXPECT_GT(row.cells(0).member_view().bond().value(), 7);
  }
}

TEST_F(SignalService, A8WhatSomebodyToldOfASessionThatNeverWasStaysForPeopleToClose) {
  const std::string session = QuietUntil(true);
  ASSERT_THAT(Of(v1::SIGNAL_KIND_RUPTURE, mother_), SizeIs(1));
  ASSERT_TRUE(NobodyCame(session).ok());
  EXPECT_EQ(Of(v1::SIGNAL_KIND_RUPTURE, mother_)[0].state(), v1::SIGNAL_STATE_OPEN);
}

}  // namespace
}  // namespace rapport::alliance
