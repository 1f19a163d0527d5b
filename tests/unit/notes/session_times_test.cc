// When a session was and who was there, as it is said later: entered afterwards, corrected, joined.
#include "notes/note_rules.h"
#include "notes/session_rules.h"
#include "notes_fixture.h"

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class SessionTimesTest : public NotesTest {
 protected:
  absl::StatusOr<v1::StartSessionResponse> StartAt(const v1::Session& session,
                                                   std::int64_t start_us) {
    v1::StartSessionRequest request;
    request.set_name(session.name());
    request.set_etag(session.etag());
    *request.mutable_start_time() = schema::ToTimestamp(start_us);
    return RunAs(author_, &NotesService::StartSession, request);
  }
  absl::StatusOr<v1::EndSessionResponse> EndAt(const v1::Session& session, std::int64_t end_us,
                                               bool no_show = false) {
    v1::EndSessionRequest request;
    request.set_name(session.name());
    request.set_etag(session.etag());
    request.set_no_show(no_show);
    *request.mutable_end_time() = schema::ToTimestamp(end_us);
    return RunAs(author_, &NotesService::EndSession, request);
  }
  static v1::CorrectSessionRequest Correction(const v1::Session& session) {
    v1::CorrectSessionRequest request;
    request.set_name(session.name());
    request.set_etag(session.etag());
    request.set_reason("it was said wrongly");
    return request;
  }
  absl::StatusOr<v1::CorrectSessionResponse> Correct(const v1::CorrectSessionRequest& request,
                                                     const std::string& who) {
    return RunAs(who, &NotesService::CorrectSession, request);
  }
  // With the mother alone and one therapist.
  v1::Session StartedWithMother(v1::SessionFormat format = v1::SESSION_FORMAT_SUBSYSTEM) {
    v1::ScheduleSessionRequest plan = Plan();
    plan.mutable_session()->set_format(format);
    plan.mutable_session()->mutable_invited_members()->RemoveLast();
    plan.mutable_session()->clear_invited_professionals();
    plan.mutable_session()->add_invited_professionals(names_.Professional(author_));
    const auto planned = RunAs(author_, &NotesService::ScheduleSession, plan);
    EXPECT_TRUE(planned.ok()) << planned.status();
    v1::StartSessionRequest start;
    start.set_name(planned->session().name());
    start.set_etag(planned->session().etag());
    const auto started = RunAs(author_, &NotesService::StartSession, start);
    EXPECT_TRUE(started.ok()) << started.status();
    return started->session();
  }
  absl::StatusOr<v1::RecordAttendanceResponse> Came(const v1::Session& session,
                                                    const std::string& person) {
    v1::RecordAttendanceRequest request;
    request.set_name(session.name());
    request.set_etag(session.etag());
    *request.add_attendance() = Entry(person, v1::PRESENCE_LATE);
    return RunAs(author_, &NotesService::RecordAttendance, request);
  }
};

TEST_F(SessionTimesTest, N1WhatWasHeldWithoutTheComputerIsEnteredWithItsTimes) {
  const v1::Session planned = Scheduled();
  const std::int64_t began = schema::ToMicros(planned.scheduled_start_time());
  store_.clock.Advance(std::chrono::hours(80));
  const auto started = StartAt(planned, began + 5 * kMinute);
  ASSERT_TRUE(started.ok()) << started.status();
  EXPECT_EQ(schema::ToMicros(started->session().start_time()), began + 5 * kMinute);
  EXPECT_EQ(ReasonOf(End(started->session()).status()), "SESSION_TOO_LONG")
      << "nobody meets for three days";
  const auto ended = EndAt(started->session(), began + kHour);
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(schema::ToMicros(ended->session().end_time()), began + kHour);
  EXPECT_EQ(ended->session().state(), v1::SESSION_STATE_HELD);
  const auto attended = Attend(ended->session());
  ASSERT_TRUE(attended.ok()) << attended.status();
  const auto note = Sign(Drafted(attended->session(), author_), author_);
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_TRUE(note->note().late_entry()) << "it was held more than 72 hours ago";
}

