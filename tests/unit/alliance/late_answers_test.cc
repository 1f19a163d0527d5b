// What somebody says is heard whenever it comes: about a session before the last, in any order, and
// once more while somebody has put the signal off.
#include "unit/alliance/alliance_fixture.h"

#include <iostream>
#include <random>
#include <set>

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kSafetyItem = 9;

class LateAnswersService : public AllianceTest {
 protected:
  std::string Next(int days = 2) {
    store_.clock.Advance(std::chrono::hours(24 * days));
    return Hold(support::TestId("session-" + std::to_string(++held_)), {mother_, father_, child_});
  }
  struct Form {
    int safety = 90;  // of 100
    int room = 80;
    bool ticked = false;
  };
  v1::SubmitRatingRequest FormOf(const std::string& session, const std::string& member, Form form) {
    v1::SubmitRatingRequest pulse = Pulse(session, member, 80, form.room);
    v1::Rating& rating = *pulse.mutable_rating();
    rating.mutable_parts(0)->set_went_wrong(form.ticked);
    for (v1::RatingPart& part : *rating.mutable_parts()) {
      for (v1::Answer& answer : *part.mutable_answers()) {
        if (answer.item() == kSafetyItem) answer.set_steps(form.safety);
      }
    }
    return pulse;
  }
  void Answer(const std::string& session, const std::string& member, Form form) {
    const auto rated =
        Run(ByMember(member), &AllianceService::SubmitRating, FormOf(session, member, form));
    ASSERT_TRUE(rated.ok()) << rated.status();
    Relay();
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
  v1::Signal OneOf(v1::SignalKind kind, const std::string& member) {
    const auto all = Of(kind, member);
    EXPECT_THAT(all, SizeIs(1));
    return all.empty() ? v1::Signal() : all[0];
  }
  template <typename Request>
  static Request StepOn(const v1::Signal& signal) {
    Request request;
    request.set_name(signal.name());
    request.set_etag(signal.etag());
    return request;
  }
  void Dismiss(const v1::Signal& signal) {
    auto dismiss = StepOn<v1::DismissSignalRequest>(signal);
    dismiss.set_reason(v1::DISMISS_REASON_ASKED_NO_CONCERN);
    const auto done = Run(ByTherapist(), &AllianceService::DismissSignal, dismiss);
    ASSERT_TRUE(done.ok()) << done.status();
  }
  absl::Status Snooze(const v1::Signal& signal, std::int64_t us) {
    auto snooze = StepOn<v1::SnoozeSignalRequest>(signal);
    *snooze.mutable_until_time() = schema::ToTimestamp(store_.clock.NowMicros() + us);
    return Run(ByTherapist(), &AllianceService::SnoozeSignal, snooze).status();
  }
  // The families in the caseload, of which this one is closed.
  std::vector<std::string> CaseloadOfClosed() {
    rosters_.caseload.over = {names_.Family(family_)};
    Access access;
    access.viewer = Viewer::kCareTeam;
    access.facts = std::make_shared<AccessFacts>(facts_);
    access_.granted[family_] = access;
    const auto response =
        Run(ByTherapist(), &AllianceService::GetCaseload, v1::GetCaseloadRequest());
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> families;
    for (const auto& entry : response->entries()) families.push_back(entry.family());
    return families;
  }
  std::vector<std::string> ScreensDue() { return NotSafeTold(/*by_answer=*/true); }
  int held_ = 0;
};

TEST_F(LateAnswersService, A7ALowAnswerToSafetyIsHeardAfterTheNextSession) {
  const std::string first = Next(), second = Next();
  Answer(first, mother_, {.safety = 0});
  const v1::Signal signal = OneOf(v1::SIGNAL_KIND_UNSAFE, mother_);
  EXPECT_EQ(signal.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(signal.state(), v1::SIGNAL_STATE_OPEN);
  EXPECT_EQ(signal.session(), names_.Session(family_, first));
  EXPECT_THAT(signal.summary(), ::testing::HasSubstr("0.0 of 10"));
  EXPECT_THAT(ScreensDue(), ElementsAre(mother_));
  Answer(second, father_, {});
  Next();
  EXPECT_EQ(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_).occurrences(), 1) << "she said so once";
  EXPECT_THAT(ScreensDue(), SizeIs(1));
}

TEST_F(LateAnswersService, A7ALateLowAnswerIsHeardAlthoughTheNextOneWasGood) {
  const std::string first = Next(), second = Next();
  Answer(second, mother_, {.safety = 100});
  Answer(first, mother_, {.safety = 0});
  EXPECT_EQ(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_).state(), v1::SIGNAL_STATE_OPEN);
}

