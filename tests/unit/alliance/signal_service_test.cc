// Signals: raised from what happened, once, and taken through their life cycle.
#include "alliance/signals/monitor_parameters.h"
#include "platform/base/status_macros.h"
#include "unit/alliance/signal_fixture.h"

namespace rapport::alliance {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

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

// "Something went wrong between us."

TEST_F(SignalService, A7WhatAMemberTicksIsAnAlertWhateverTheAnswersAre) {
  const std::string session = QuietUntil(/*ticked=*/true);
  const auto told = Of(v1::SIGNAL_KIND_RUPTURE, mother_);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_GE(told[0].evidence(), v1::EVIDENCE_MODERATE);
  EXPECT_EQ(told[0].target(), names_.Professional(therapist_));
  EXPECT_EQ(told[0].session(), names_.Session(family_, session));
  EXPECT_TRUE(HasFired(told[0], "R7"));
  EXPECT_THAT(told[0].summary(), ::testing::StartsWith("Somebody said it"));
}

TEST_F(SignalService, A7WithoutATickTheSameRatingsSayNothing) {
  QuietUntil(/*ticked=*/false);
  EXPECT_THAT(Of(v1::SIGNAL_KIND_RUPTURE, mother_), IsEmpty());
}

TEST_F(SignalService, A8WhatWasSaidIsForPeopleToCloseAndComesBackWhenItIsSaidAgain) {
  QuietUntil(/*ticked=*/true);
  ASSERT_TRUE(Rate(Next({mother_, father_, child_}), mother_, 81, 80).ok());
  Relay();
  auto told = Of(v1::SIGNAL_KIND_RUPTURE, mother_);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].state(), v1::SIGNAL_STATE_OPEN) << "good ratings don't take it back";
  auto dismiss = StepOn<v1::DismissSignalRequest>(told[0]);
  dismiss.set_reason(v1::DISMISS_REASON_ASKED_NO_CONCERN);
  ASSERT_TRUE(Run(ByTherapist(), &AllianceService::DismissSignal, dismiss).ok());
  ASSERT_TRUE(Rate(Next({mother_, father_, child_}), mother_, 80, 80).ok());
  Relay();
  EXPECT_THAT(Of(v1::SIGNAL_KIND_RUPTURE, mother_), SizeIs(1));
  auto again = Pulse(Next({mother_, father_, child_}), mother_, 80, 80);
  again.mutable_rating()->mutable_parts(0)->set_went_wrong(true);
  ASSERT_TRUE(Run(ByMember(mother_), &AllianceService::SubmitRating, again).ok());
  Relay();
  EXPECT_THAT(Of(v1::SIGNAL_KIND_RUPTURE, mother_), SizeIs(2));
}

TEST_F(SignalService, A7AHelpersMarkCountsOfAMemberWhoNeverRated) {
  const std::string session = Next({mother_, father_, child_});
  v1::SubmitRatingRequest request = Pulse(session, mother_, 80, 80, "pulse-therapist");
  v1::Rating& rating = *request.mutable_rating();
  rating.set_rater(names_.Professional(therapist_));
  rating.mutable_parts()->RemoveLast();
  const v1::Instrument& form = *shelf_.Find("instruments/pulse-therapist.1");
  v1::RatingPart& part = *rating.mutable_parts(0);
  part.set_target(names_.Member(family_, father_));
  part.clear_answers();
  for (const v1::Item& item : form.items()) {
    if (item.asked() == v1::ASKED_ONCE) continue;
    v1::Answer& answer = *part.add_answers();
    answer.set_item(item.number());
    answer.set_steps(80);
  }
  part.set_went_wrong(true);
  const auto rated = Run(ByTherapist(), &AllianceService::SubmitRating, request);
  ASSERT_TRUE(rated.ok()) << rated.status();
  Relay();
  const auto told = Of(v1::SIGNAL_KIND_RUPTURE, father_);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].target(), names_.Professional(therapist_));
  EXPECT_EQ(told[0].summary(),
            "Somebody said it: something went wrong between this member and this helper.");
  EXPECT_THAT(Of(v1::SIGNAL_KIND_RUPTURE, mother_), IsEmpty());
}

TEST_F(SignalService, A3ATickOfTheSessionAsAWholeIsRefused) {
  auto request = Pulse(Next({mother_, father_, child_}), mother_, 80, 80);
  request.mutable_rating()->mutable_parts(1)->set_went_wrong(true);
  const auto refused = Run(ByMember(mother_), &AllianceService::SubmitRating, request);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status()));
  EXPECT_THAT(schema::StatusDetails(refused.status()),
              ::testing::HasSubstr("rating.parts[1].went_wrong"));
}

TEST_F(SignalService, A11OtherSystemsSeeTheAnswersAndNoTick) {
  const std::string session = QuietUntil(/*ticked=*/true);
  const auto ticked = [&](Call&& call) {
    v1::ListRatingsRequest list;
    list.set_parent(names_.Family(family_));
    list.set_session(names_.Session(family_, session));
    const auto listed = Run(std::move(call), &AllianceService::ListRatings, list);
    EXPECT_TRUE(listed.ok()) << listed.status();
    EXPECT_THAT(listed->ratings(), SizeIs(1));
    return listed->ratings(0).parts(0).went_wrong();
  };
  EXPECT_TRUE(ticked(ByMember(mother_)));
  EXPECT_TRUE(ticked(ByTherapist()));
  EXPECT_FALSE(ticked(ByService()));
}