TEST_F(SessionTimesTest, N1TimesThatCanNotBeAreRefused) {
  const v1::Session planned = Scheduled();
  const std::int64_t plan = schema::ToMicros(planned.scheduled_start_time());
  for (const std::int64_t start_us : {store_.clock.NowMicros() + 1, plan - 12 * kHour - 1}) {
    const absl::Status refused = StartAt(planned, start_us).status();
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
    EXPECT_THAT(schema::StatusDetails(refused), HasSubstr("start_time"));
  }
  const v1::Session started = Started();
  const std::int64_t began = schema::ToMicros(started.start_time());
  store_.clock.Advance(std::chrono::hours(13));
  for (const std::int64_t end_us :
       {began, began - 1, began + 12 * kHour + 1, store_.clock.NowMicros() + 1}) {
    const absl::Status refused = EndAt(started, end_us).status();
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
    EXPECT_THAT(schema::StatusDetails(refused), HasSubstr("end_time"));
  }
  EXPECT_TRUE(absl::IsInvalidArgument(EndAt(started, began + kHour, true).status()));
  EXPECT_TRUE(End(started, true).ok()) << "that nobody came may be said whenever";
}

TEST_F(SessionTimesTest, N1ASessionIsEnteredByWhatStoodAgainstItThen) {
  const v1::Session planned = Scheduled();
  const std::int64_t began = schema::ToMicros(planned.scheduled_start_time());
  store_.clock.Advance(std::chrono::hours(24));
  facts_.separated = {{mother_, son_, began + kHour}};
  v1::StartSessionRequest now;
  now.set_name(planned.name());
  now.set_etag(planned.etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::StartSession, now).status()),
            "NOT_AVAILABLE_TOGETHER");
  EXPECT_TRUE(StartAt(planned, began).ok()) << "they were separated after it";
}

TEST_F(SessionTimesTest, N1SeparatedBeforeTheyDidNotMeet) {
  const v1::Session planned = Scheduled();
  const std::int64_t began = schema::ToMicros(planned.scheduled_start_time());
  store_.clock.Advance(std::chrono::hours(24));
  facts_.separated = {{mother_, son_, began - 1}};
  EXPECT_EQ(ReasonOf(StartAt(planned, began).status()), "NOT_AVAILABLE_TOGETHER");
}

TEST_F(SessionTimesTest, N1ACorrectionKeepsWhatStoodThereAndWhoSaidWhy) {
  const v1::Session held = Held();
  v1::CorrectSessionRequest request = Correction(held);
  *request.mutable_start_time() = schema::ToTimestamp(Micros(held.start_time()) - 10 * kMinute);
  *request.mutable_end_time() = schema::ToTimestamp(Micros(held.end_time()) - 5 * kMinute);
  *request.add_attendance() = Entry(MemberName(son_), v1::PRESENCE_ABSENT);
  const auto corrected = Correct(request, author_);
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  const v1::Session& session = corrected->session();
  EXPECT_EQ(Micros(session.start_time()), Micros(held.start_time()) - 10 * kMinute);
  EXPECT_EQ(Micros(session.end_time()), Micros(held.end_time()) - 5 * kMinute);
  EXPECT_EQ(AttendanceOf(session, MemberName(son_))->presence(), v1::PRESENCE_ABSENT);
  ASSERT_EQ(session.corrections_size(), 1);
  const v1::SessionCorrection& trace = session.corrections(0);
  EXPECT_EQ(trace.author(), names_.Professional(author_));
  EXPECT_EQ(trace.reason(), "it was said wrongly");
  EXPECT_EQ(Micros(trace.correct_time()), store_.clock.NowMicros());
  EXPECT_EQ(Micros(trace.start_time_before()), Micros(held.start_time()));
  EXPECT_EQ(Micros(trace.end_time_before()), Micros(held.end_time()));
  ASSERT_EQ(trace.attendance_before_size(), 1);
  EXPECT_EQ(trace.attendance_before(0).presence(), v1::PRESENCE_PRESENT);
  EXPECT_EQ(Events().back(), internal::v1::EVENT_TYPE_SESSION_HELD) << "the others hear of it";

  request.set_etag(session.etag());
  EXPECT_EQ(ReasonOf(Correct(request, author_).status()), "NOTHING_CORRECTED");
  v1::GetSessionRequest get;
  get.set_name(session.name());
  const auto by_role = RunAs("", &NotesService::GetSession, get, Viewer::kAgency);
  ASSERT_TRUE(by_role.ok()) << by_role.status();
  EXPECT_THAT(by_role->session().corrections(), IsEmpty());
}

