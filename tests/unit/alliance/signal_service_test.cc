// Signals: raised from what happened, once, and taken through their life cycle.
#include "alliance/signals/monitor_parameters.h"
#include "unit/alliance/alliance_fixture.h"

namespace rapport::alliance {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class SignalService : public AllianceTest {
 protected:
  std::string Next(const std::vector<std::string>& present) {
    store_.clock.Advance(std::chrono::hours(24 * 7));
    return Hold(support::TestId("session-" + std::to_string(++held_)), present);
  }
  // Mother and father rate well, the child misses three sessions that were meant for all.
  void LeaveTheChildOut() {
    for (int i = 0; i < 3; ++i) {
      const std::string session = Next({mother_, father_});
      ASSERT_TRUE(Rate(session, mother_, 80, 80).ok());
      ASSERT_TRUE(Rate(session, father_, 80, 80).ok());
      Relay();
    }
  }
  std::vector<v1::Signal> Of(v1::SignalKind kind, const std::string& member) {
    std::vector<v1::Signal> found;
    for (const v1::Signal& signal : Signals(true)) {
      if (signal.kind() == kind && signal.member() == names_.Member(family_, member)) {
        found.push_back(signal);
      }
    }
    return found;
  }
  template <typename Request>
  Request StepOn(const v1::Signal& signal) {
    Request request;
    request.set_name(signal.name());
    request.set_etag(signal.etag());
    return request;
  }
  v1::Signal Isolated() {
    LeaveTheChildOut();
    const auto signals = Of(v1::SIGNAL_KIND_ISOLATION, child_);
    EXPECT_THAT(signals, SizeIs(1));
    return signals.empty() ? v1::Signal() : signals[0];
  }
  int held_ = 0;
};

TEST_F(SignalService, AMemberWhoIsLeftOutIsSeenWithTheNumbersBehindIt) {
  const v1::Signal signal = Isolated();
  EXPECT_EQ(signal.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(signal.state(), v1::SIGNAL_STATE_OPEN);
  EXPECT_FALSE(signal.summary().empty());
  EXPECT_FALSE(signal.next_step().empty());
  EXPECT_EQ(signal.rule_version(), kMonitorRuleVersion);
  EXPECT_EQ(signal.parameters_version(), 1);
  bool absent_fired = false;
  for (const v1::SignalTest& test : signal.tests()) {
    absent_fired |= test.code() == "I.absent" && test.outcome() == v1::TEST_OUTCOME_FIRED;
  }
  EXPECT_TRUE(absent_fired);
  EXPECT_THAT(Of(v1::SIGNAL_KIND_ISOLATION, mother_), IsEmpty());
  const v1::AllianceMap map = Map(ByTherapist());
  EXPECT_THAT(map.open_signals(), ::testing::ElementsAre(signal.name()));
}

TEST_F(SignalService, OneIsOpenPerMemberAndRenewedOnceASession) {
  const v1::Signal first = Isolated();
  const std::string session = Next({mother_, father_});
  ASSERT_TRUE(Rate(session, mother_, 80, 80).ok());
  Relay();
  ASSERT_TRUE(Rate(session, father_, 80, 80).ok());
  Relay();
  const auto now = Of(v1::SIGNAL_KIND_ISOLATION, child_);
  ASSERT_THAT(now, SizeIs(1));
  EXPECT_EQ(now[0].name(), first.name());
  EXPECT_EQ(now[0].occurrences(), first.occurrences() + 1);
}

TEST_F(SignalService, AnEventDeliveredAgainChangesNothing) {
  LeaveTheChildOut();
  store_.clock.Advance(std::chrono::hours(24 * 7));
  const auto event =
      Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 1,
            Held(support::TestId("session-9"), {mother_, father_}).SerializeAsString());
  ASSERT_TRUE(Deliver(event).ok());
  const auto once = Signals(true);
  ASSERT_TRUE(Deliver(event).ok());
  const auto twice = Signals(true);
  ASSERT_EQ(once.size(), twice.size());
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(once[i].SerializeAsString(), twice[i].SerializeAsString());
  }
}

TEST_F(SignalService, ADropBelowTheRatersOwnBaselineIsSeen) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(Rate(Next({mother_, father_, child_}), mother_, 80 + i % 2, 80).ok());
    Relay();
  }
  EXPECT_THAT(Of(v1::SIGNAL_KIND_RUPTURE, mother_), IsEmpty());
  const std::string session = Next({mother_, father_, child_});
  ASSERT_TRUE(Rate(session, mother_, 30, 80).ok());
  EXPECT_THAT(Of(v1::SIGNAL_KIND_RUPTURE, mother_),
              IsEmpty());  // not before the log is read
  Relay();
  const auto drops = Of(v1::SIGNAL_KIND_RUPTURE, mother_);
  ASSERT_THAT(drops, SizeIs(1));
  EXPECT_EQ(drops[0].target(), names_.Professional(therapist_));
  EXPECT_EQ(drops[0].session(), names_.Session(family_, session));
  EXPECT_EQ(drops[0].instrument(), "instruments/pulse-adult.1");
  EXPECT_TRUE(drops[0].provisional());
}