TEST_F(SignalService, A13FormsThatMayBeAddedToOfferTheTick) {
  Next({mother_, father_, child_});
  v1::GetRatingFormRequest get;
  get.set_rating_request(RequestOf(mother_).name());
  const auto form = Run(ByMember(mother_), &AllianceService::GetRatingForm, get);
  ASSERT_TRUE(form.ok()) << form.status();
  EXPECT_TRUE(form->rating_form().asks_went_wrong());
}

TEST_F(SignalService, A7AnAdjudicationChangesNothingOfTheSignalsCourse) {
  const v1::Signal signal = Isolated();
  auto judge = StepOn<v1::AdjudicateSignalRequest>(signal);
  judge.set_verdict(v1::VERDICT_CONFIRMED);
  judge.set_note("she had stopped speaking to us");
  const auto judged = Run(ByTherapist(), &AllianceService::AdjudicateSignal, judge);
  ASSERT_TRUE(judged.ok()) << judged.status();
  const v1::Signal& after = judged->signal();
  EXPECT_EQ(after.state(), signal.state());
  EXPECT_EQ(after.adjudication().verdict(), v1::VERDICT_CONFIRMED);
  EXPECT_EQ(after.adjudication().note(), judge.note());
  EXPECT_EQ(after.adjudication().adjudicated_by(), names_.Professional(therapist_));
  EXPECT_EQ(schema::ToMicros(after.adjudication().adjudicate_time()), store_.clock.NowMicros());
  EXPECT_FALSE(after.has_probability());
  EXPECT_EQ(ReasonOf(Run(ByTherapist(), &AllianceService::AdjudicateSignal, judge).status()),
            "ETAG_MISMATCH");
}

TEST_F(SignalService, A7AClosedSignalIsJudgedTooAndTheJudgementBeforeStaysOnRecord) {
  auto dismiss = StepOn<v1::DismissSignalRequest>(Isolated());
  dismiss.set_reason(v1::DISMISS_REASON_ASKED_NO_CONCERN);
  const auto closed = Run(ByTherapist(), &AllianceService::DismissSignal, dismiss);
  ASSERT_TRUE(closed.ok()) << closed.status();
  auto judge = StepOn<v1::AdjudicateSignalRequest>(closed->signal());
  judge.set_verdict(v1::VERDICT_NOT_CONFIRMED);
  const auto first = Run(ByTherapist(), &AllianceService::AdjudicateSignal, judge);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->signal().state(), v1::SIGNAL_STATE_CLOSED);
  EXPECT_EQ(first->signal().outcome(), v1::SIGNAL_OUTCOME_DISMISSED);
  auto again = StepOn<v1::AdjudicateSignalRequest>(first->signal());
  again.set_verdict(v1::VERDICT_UNCLEAR);
  const auto second = Run(ByTherapist(), &AllianceService::AdjudicateSignal, again);
  ASSERT_TRUE(second.ok()) << second.status();
  const std::string id = names_.Read(schema::patterns::kSignal, first->signal().name())->id;
  std::vector<v1::Verdict> verdicts;
  ASSERT_TRUE(store_
                  .Read([&](db::Tx& tx) -> absl::Status {
                    ASSIGN_OR_RETURN(auto history,
                                     store_.records->History(tx, kAgency, family_, kSignal, id));
                    for (records::Record& one : history) {
                      ASSIGN_OR_RETURN(auto stored,
                                       records::Parse<internal::v1::StoredSignal>(std::move(one)));
                      verdicts.push_back(stored.message.signal().adjudication().verdict());
                    }
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(verdicts.back(), v1::VERDICT_NOT_CONFIRMED);
}

TEST_F(SignalService, A8EveryVersionOfASignalSaysWhatItRestedOnThen) {
  const v1::Signal raised = Isolated();
  ASSERT_TRUE(Run(ByTherapist(), &AllianceService::AcknowledgeSignal,
                  StepOn<v1::AcknowledgeSignalRequest>(raised))
                  .ok());
  ASSERT_TRUE(Rate(Next({mother_, father_}), mother_, 80, 80).ok());
  Relay();
  const v1::Signal renewed = Of(v1::SIGNAL_KIND_ISOLATION, child_).at(0);
  ASSERT_GT(renewed.occurrences(), raised.occurrences());

  v1::ListSignalRevisionsRequest request;
  request.set_name(raised.name());
  const auto revisions = Run(ByTherapist(), &AllianceService::ListSignalRevisions, request);
  ASSERT_TRUE(revisions.ok()) << revisions.status();
  ASSERT_GE(revisions->signals_size(), 3);
  const v1::Signal &first = revisions->signals(0),
                   &last = revisions->signals(revisions->signals_size() - 1);
  EXPECT_EQ(first.state(), v1::SIGNAL_STATE_OPEN);
  EXPECT_EQ(first.occurrences(), 1);
  EXPECT_THAT(first.tests(), ::testing::Not(::testing::IsEmpty()));
  EXPECT_EQ(last.SerializeAsString(), renewed.SerializeAsString());
  request.set_name(names_.Signal(family_, support::TestId("none")));
  EXPECT_TRUE(absl::IsNotFound(
      Run(ByTherapist(), &AllianceService::ListSignalRevisions, request).status()));
}

// The session was entered in error, and corrected to nobody having come.
}  // namespace
}  // namespace rapport::alliance