TEST_F(SessionTimesTest, N2NobodyIsRecordedAsHavingBeenThereLongerThanTheSession) {
  const v1::Session started = StartedWithMother();
  store_.clock.Advance(std::chrono::minutes(30));
  v1::RecordAttendanceRequest record;
  record.set_name(started.name());
  record.set_etag(started.etag());
  v1::Attendance& mother = *record.add_attendance();
  mother = Entry(MemberName(mother_), v1::PRESENCE_LEFT_EARLY);
  *mother.mutable_leave_time() = schema::ToTimestamp(store_.clock.NowMicros());
  const auto recorded = RunAs(author_, &NotesService::RecordAttendance, record);
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  store_.clock.Advance(std::chrono::minutes(30));
  const std::int64_t began = Micros(started.start_time());
  const absl::Status too_early = EndAt(recorded->session(), began + 29 * kMinute).status();
  EXPECT_THAT(schema::StatusDetails(too_early), HasSubstr("end_time"));
  const auto ended = EndAt(recorded->session(), began + 40 * kMinute);
  ASSERT_TRUE(ended.ok()) << ended.status();
  v1::CorrectSessionRequest shorter = Correction(ended->session());
  *shorter.mutable_end_time() = schema::ToTimestamp(began + 20 * kMinute);
  const absl::Status alone = Correct(shorter, author_).status();
  EXPECT_TRUE(absl::IsInvalidArgument(alone)) << alone;
  EXPECT_THAT(schema::StatusDetails(alone), HasSubstr("attendance"));
  *shorter.add_attendance() = mother;
  EXPECT_TRUE(absl::IsInvalidArgument(Correct(shorter, author_).status()));
  *shorter.mutable_attendance(0)->mutable_leave_time() = schema::ToTimestamp(began + 20 * kMinute);
  EXPECT_TRUE(Correct(shorter, author_).ok());
}

TEST_F(SessionTimesTest, N4OnceANoteIsLockedACorrectionIsItsAuthors) {
  const v1::Session held = Held();
  ASSERT_TRUE(Sign(Drafted(held, author_), author_).ok());
  v1::CorrectSessionRequest request = Correction(held);
  *request.add_attendance() = Entry(MemberName(son_), v1::PRESENCE_LEFT_EARLY);
  EXPECT_EQ(ReasonOf(Correct(request, second_).status()), "NOT_THE_AUTHOR");
  facts_.helpers[0].period.to_us = store_.clock.NowMicros();
  EXPECT_TRUE(Correct(request, second_).ok()) << "the author left the team";
}

TEST_F(SessionTimesTest, N1OnlyWhatWasHeldIsCorrected) {
  const v1::Session started = Started();
  v1::CorrectSessionRequest request = Correction(started);
  *request.mutable_start_time() = started.start_time();
  EXPECT_EQ(ReasonOf(Correct(request, author_).status()), "SESSION_NOT_HELD");
}

TEST_F(SessionTimesTest, N1ATooLongSessionOfAnEarlierReleaseIsPutRight) {
  // Stored by a release that took the moment of the click for the end.
  const v1::Session held = Held();
  v1::Session stored = held;
  *stored.mutable_end_time() = schema::ToTimestamp(Micros(held.start_time()) + 102 * kHour);
  EXPECT_FALSE(IsLateEntry(stored, Micros(held.start_time()) + 84 * kHour));
  EXPECT_TRUE(IsLateEntry(stored, Micros(held.start_time()) + 84 * kHour + 1))
      << "it took 12 hours at most, whenever somebody ended it";
}

TEST_F(SessionTimesTest, N2WhoCameUninvitedIsInvitedByIt) {
  const v1::Session started = StartedWithMother();
  const auto uncle = Came(started, MemberName(uncle_));
  ASSERT_TRUE(uncle.ok()) << uncle.status();
  EXPECT_THAT(uncle->session().invited_members(),
              ElementsAre(MemberName(mother_), MemberName(uncle_)));
  const auto second = Came(uncle->session(), names_.Professional(second_));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(second->session().invited_professionals(),
              ElementsAre(names_.Professional(author_), names_.Professional(second_)));
  EXPECT_TRUE(absl::IsInvalidArgument(
      Came(second->session(), MemberName(support::TestId("stranger"))).status()));
}

TEST_F(SessionTimesTest, N2WhoMayNotMeetTheOthersIsNotInvitedByIt) {
  facts_.separated = {{mother_, son_, 1}};
  const v1::Session started = StartedWithMother();
  EXPECT_EQ(ReasonOf(Came(started, MemberName(son_)).status()), "NOT_AVAILABLE_TOGETHER");
  facts_.separated.clear();
  facts_.consents.clear();
  EXPECT_EQ(ReasonOf(Came(started, MemberName(son_)).status()), "CONSENT_MISSING");
}