TEST_F(LateAnswersService, A7ALateLowAnswerIsAnAlertAlthoughOnesSinceWereOnlyLowerThanBefore) {
  const std::string first = Next();
  Answer(Next(), mother_, {.safety = 100});
  Answer(Next(), mother_, {.safety = 45});
  ASSERT_EQ(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_).level(), v1::SIGNAL_LEVEL_WATCH);
  Answer(first, mother_, {.safety = 0});
  EXPECT_EQ(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_).level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_THAT(ScreensDue(), ElementsAre(mother_));
}

// By then the falls alone are reason enough to watch.
TEST_F(LateAnswersService, A7HardlyAnyRoomTwiceIsAnAlertWhenTheSecondAnswerIsLateAfterAFall) {
  for (int i = 0; i < 4; ++i) Answer(Next(), mother_, {.room = 90 - i % 2});
  Answer(Next(), mother_, {.room = 10});
  ASSERT_EQ(OneOf(v1::SIGNAL_KIND_ISOLATION, mother_).level(), v1::SIGNAL_LEVEL_WATCH);
  const std::string second = Next();
  Next();
  Answer(second, mother_, {.room = 20});
  EXPECT_EQ(OneOf(v1::SIGNAL_KIND_ISOLATION, mother_).level(), v1::SIGNAL_LEVEL_ALERT);
}