TEST_F(SignalService, AClosedSignalIsNotRaisedAgainForTheSameSession) {
  const v1::Signal signal = Isolated();
  auto dismiss = StepOn<v1::DismissSignalRequest>(signal);
  dismiss.set_reason(v1::DISMISS_REASON_PLANNED);
  ASSERT_TRUE(Run(ByTherapist(), &AllianceService::DismissSignal, dismiss).ok());
  internal::v1::WorkChanged work;
  work.add_members()->set_member(child_);
  ASSERT_TRUE(
      Deliver(Event("goals", internal::v1::EVENT_TYPE_GOAL_CHANGED, 1, work.SerializeAsString()))
          .ok());
  EXPECT_THAT(Of(v1::SIGNAL_KIND_ISOLATION, child_), SizeIs(1));
  Next({mother_, father_});
  EXPECT_THAT(Of(v1::SIGNAL_KIND_ISOLATION, child_), SizeIs(2));
}

TEST_F(SignalService, ARepairIsBegunAndEnded) {
  const v1::Signal signal = Isolated();
  auto begin = StepOn<v1::RecordRepairRequest>(signal);
  begin.mutable_repair()->add_actions(v1::REPAIR_ACTION_INVITED_MEMBER);
  auto working = Run(ByTherapist(), &AllianceService::RecordRepair, begin);
  ASSERT_TRUE(working.ok()) << working.status();
  EXPECT_EQ(working->signal().state(), v1::SIGNAL_STATE_WORKING);
  auto end = StepOn<v1::RecordRepairRequest>(working->signal());
  *end.mutable_repair() = begin.repair();
  end.set_outcome(v1::SIGNAL_OUTCOME_REPAIRED);
  auto closed = Run(ByTherapist(), &AllianceService::RecordRepair, end);
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->signal().state(), v1::SIGNAL_STATE_CLOSED);
  EXPECT_EQ(closed->signal().repairs_size(), 2);
  EXPECT_TRUE(closed->signal().has_close_time());
  EXPECT_THAT(Signals(), IsEmpty());
}

TEST_F(SignalService, AStepThatTheStateDoesNotAllowIsRefused) {
  const v1::Signal signal = Isolated();
  auto dismiss = StepOn<v1::DismissSignalRequest>(signal);
  dismiss.set_reason(v1::DISMISS_REASON_DATA_ERROR);
  const auto closed = Run(ByTherapist(), &AllianceService::DismissSignal, dismiss);
  ASSERT_TRUE(closed.ok());
  EXPECT_EQ(ReasonOf(Run(ByTherapist(), &AllianceService::AcknowledgeSignal,
                         StepOn<v1::AcknowledgeSignalRequest>(closed->signal()))
                         .status()),
            "SIGNAL_STATE");
}

TEST_F(SignalService, TheEtagOfTheVersionSeenIsNeeded) {
  const v1::Signal signal = Isolated();
  const auto acknowledge = StepOn<v1::AcknowledgeSignalRequest>(signal);
  EXPECT_TRUE(Run(ByTherapist(), &AllianceService::AcknowledgeSignal, acknowledge).ok());
  EXPECT_EQ(ReasonOf(Run(ByTherapist(), &AllianceService::AcknowledgeSignal, acknowledge).status()),
            "ETAG_MISMATCH");
}

TEST_F(SignalService, ASnoozedSignalIsOpenAgainWhenItsTimeIsOver) {
  const v1::Signal signal = Isolated();
  auto snooze = StepOn<v1::SnoozeSignalRequest>(signal);
  snooze.set_note("after the holidays");
  *snooze.mutable_until_time() = schema::ToTimestamp(store_.clock.NowMicros() + 61 * kDay);
  EXPECT_EQ(Run(ByTherapist(), &AllianceService::SnoozeSignal, snooze).status().code(),
            absl::StatusCode::kInvalidArgument);
  *snooze.mutable_until_time() = schema::ToTimestamp(store_.clock.NowMicros() + 2 * kDay);
  const auto snoozed = Run(ByTherapist(), &AllianceService::SnoozeSignal, snooze);
  ASSERT_TRUE(snoozed.ok()) << snoozed.status();
  EXPECT_EQ(snoozed->signal().state(), v1::SIGNAL_STATE_SNOOZED);
  store_.clock.Advance(std::chrono::hours(48));
  EXPECT_EQ(Signals()[0].state(), v1::SIGNAL_STATE_OPEN);
}

TEST_F(SignalService, DismissingForAnotherReasonNeedsWords) {
  auto dismiss = StepOn<v1::DismissSignalRequest>(Isolated());
  dismiss.set_reason(v1::DISMISS_REASON_OTHER);
  EXPECT_EQ(Run(ByTherapist(), &AllianceService::DismissSignal, dismiss).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(SignalService, APastMapShowsSignalsAsTheyWereThen) {
  const v1::Signal signal = Isolated();
  const std::int64_t open_us = store_.clock.NowMicros();
  store_.clock.Advance(std::chrono::hours(1));
  auto dismiss = StepOn<v1::DismissSignalRequest>(signal);
  dismiss.set_reason(v1::DISMISS_REASON_PLANNED);
  ASSERT_TRUE(Run(ByTherapist(), &AllianceService::DismissSignal, dismiss).ok());
  EXPECT_THAT(Map(ByTherapist()).open_signals(), IsEmpty());
  EXPECT_THAT(Map(ByTherapist(), open_us).open_signals(), SizeIs(1));
}

}  // namespace
}  // namespace rapport::alliance
