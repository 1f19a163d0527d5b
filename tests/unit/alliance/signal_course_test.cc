// The course of a signal that nobody touches, or that people closed: what the ratings do to it.
#include "alliance/signals/life_cycle.h"
#include "unit/alliance/alliance_fixture.h"

namespace rapport::alliance {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class SignalCourse : public AllianceTest {
 protected:
  // The next week's session, which everybody attended.
  std::string Next() {
    store_.clock.Advance(std::chrono::hours(24 * 7));
    return Hold(support::TestId("session-" + std::to_string(++held_)), {mother_, father_, child_});
  }
  // Father and child rate as ever, the mother every item `steps` of 100.
  std::string Week(int steps) {
    const std::string session = Next();
    const int wobble = held_ % 3;
    EXPECT_TRUE(Rate(session, father_, 78 + wobble, 80).ok());
    EXPECT_TRUE(Rate(session, child_, 3, 3, "pulse-child").ok());
    EXPECT_TRUE(Rate(session, mother_, steps + wobble, 80).ok());
    Relay();
    return session;
  }
  void GoodWeeks(int weeks) {
    for (int i = 0; i < weeks; ++i) Week(80);
  }
  std::vector<v1::Signal> Of(v1::SignalKind kind, const std::string& member) {
    std::vector<v1::Signal> found;
    for (const v1::Signal& signal : Signals(true)) {
      if (signal.kind() != kind || signal.member() != names_.Member(family_, member)) continue;
      found.push_back(signal);
    }
    return found;
  }
  // What is open and should have ended with the case.
  std::vector<v1::Signal> EndedByTheCase() {
    std::vector<v1::Signal> open = Signals();
    std::erase_if(open, [](const v1::Signal& one) { return one.kind() == v1::SIGNAL_KIND_UNSAFE; });
    return open;
  }
  v1::Signal Rupture() {
    const auto all = Of(v1::SIGNAL_KIND_RUPTURE, mother_);
    EXPECT_THAT(all, SizeIs(1));
    return all.empty() ? v1::Signal() : all[0];
  }
  void Dismiss(const v1::Signal& signal) {
    v1::DismissSignalRequest dismiss;
    dismiss.set_name(signal.name());
    dismiss.set_etag(signal.etag());
    dismiss.set_reason(v1::DISMISS_REASON_ASKED_NO_CONCERN);
    const auto done = Run(ByTherapist(), &AllianceService::DismissSignal, dismiss);
    ASSERT_TRUE(done.ok()) << done.status();
  }
  int held_ = 0;
};

TEST_F(SignalCourse, QuietWeeksRaiseNothing) {
  GoodWeeks(8);
  EXPECT_THAT(Signals(true), IsEmpty());
}

TEST_F(SignalCourse, ARuptureIsClosedWhenTheRatingsAreBack) {
  GoodWeeks(5);
  Week(30);
  EXPECT_EQ(Rupture().state(), v1::SIGNAL_STATE_OPEN);
  EXPECT_EQ(Rupture().interpersonal(), v1::INTERPERSONAL_SELF);
  for (int i = 0; i < 3; ++i) Week(80);
  const v1::Signal closed = Rupture();
  EXPECT_EQ(closed.state(), v1::SIGNAL_STATE_CLOSED);
  EXPECT_EQ(closed.outcome(), v1::SIGNAL_OUTCOME_REPAIRED);
  EXPECT_EQ(closed.measured_outcome(), v1::SIGNAL_OUTCOME_REPAIRED);
  EXPECT_EQ(closed.recovery_shape(), v1::RECOVERY_SHAPE_V);
}

TEST_F(SignalCourse, ARuptureThatStaysIsAnAlertAfterFiveRatingsAndStaysOpen) {
  GoodWeeks(5);
  for (int i = 0; i < 7; ++i) Week(30);
  const v1::Signal still = Rupture();
  EXPECT_TRUE(IsOpen(still.state()));
  EXPECT_EQ(still.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(still.measured_outcome(), v1::SIGNAL_OUTCOME_UNREPAIRED);
  EXPECT_EQ(still.recovery_shape(), v1::RECOVERY_SHAPE_L);
}

TEST_F(SignalCourse, WhatWasDismissedIsNotRaisedAgainWhileTheSameEventLasts) {
  GoodWeeks(5);
  Week(30);
  ASSERT_EQ(Rupture().evidence(), v1::EVIDENCE_STRONG);
  Dismiss(Rupture());
  Week(30);
  EXPECT_EQ(Rupture().state(), v1::SIGNAL_STATE_CLOSED);
}

TEST_F(SignalCourse, ANewEventAfterARepairIsANewSignal) {
  GoodWeeks(5);
  Week(30);
  for (int i = 0; i < 4; ++i) Week(80);
  ASSERT_EQ(Rupture().state(), v1::SIGNAL_STATE_CLOSED);
  Week(25);
  EXPECT_THAT(Of(v1::SIGNAL_KIND_RUPTURE, mother_), SizeIs(2));
}

TEST_F(SignalCourse, ALateRatingCountsInTheSessionItIsAbout) {
  GoodWeeks(4);
  const std::string late = Next();
  ASSERT_TRUE(Rate(late, father_, 79, 80).ok());
  Relay();
  Week(31);
  Dismiss(Rupture());
  ASSERT_TRUE(Rate(late, mother_, 30, 80).ok());
  Relay();
  // The event began a session earlier than was known: still the one that was dismissed.
  EXPECT_EQ(Rupture().state(), v1::SIGNAL_STATE_CLOSED);
}

TEST_F(SignalCourse, TheRatingAfterARepairIsSaidOfTheClosedSignal) {
  GoodWeeks(5);
  Week(30);
  while (Rupture().state() != v1::SIGNAL_STATE_CLOSED && held_ < 12) Week(80);
  EXPECT_FALSE(Rupture().has_recovery_sustained());
  Week(80);
  EXPECT_TRUE(Rupture().recovery_sustained());
  EXPECT_EQ(Rupture().outcome(), v1::SIGNAL_OUTCOME_REPAIRED);
}

// The mother's room, of 100, week by week; below 0: she gives no rating.
TEST_F(SignalCourse, ADismissedIsolationComesBackOnNewEvidenceOnly) {
  const auto week = [&](int room) {
    const std::string session = Next();
    EXPECT_TRUE(Rate(session, father_, 78, 80).ok());
    if (room >= 0) EXPECT_TRUE(Rate(session, mother_, 78, room).ok());
    Relay();
  };
  for (int i = 0; i < 4; ++i) week(80);
  week(20);
  week(20);
  ASSERT_THAT(Of(v1::SIGNAL_KIND_ISOLATION, mother_), SizeIs(1));
  Dismiss(Of(v1::SIGNAL_KIND_ISOLATION, mother_)[0]);
  week(-1);
  EXPECT_THAT(Of(v1::SIGNAL_KIND_ISOLATION, mother_), SizeIs(1)) << "she said nothing new";
  week(20);
  EXPECT_THAT(Of(v1::SIGNAL_KIND_ISOLATION, mother_), SizeIs(2)) << "no room once more";
}

TEST_F(SignalCourse, AnIsolationIsClosedWhenTheMemberHasTheirPlaceAgain) {
  const auto week = [&](int room) {
    const std::string session = Next();
    EXPECT_TRUE(Rate(session, father_, 78, 80).ok());
    EXPECT_TRUE(Rate(session, child_, 3, 3, "pulse-child").ok());
    EXPECT_TRUE(Rate(session, mother_, 78, room).ok());
    Relay();
  };
  for (int i = 0; i < 4; ++i) week(80);
  week(20);
  week(20);
  ASSERT_TRUE(IsOpen(Of(v1::SIGNAL_KIND_ISOLATION, mother_).at(0).state()));
  for (int i = 0; i < 6; ++i) week(80);
  const auto all = Of(v1::SIGNAL_KIND_ISOLATION, mother_);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].state(), v1::SIGNAL_STATE_CLOSED);
  EXPECT_EQ(all[0].outcome(), v1::SIGNAL_OUTCOME_OVER);
}