TEST_F(LateAnswersService, A7ALateTickIsHeard) {
  const std::string first = Next(), second = Next();
  Answer(second, mother_, {});
  Answer(first, mother_, {.ticked = true});
  const v1::Signal signal = OneOf(v1::SIGNAL_KIND_RUPTURE, mother_);
  EXPECT_EQ(signal.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(signal.session(), names_.Session(family_, first));
  EXPECT_THAT(signal.summary(), ::testing::StartsWith("Somebody said it"));
  for (int i = 0; i < 4; ++i) Answer(Next(), mother_, {});
  EXPECT_EQ(OneOf(v1::SIGNAL_KIND_RUPTURE, mother_).state(), v1::SIGNAL_STATE_OPEN)
      << "good ratings don't take it back";
}

TEST_F(LateAnswersService, A7HardlyAnyRoomTwiceIsHeardWhenTheSecondAnswerIsLate) {
  const std::string first = Next(), second = Next();
  Answer(first, mother_, {.room = 10});
  Next();
  Answer(second, mother_, {.room = 10});
  const v1::Signal signal = OneOf(v1::SIGNAL_KIND_ISOLATION, mother_);
  EXPECT_EQ(signal.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_EQ(signal.state(), v1::SIGNAL_STATE_OPEN);
}

TEST_F(LateAnswersService, A7RoomThatWasSeenAgainSinceIsNoSignal) {
  const std::string first = Next(), second = Next();
  Answer(first, mother_, {.room = 10});
  for (int i = 0; i < 5; ++i) Answer(Next(/*days=*/1), mother_, {.room = 90});
  Answer(second, mother_, {.room = 10});
  EXPECT_THAT(Of(v1::SIGNAL_KIND_ISOLATION, mother_), IsEmpty());
}

TEST_F(LateAnswersService, A7ThatNobodyHasABondIsNotSaidBeforeTheThirdSessionsFormsHadTheirTime) {
  for (int i = 0; i < 3; ++i) Next();
  EXPECT_THAT(Of(v1::SIGNAL_KIND_ISOLATION, mother_), IsEmpty()) << "held, and hardly asked";
  Next(/*days=*/8);
  const v1::Signal signal = OneOf(v1::SIGNAL_KIND_ISOLATION, mother_);
  EXPECT_EQ(signal.level(), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_THAT(signal.summary(), ::testing::HasSubstr("no alliance with any helper"));
}

TEST_F(LateAnswersService, A7WhoWasKeptApartIsNotMissedInThoseSessionsOnceTheyMeetAgain) {
  const auto weeks = [&](int count, const std::vector<std::string>& present) {
    for (int i = 0; i < count; ++i) {
      store_.clock.Advance(std::chrono::hours(24 * 7));
      const std::string session = support::TestId("session-" + std::to_string(++held_));
      Hold(session, present);
      for (const std::string& member : present) {
        if (member != child_) Answer(session, member, {});
      }
    }
  };
  weeks(4, {mother_, father_, child_});
  facts_.separated = {{mother_, father_, store_.clock.NowMicros()}};
  weeks(4, {mother_, child_});
  EXPECT_THAT(Of(v1::SIGNAL_KIND_ISOLATION, father_), IsEmpty());
  facts_.separated.clear();
  weeks(1, {mother_, father_, child_});
  EXPECT_THAT(Of(v1::SIGNAL_KIND_ISOLATION, father_), IsEmpty());
}

TEST_F(LateAnswersService, A8WhatPeopleClosedStaysClosedUntilItIsSaidOfAnotherSession) {
  const std::string first = Next(), second = Next();
  Answer(second, mother_, {.safety = 0});
  Dismiss(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_));
  Answer(second, father_, {});
  Answer(Next(), mother_, {.safety = 100});
  EXPECT_EQ(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_).state(), v1::SIGNAL_STATE_CLOSED);
  Answer(first, mother_, {.safety = 0});
  EXPECT_THAT(Of(v1::SIGNAL_KIND_UNSAFE, mother_), SizeIs(2)) << "she said it of another session";
  EXPECT_THAT(ScreensDue(), ElementsAre(mother_, mother_));
}

TEST_F(LateAnswersService, A7WhatIsTypedInAfterMonthsIsHistory) {
  v1::SubmitRatingRequest form = FormOf(Next(), mother_, {.safety = 0});
  for (int i = 0; i < 4; ++i) Next(30);
  form.mutable_rating()->set_mode(v1::RATING_MODE_PAPER);
  const auto rated = Run(ByTherapist(), &AllianceService::SubmitRating, form);
  ASSERT_TRUE(rated.ok()) << rated.status();
  Relay();
  EXPECT_THAT(Of(v1::SIGNAL_KIND_UNSAFE, mother_), IsEmpty());
  EXPECT_THAT(ScreensDue(), IsEmpty());
}

// Whatever order forms come in, the same is open: what members said of safety and what went wrong.
TEST_F(LateAnswersService, A7TheOrderInWhichFormsComeChangesNothingOfWhatIsOpen) {
  const unsigned seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  const auto chance = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
  for (int world = 0; world < 6; ++world) {
    struct Told {
      int session = 0;
      std::string member;
      Form form;
    };
    std::vector<Told> told;
    for (int session = 0; session < 3; ++session) {
      for (const std::string& member : {mother_, father_}) {
        if (chance(20)) continue;
        told.push_back({session, member, {.safety = chance(30) ? 10 : 90, .ticked = chance(20)}});
      }
    }
    std::set<std::string> as_they_were;
    for (int order = 0; order < 3; ++order) {
      family_ = support::TestId("family-" + std::to_string(3 * world + order));
      facts_.family = family_;
      if (order > 0) std::ranges::shuffle(told, random);
      std::vector<std::string> sessions;
      const auto answer = [&](int session) {
        for (const Told& one : told) {
          if (order > 0 || one.session == session) {
            Answer(sessions.at(static_cast<std::size_t>(one.session)), one.member, one.form);
          }
        }
      };
      for (int session = 0; session < 3; ++session) {
        sessions.push_back(Next());
        if (order == 0 || session == 2) answer(session);
      }
      std::set<std::string> open;
      for (const v1::Signal& signal : Signals()) {
        const bool said = std::ranges::any_of(signal.tests(), [](const v1::SignalTest& test) {
          return test.code() == "R7" && test.outcome() == v1::TEST_OUTCOME_FIRED;
        });
        if (signal.kind() != v1::SIGNAL_KIND_UNSAFE && !said) continue;
        const bool mother = signal.member() == names_.Member(family_, mother_);
        open.insert(v1::SignalKind_Name(signal.kind()) + (mother ? " mother" : " father"));
      }
      if (order == 0) as_they_were = open;
      EXPECT_EQ(open, as_they_were) << "seed " << seed << ", world " << world;
    }
  }
}

// Said again.

TEST_F(LateAnswersService, A14WhoSaysAgainThatItIsHardlySafeIsHeardWhileTheSignalIsPutOff) {
  Answer(Next(), mother_, {.safety = 0});
  ASSERT_TRUE(Snooze(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_), 6 * kDay).ok());
  Answer(Next(), mother_, {.safety = 10});
  const v1::Signal again = OneOf(v1::SIGNAL_KIND_UNSAFE, mother_);
  EXPECT_EQ(again.state(), v1::SIGNAL_STATE_OPEN);
  EXPECT_FALSE(again.has_snooze_until_time());
  EXPECT_EQ(again.occurrences(), 2);
  EXPECT_THAT(ScreensDue(), ElementsAre(mother_, mother_)) << "another screen";
}