TEST_F(SessionTimesTest, N1NobodyWasInASessionNoMomentOfWhichTheyBelongedToTheFamilyIn) {
  const v1::Session held = Held();
  const std::int64_t began = Micros(held.start_time());
  std::int64_t& joined = facts_.members[1].period.from_us;  // the son
  joined = began + 10 * kMinute;
  v1::CorrectSessionRequest earlier = Correction(held);
  *earlier.mutable_start_time() = schema::ToTimestamp(began - 3 * kHour);
  *earlier.mutable_end_time() = schema::ToTimestamp(began - 2 * kHour);
  const absl::Status refused = Correct(earlier, author_).status();
  EXPECT_EQ(ReasonOf(refused), "NOT_ON_ROSTER");
  EXPECT_THAT(schema::StatusDetails(refused), HasSubstr(MemberName(son_)));
  EXPECT_THAT(schema::StatusDetails(refused), HasSubstr("CorrectMembership"));
  EXPECT_THAT(schema::StatusDetails(refused), Not(HasSubstr(MemberName(mother_))));
  earlier.mutable_end_time()->set_seconds(joined / 1'000'000 + 60);
  const auto corrected = Correct(earlier, author_);
  ASSERT_TRUE(corrected.ok()) << corrected.status() << ": minutes of it are enough";

  v1::CorrectSessionRequest never = Correction(corrected->session());
  facts_.members[1].period.to_us = 2;
  joined = 1;
  *never.mutable_end_time() = schema::ToTimestamp(began);
  EXPECT_EQ(ReasonOf(Correct(never, author_).status()), "NOT_ON_ROSTER") << "they left before";
  *never.add_attendance() = Entry(MemberName(son_), v1::PRESENCE_ABSENT);
  EXPECT_TRUE(Correct(never, author_).ok()) << "who was not there needs no place in the family";
}

TEST_F(SessionTimesTest, N1WhoHoldsASessionIsOnTheTherapistSystemWhileItLasts) {
  const v1::Session started = StartedWithMother();
  const std::int64_t began = Micros(started.start_time());
  store_.clock.Advance(std::chrono::minutes(60));
  facts_.helpers[0].period.from_us = began + 30 * kMinute;
  const auto attended = Came(started, names_.Professional(author_));
  ASSERT_TRUE(attended.ok()) << attended.status();
  EXPECT_EQ(ReasonOf(EndAt(attended->session(), began + 20 * kMinute).status()), "NOT_ON_ROSTER");
  facts_.helpers[0].period.to_us = facts_.helpers[0].period.from_us;
  EXPECT_EQ(ReasonOf(EndAt(attended->session(), began + 40 * kMinute).status()), "NOT_ON_ROSTER")
      << "an entry that was wrong";
  facts_.helpers[0].period.to_us = 0;
  EXPECT_TRUE(EndAt(attended->session(), began + 40 * kMinute).ok());
}

TEST_F(SessionTimesTest, N2AnEntryThatWasWrongIsNobodyWhoCame) {
  const v1::Session started = StartedWithMother();
  facts_.members.erase(facts_.members.begin());
  EXPECT_EQ(ReasonOf(Came(started, MemberName(mother_)).status()), "NOT_ON_ROSTER");
}

// A crisis doesn't wait for the case to be resumed; its record is written once it is.
TEST_F(SessionTimesTest, N1ASessionDuringAHoldIsEnteredOnceTheCaseIsOpenAgain) {
  const v1::Session planned = Scheduled();
  const std::int64_t began = Micros(planned.scheduled_start_time());
  store_.clock.Advance(std::chrono::hours(24));
  facts_.state = CaseState::kOnHold;
  EXPECT_EQ(ReasonOf(StartAt(planned, began).status()), "CASE_NOT_OPEN");
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::ScheduleSession, Plan()).status()),
            "CASE_NOT_OPEN");
  facts_.state = CaseState::kOpen;
  const auto started = StartAt(planned, began);
  ASSERT_TRUE(started.ok()) << started.status();
  EXPECT_TRUE(EndAt(started->session(), began + kHour).ok());
}