// But what somebody said of safety (late_answers_test.cc): every answer of a low form is low.
TEST_F(SignalCourse, WithTheCaseEverySignalEndsAndNoneIsRaisedAfterwards) {
  GoodWeeks(5);
  Week(30);
  Week(57);
  ASSERT_TRUE(IsOpen(Rupture().state())) << Rupture().ShortDebugString();
  facts_.state = CaseState::kClosed;
  ASSERT_TRUE(Deliver(Event("intake", internal::v1::EVENT_TYPE_CASE_CHANGED, 2, "")).ok());
  EXPECT_THAT(EndedByTheCase(), IsEmpty());
  EXPECT_EQ(Rupture().outcome(), v1::SIGNAL_OUTCOME_PARTLY) << "half of the fall was regained";
  ASSERT_TRUE(Deliver(Event("intake", internal::v1::EVENT_TYPE_CASE_CHANGED, 3, "")).ok());
  Week(20);
  EXPECT_THAT(EndedByTheCase(), IsEmpty());
}

TEST_F(SignalCourse, AnOpenCaseThatChangesEndsNothing) {
  GoodWeeks(5);
  Week(30);
  ASSERT_TRUE(Deliver(Event("intake", internal::v1::EVENT_TYPE_CASE_CHANGED, 2, "")).ok());
  EXPECT_TRUE(IsOpen(Rupture().state()));
}