TEST_F(LateAnswersService, A14WhoSaysItAgainIsHeardWhenTheSignalWasSeenOrIsWorkedOn) {
  Answer(Next(), mother_, {.safety = 0});
  const auto seen =
      Run(ByTherapist(), &AllianceService::AcknowledgeSignal,
          StepOn<v1::AcknowledgeSignalRequest>(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_)));
  ASSERT_TRUE(seen.ok()) << seen.status();
  Answer(Next(), mother_, {.safety = 100});
  EXPECT_EQ(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_).state(), v1::SIGNAL_STATE_ACKNOWLEDGED);
  Answer(Next(), mother_, {.safety = 0});
  EXPECT_EQ(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_).state(), v1::SIGNAL_STATE_OPEN);
  auto begin = StepOn<v1::RecordRepairRequest>(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_));
  begin.mutable_repair()->add_actions(v1::REPAIR_ACTION_INVITED_MEMBER);
  const auto working = Run(ByTherapist(), &AllianceService::RecordRepair, begin);
  ASSERT_TRUE(working.ok()) << working.status();
  const std::string session = Next();
  Answer(session, mother_, {.safety = 0});
  EXPECT_EQ(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_).state(), v1::SIGNAL_STATE_OPEN);
  EXPECT_THAT(ScreensDue(), SizeIs(3));
  Answer(session, father_, {});
  EXPECT_THAT(ScreensDue(), SizeIs(3)) << "once for a session";
}

// Nobody has looked at it because the work ended.
TEST_F(LateAnswersService, A14WhatWasSaidOfSafetyStaysOpenWhenTheCaseIsClosed) {
  Answer(Next(), mother_, {.safety = 0, .ticked = true});
  facts_.state = CaseState::kClosed;
  ASSERT_TRUE(Deliver(Event("intake", internal::v1::EVENT_TYPE_CASE_CHANGED, 2, "")).ok());
  EXPECT_EQ(OneOf(v1::SIGNAL_KIND_RUPTURE, mother_).state(), v1::SIGNAL_STATE_CLOSED);
  EXPECT_EQ(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_).state(), v1::SIGNAL_STATE_OPEN);
  EXPECT_THAT(CaseloadOfClosed(), SizeIs(1));
  Dismiss(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_));
  EXPECT_THAT(Signals(), IsEmpty());
  EXPECT_THAT(CaseloadOfClosed(), IsEmpty());
}

TEST_F(LateAnswersService, AnAnswerThatWasOnlyLowerThanBeforeEndsWithTheCase) {
  Answer(Next(), mother_, {.safety = 100});
  Answer(Next(), mother_, {.safety = 45});
  ASSERT_EQ(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_).level(), v1::SIGNAL_LEVEL_WATCH);
  EXPECT_THAT(ScreensDue(), IsEmpty());
  facts_.state = CaseState::kClosed;
  ASSERT_TRUE(Deliver(Event("intake", internal::v1::EVENT_TYPE_CASE_CHANGED, 2, "")).ok());
  EXPECT_EQ(OneOf(v1::SIGNAL_KIND_UNSAFE, mother_).outcome(), v1::SIGNAL_OUTCOME_OVER);
}

TEST_F(LateAnswersService, A14ItStaysInTheCaseloadHoweverManySignalsTheAgencyHas) {
  support::TestCall call(kAgency, "staff", support::TestId("others"));
  records::Changes changes(call, store_.clock.NowMicros());
  for (int i = 0; i <= records::ListQuery().limit; ++i) {
    records::Record record = NewRecord(kSignal, support::TestId("others"), 1);
    record.state = v1::SIGNAL_STATE_OPEN;
    record.sort_us = 1;
    changes.Create(records::With(record, internal::v1::StoredSignal()));
  }
  ASSERT_TRUE(RunSync(deps_.records.Commit(call, std::move(changes), v1::Signal())).ok());
  Answer(Next(), mother_, {.safety = 0});
  facts_.state = CaseState::kClosed;
  ASSERT_TRUE(Deliver(Event("intake", internal::v1::EVENT_TYPE_CASE_CHANGED, 2, "")).ok());
  EXPECT_THAT(CaseloadOfClosed(), SizeIs(1));
}

TEST_F(LateAnswersService, A14ASignalOfSafetyIsPutOffForAWeekAtMost) {
  Answer(Next(), mother_, {.safety = 0});
  const v1::Signal signal = OneOf(v1::SIGNAL_KIND_UNSAFE, mother_);
  EXPECT_TRUE(absl::IsInvalidArgument(Snooze(signal, 8 * kDay)));
  EXPECT_TRUE(Snooze(signal, 7 * kDay).ok());
}

}  // namespace
}  // namespace rapport::alliance