TEST_F(SessionTimesTest, N2NobodyJoinsAnIndividualSession) {
  const v1::Session started = StartedWithMother(v1::SESSION_FORMAT_INDIVIDUAL);
  EXPECT_TRUE(absl::IsInvalidArgument(Came(started, MemberName(son_)).status()));
}

TEST_F(SessionTimesTest, N1WhatWasBegunByMistakeIsCancelled) {
  const v1::Session started = Started();
  v1::CancelSessionRequest cancel;
  cancel.set_name(started.name());
  cancel.set_etag(started.etag());
  cancel.set_reason(v1::CANCEL_REASON_BY_FAMILY);
  EXPECT_TRUE(
      absl::IsInvalidArgument(RunAs(author_, &NotesService::CancelSession, cancel).status()));
  cancel.set_reason(v1::CANCEL_REASON_MISTAKEN);
  EXPECT_EQ(ReasonOf(RunAs("", &NotesService::CancelSession, cancel, Viewer::kAgency).status()),
            "ILLEGAL_TRANSITION")
      << "who plans for the agency does not know what was a mistake";
  const auto cancelled = RunAs(author_, &NotesService::CancelSession, cancel);
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->session().state(), v1::SESSION_STATE_CANCELLED);
  EXPECT_FALSE(cancelled->session().has_start_time());

  const v1::Session noted = Started();
  Drafted(noted, author_);
  cancel.set_name(noted.name());
  cancel.set_etag(noted.etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::CancelSession, cancel).status()),
            "SESSION_HAS_NOTES");
  const auto attended = Attend(noted);
  ASSERT_TRUE(attended.ok()) << attended.status();
  cancel.set_etag(attended->session().etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::CancelSession, cancel).status()),
            "MEMBER_ATTENDED");
}

TEST_F(SessionTimesTest, N4WhatIsWrittenOfASessionThatNobodyCameToCanBeSigned) {
  const v1::Session started = StartedWithMother();
  const v1::Note note = Drafted(started, author_);
  EXPECT_EQ(ReasonOf(End(started, /*no_show=*/true).status()), "SESSION_HAS_NOTES");
  store_.clock.Advance(std::chrono::minutes(30));
  const auto ended = End(started);
  ASSERT_TRUE(ended.ok()) << ended.status();
  v1::RecordAttendanceRequest record;
  record.set_name(ended->session().name());
  record.set_etag(ended->session().etag());
  *record.add_attendance() = Entry(MemberName(mother_), v1::PRESENCE_ABSENT);
  ASSERT_TRUE(RunAs(author_, &NotesService::RecordAttendance, record).ok());
  const auto signed_note = Sign(note, author_);
  EXPECT_TRUE(signed_note.ok()) << signed_note.status();
}

TEST_F(SessionTimesTest, N1WhoPlansHearsThatSomebodyIsExpectedTwice) {
  const auto first = RunAs(author_, &NotesService::ScheduleSession, Plan());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(first->warnings(), IsEmpty());
  v1::ScheduleSessionRequest plan = Plan();
  plan.mutable_session()->clear_invited_members();
  plan.mutable_session()->add_invited_members(MemberName(uncle_));
  const auto second = RunAs(author_, &NotesService::ScheduleSession, plan);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(second->warnings(), ElementsAre(v1::SESSION_WARNING_OVERLAP))
      << "the therapists are in both";
  plan.mutable_session()->clear_invited_professionals();
  plan.mutable_session()->add_invited_professionals(names_.Professional(supervisor_));
  AddHelper(supervisor_, false);
  *plan.mutable_session()->mutable_invited_members(0) = MemberName(uncle_);
  const auto third = RunAs(author_, &NotesService::ScheduleSession, plan);
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_THAT(third->warnings(), ElementsAre(v1::SESSION_WARNING_OVERLAP)) << "the uncle";

  v1::UpdateSessionRequest move;
  *move.mutable_session() = third->session();
  for (auto* time : {move.mutable_session()->mutable_scheduled_start_time(),
                     move.mutable_session()->mutable_scheduled_end_time()}) {
    time->set_seconds(time->seconds() + 3'600);
  }
  move.mutable_update_mask()->add_paths("scheduled_start_time");
  move.mutable_update_mask()->add_paths("scheduled_end_time");
  move.set_etag(third->session().etag());
  const auto moved = RunAs(author_, &NotesService::UpdateSession, move);
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_THAT(moved->warnings(), IsEmpty());
}

}  // namespace
}  // namespace rapport::notes