// domain.md 12b.9: two members who slide away in the same construct are one open split.
TEST_F(SignalCourse, OneSplitOfAConstructIsOpenAtATime) {
  FamilyFile file;
  file.id = family_;
  StoredSession& session = file.sessions.emplace_back();
  session.record.id = support::TestId("session-1");
  const FileView view{file, facts_, shelf_, names_, store_.clock.NowMicros()};
  const std::vector<SessionFacts> history = {{.number = 1}};
  const auto split = [&](const std::string& member, v1::Content content, double posterior) {
    return Assessment{.kind = v1::SIGNAL_KIND_SPLIT,
                      .member = names_.Member(family_, member),
                      .content = content,
                      .posterior = posterior,
                      .evidence = posterior > .7 ? v1::EVIDENCE_STRONG : v1::EVIDENCE_MODERATE,
                      .raised = true,
                      .open = true,
                      .since = 1};
  };
  const std::vector<Assessment> two = {split(mother_, v1::CONTENT_ALLIANCE, .5),
                                       split(father_, v1::CONTENT_ALLIANCE, .8)};
  const auto raised = EvaluateSignals(view, {}, history, {.last = two});
  ASSERT_THAT(raised, SizeIs(1));
  EXPECT_EQ(raised[0].after.signal().member(), names_.Member(family_, father_));
  const std::vector<Assessment> apart = {split(mother_, v1::CONTENT_BOND, .5),
                                         split(father_, v1::CONTENT_TASK, .8)};
  EXPECT_THAT(EvaluateSignals(view, {}, history, {.last = apart}), SizeIs(2));
  // The open one stays the father's, also when another part has fallen most by now.
  StoredSignal& stored = file.signals.emplace_back();
  stored.record.id = "signal-1";
  stored.message = raised[0].after;
  stored.message.mutable_signal()->set_session("an earlier one");
  const std::vector<Assessment> later = {split(mother_, v1::CONTENT_ALLIANCE, .9),
                                         split(father_, v1::CONTENT_BOND, .5)};
  const auto renewed = EvaluateSignals(view, {}, history, {.last = later});
  ASSERT_THAT(renewed, SizeIs(1));
  EXPECT_EQ(renewed[0].before, &stored);
  EXPECT_EQ(renewed[0].after.signal().content(), v1::CONTENT_ALLIANCE);
}

TEST_F(SignalCourse, OneLowAnswerToSafetyIsAnAlertThatOnlyPeopleClose) {
  const std::string session = Next();
  v1::SubmitRatingRequest pulse = Pulse(session, mother_, 80, 80);
  for (v1::RatingPart& part : *pulse.mutable_rating()->mutable_parts()) {
    for (v1::Answer& answer : *part.mutable_answers()) {
      if (answer.item() == 9) answer.set_steps(20);
    }
  }
  ASSERT_TRUE(Run(ByMember(mother_), &AllianceService::SubmitRating, pulse).ok());
  Relay();
  ASSERT_THAT(Of(v1::SIGNAL_KIND_UNSAFE, mother_), SizeIs(1));
  EXPECT_EQ(Of(v1::SIGNAL_KIND_UNSAFE, mother_)[0].level(), v1::SIGNAL_LEVEL_ALERT);
  GoodWeeks(2);
  EXPECT_EQ(Of(v1::SIGNAL_KIND_UNSAFE, mother_)[0].state(), v1::SIGNAL_STATE_OPEN);
  EXPECT_THAT(NotSafeTold(/*by_answer=*/true), ::testing::ElementsAre(mother_))
      << "once, for a safety screen";
  EXPECT_THAT(NotSafeTold(), ::testing::IsEmpty()) << "nobody said so";
}

}  // namespace
}  // namespace rapport::alliance
