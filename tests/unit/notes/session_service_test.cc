#include "notes_fixture.h"

#include <rapport/internal/v1/event.pb.h>

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using SessionServiceTest = NotesTest;

constexpr std::int64_t kHeldEvent = internal::v1::EVENT_TYPE_SESSION_HELD;
constexpr std::int64_t kChangedEvent = internal::v1::EVENT_TYPE_SESSION_CHANGED;

TEST_F(SessionServiceTest, GoesFromPlanToHeldAndTellsTheOthers) {
  const v1::Session session = Held();
  EXPECT_EQ(session.state(), v1::SESSION_STATE_HELD);
  EXPECT_EQ(session.held_number(), 1);
  EXPECT_EQ(schema::ToMicros(session.end_time()) - schema::ToMicros(session.start_time()), kHour);
  EXPECT_EQ(session.attendance_size(), 2);
  EXPECT_THAT(Events(), ElementsAre(kChangedEvent, kChangedEvent, kChangedEvent, kHeldEvent));

  v1::GetSessionRequest get;
  get.set_name(session.name());
  auto call = CallOf(author_);
  const auto shown = Run(call, &NotesService::GetSession, get);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_EQ(shown->session().SerializeAsString(), session.SerializeAsString());
  EXPECT_EQ(call.disclosed_version, 4);
  EXPECT_EQ(call.disclosed_resource.size(), 16u);
}

TEST_F(SessionServiceTest, HeldSessionsAreCountedByStart) {
  EXPECT_EQ(Held().held_number(), 1);
  store_.clock.Advance(std::chrono::hours(24));
  EXPECT_EQ(Held().held_number(), 2);
  EXPECT_EQ(Started().held_number(), 0);
}

TEST_F(SessionServiceTest, SeparatedPairIsRefusedWithoutNames) {
  facts_.separated.emplace_back(mother_, son_);
  const auto refused = RunAs(author_, &NotesService::ScheduleSession, Plan());
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status()));
  EXPECT_EQ(ReasonOf(refused.status()), "NOT_AVAILABLE_TOGETHER");
  const std::string details = schema::StatusDetails(refused.status());
  EXPECT_THAT(details, Not(HasSubstr(MemberName(son_))));
  EXPECT_THAT(details, Not(HasSubstr(MemberName(mother_))));
}

TEST_F(SessionServiceTest, ASchedulerIsToldTheSameOfSafetyAndOfConsent) {
  facts_.separated.emplace_back(mother_, son_);
  const auto apart = RunAs("", &NotesService::ScheduleSession, Plan(), Viewer::kAgency);
  facts_.separated.clear();
  facts_.consents.clear();
  const auto without_consent = RunAs("", &NotesService::ScheduleSession, Plan(), Viewer::kAgency);
  EXPECT_EQ(ReasonOf(apart.status()), "NOT_AVAILABLE_TOGETHER");
  EXPECT_EQ(schema::StatusDetails(apart.status()), schema::StatusDetails(without_consent.status()));
  EXPECT_EQ(apart.status().message(), without_consent.status().message());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::ScheduleSession, Plan()).status()),
            "CONSENT_MISSING");
}

TEST_F(SessionServiceTest, I9_WhoIsApartIsNotPlannedIntoOneHourAtOnePlaceOrWithOneHelper) {
  facts_.separated.emplace_back(mother_, son_);
  const auto alone = [&](const std::string& member, const std::string& room,
                         const std::string& helper) {
    v1::ScheduleSessionRequest plan = Plan();
    v1::Session& session = *plan.mutable_session();
    session.set_format(v1::SESSION_FORMAT_INDIVIDUAL);
    session.set_location(room);
    session.clear_invited_members();
    session.add_invited_members(MemberName(member));
    session.clear_invited_professionals();
    session.add_invited_professionals(names_.Professional(helper));
    return plan;
  };
  const auto planned =
      RunAs(author_, &NotesService::ScheduleSession, alone(mother_, "Room 2", author_));
  ASSERT_TRUE(planned.ok()) << planned.status();
  for (const auto& plan : {alone(son_, " room 2", second_), alone(son_, "", second_),
                           alone(son_, "Room 3", author_)}) {
    const auto refused = RunAs(author_, &NotesService::ScheduleSession, plan).status();
    EXPECT_EQ(ReasonOf(refused), "NOT_AVAILABLE_TOGETHER");
    EXPECT_THAT(schema::StatusDetails(refused), HasSubstr("another hour"));
    EXPECT_THAT(schema::StatusDetails(refused), Not(HasSubstr(MemberName(mother_))));
  }
  const auto scheduler =
      RunAs("", &NotesService::ScheduleSession, alone(son_, "Room 2", second_), Viewer::kAgency);
  EXPECT_EQ(ReasonOf(scheduler.status()), "NOT_AVAILABLE_TOGETHER");
  EXPECT_THAT(schema::StatusDetails(scheduler.status()), Not(HasSubstr("another hour")))
      << "why is not for who plans";
  v1::ScheduleSessionRequest later = alone(son_, "Room 2", author_);
  const std::int64_t end_us = schema::ToMicros(planned->session().scheduled_end_time());
  *later.mutable_session()->mutable_scheduled_start_time() = schema::ToTimestamp(end_us);
  *later.mutable_session()->mutable_scheduled_end_time() = schema::ToTimestamp(end_us + kHour);
  const auto moved = RunAs(author_, &NotesService::ScheduleSession, later);
  ASSERT_TRUE(moved.ok()) << moved.status();
  v1::UpdateSessionRequest earlier;
  *earlier.mutable_session() = moved->session();
  *earlier.mutable_session()->mutable_scheduled_start_time() =
      planned->session().scheduled_start_time();
  earlier.mutable_update_mask()->add_paths("scheduled_start_time");
  earlier.set_etag(moved->session().etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::UpdateSession, earlier).status()),
            "NOT_AVAILABLE_TOGETHER");
  EXPECT_TRUE(RunAs(author_, &NotesService::ScheduleSession, alone(son_, "Room 3", second_)).ok());
  v1::ScheduleSessionRequest by_video = alone(son_, "", second_);
  by_video.mutable_session()->set_mode(v1::SESSION_MODE_TELEHEALTH);
  EXPECT_TRUE(RunAs(author_, &NotesService::ScheduleSession, by_video).ok());
}

TEST_F(SessionServiceTest, I9_WhoIsApartByNowDoesNotComeInWhileTheOtherIsThere) {
  const v1::Session first = Started();
  v1::ScheduleSessionRequest alone = Plan();
  alone.mutable_session()->set_format(v1::SESSION_FORMAT_INDIVIDUAL);
  alone.mutable_session()->clear_invited_members();
  alone.mutable_session()->add_invited_members(MemberName(son_));
  const auto second = RunAs(author_, &NotesService::ScheduleSession, alone);
  ASSERT_TRUE(second.ok()) << second.status();
  facts_.separated.emplace_back(mother_, son_);
  v1::StartSessionRequest start;
  start.set_name(second->session().name());
  start.set_etag(second->session().etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::StartSession, start).status()),
            "NOT_AVAILABLE_TOGETHER");
  store_.clock.Advance(std::chrono::hours(13));
  EXPECT_TRUE(RunAs(author_, &NotesService::StartSession, start).ok()) << "the other was not ended";
}

TEST_F(SessionServiceTest, I9_AJointSessionWaitsForEveryScreenThatIsDueAndTheClinicianHearsWhose) {
  const v1::Session session = Scheduled();
  facts_.screens_due = {{mother_, store_.clock.NowMicros()}};
  v1::StartSessionRequest start;
  start.set_name(session.name());
  start.set_etag(session.etag());
  for (const auto& status : {RunAs(author_, &NotesService::ScheduleSession, Plan()).status(),
                             RunAs(author_, &NotesService::StartSession, start).status()}) {
    EXPECT_EQ(ReasonOf(status), "SAFETY_SCREEN_DUE");
    EXPECT_THAT(schema::StatusDetails(status), HasSubstr(MemberName(mother_)));
    EXPECT_THAT(schema::StatusDetails(status), Not(HasSubstr(MemberName(son_))));
  }
  const auto scheduler = RunAs("", &NotesService::ScheduleSession, Plan(), Viewer::kAgency);
  EXPECT_EQ(ReasonOf(scheduler.status()), "NOT_AVAILABLE_TOGETHER");
  EXPECT_THAT(schema::StatusDetails(scheduler.status()), Not(HasSubstr(MemberName(mother_))));
  v1::ScheduleSessionRequest alone = Plan();
  alone.mutable_session()->set_format(v1::SESSION_FORMAT_INDIVIDUAL);
  alone.mutable_session()->clear_invited_members();
  alone.mutable_session()->add_invited_members(MemberName(mother_));
  EXPECT_TRUE(RunAs(author_, &NotesService::ScheduleSession, alone).ok());
}

TEST_F(SessionServiceTest, I1_UnderAnEmergencySessionsAndNotesAreHeldUntilItsTimeIsOver) {
  const std::int64_t now_us = store_.clock.NowMicros(), over_us = now_us + 14'400'000'000;
  for (auto& consent : facts_.consents) {
    consent.period = {now_us, over_us};
    consent.in_emergency = true;
  }
  const v1::Session held = Held();
  EXPECT_EQ(held.state(), v1::SESSION_STATE_HELD);
  const v1::Session session = Scheduled();
  store_.clock.Set(over_us);
  facts_.state = CaseState::kOnHold;  // as intake says once the time is over
  v1::StartSessionRequest start;
  start.set_name(session.name());
  start.set_etag(session.etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::StartSession, start).status()), "CASE_NOT_OPEN");
}

TEST_F(SessionServiceTest, NeedsAnOpenCaseToBePlannedAndToStart) {
  const v1::Session session = Scheduled();
  facts_.state = CaseState::kOnHold;
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::ScheduleSession, Plan()).status()),
            "CASE_NOT_OPEN");
  v1::StartSessionRequest start;
  start.set_name(session.name());
  start.set_etag(session.etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::StartSession, start).status()), "CASE_NOT_OPEN");
}

TEST_F(SessionServiceTest, FaultsOfAPlanAreFieldsOfTheRequest) {
  v1::ScheduleSessionRequest request = Plan();
  request.mutable_session()->add_invited_members(names_.Member(support::TestId("another"), uncle_));
  const auto refused = RunAs(author_, &NotesService::ScheduleSession, request);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status()));
  EXPECT_THAT(schema::StatusDetails(refused.status()), HasSubstr("session.invited_members[2]"));
}

TEST_F(SessionServiceTest, OutdatedOrMissingEtagIsRefusedAndChangesNothing) {
  const v1::Session session = Scheduled();
  v1::StartSessionRequest start;
  start.set_name(session.name());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::StartSession, start).status()), "ETAG_REQUIRED");
  start.set_etag("\"AAAAAAAAAAAA\"");
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::StartSession, start).status()), "ETAG_MISMATCH");
  start.set_etag(session.etag());
  EXPECT_TRUE(RunAs(author_, &NotesService::StartSession, start).ok());
}

TEST_F(SessionServiceTest, UnknownSessionsOfWhateverShapeAreNotFound) {
  const v1::Session session = Scheduled();
  for (const std::string& name :
       {names_.Session(family_, support::TestId("none")),
        names_.Session(support::TestId("another"), support::TestId("none")),
        std::string("families/x/sessions/y"), std::string()}) {
    v1::GetSessionRequest get;
    get.set_name(name);
    EXPECT_TRUE(absl::IsNotFound(RunAs(author_, &NotesService::GetSession, get).status())) << name;
  }
}

TEST_F(SessionServiceTest, UpdatesWhatIsMaskedWhileItIsAPlan) {
  const v1::Session session = Scheduled();
  v1::UpdateSessionRequest update;
  update.mutable_session()->set_name(session.name());
  update.mutable_session()->set_location("room 2");
  update.mutable_session()->set_mode(v1::SESSION_MODE_HOME);
  update.mutable_update_mask()->add_paths("location");
  update.set_etag(session.etag());
  const auto updated = RunAs(author_, &NotesService::UpdateSession, update);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->session().location(), "room 2");
  EXPECT_EQ(updated->session().mode(), v1::SESSION_MODE_OFFICE);
  EXPECT_NE(updated->session().etag(), session.etag());
}

TEST_F(SessionServiceTest, OnceStartedOnlyServiceCodeAndExternalIdsChange) {
  const v1::Session session = Started();
  v1::UpdateSessionRequest update;
  update.mutable_session()->set_name(session.name());
  update.mutable_session()->set_location("room 2");
  update.mutable_update_mask()->add_paths("location");
  update.set_etag(session.etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::UpdateSession, update).status()),
            "SESSION_STARTED");
  update.mutable_update_mask()->set_paths(0, "service_code");
  update.mutable_session()->set_service_code("90847");
  const auto updated = RunAs(author_, &NotesService::UpdateSession, update);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->session().service_code(), "90847");
  EXPECT_EQ(updated->session().location(), "");
}

TEST_F(SessionServiceTest, AnExternalIdIsOneSessionsUntilItGivesItUp) {
  v1::ScheduleSessionRequest plan = Plan();
  auto& id = *plan.mutable_session()->add_external_ids();
  id.set_system("ehr");
  id.set_value("4711");
  const auto first = RunAs(author_, &NotesService::ScheduleSession, plan);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = RunAs(author_, &NotesService::ScheduleSession, plan);
  EXPECT_TRUE(absl::IsAlreadyExists(second.status()));
  EXPECT_THAT(schema::StatusDetails(second.status()), HasSubstr(first->session().name()));

  v1::ListSessionsRequest list;
  list.set_parent(names_.Family(family_));
  list.set_filter("external_ids:\"ehr=4711\"");
  EXPECT_EQ(RunAs(author_, &NotesService::ListSessions, list)->sessions_size(), 1);

  v1::UpdateSessionRequest update;
  update.mutable_session()->set_name(first->session().name());
  update.mutable_update_mask()->add_paths("external_ids");
  update.set_etag(first->session().etag());
  ASSERT_TRUE(RunAs(author_, &NotesService::UpdateSession, update).ok());
  EXPECT_TRUE(RunAs(author_, &NotesService::ScheduleSession, plan).ok());
}

TEST_F(SessionServiceTest, AnExternalIdIsOneThatCanBeFoundAsItIsRead) {
  v1::ScheduleSessionRequest plan = Plan();
  auto& id = *plan.mutable_session()->add_external_ids();
  id.set_system("ehr");
  id.set_value("4711 ");
  const auto refused = RunAs(author_, &NotesService::ScheduleSession, plan).status();
  EXPECT_EQ(ReasonOf(refused), "INVALID_REQUEST");
  EXPECT_THAT(schema::StatusDetails(refused), HasSubstr("session.external_ids[0].value"));
  id.set_value("4711");
  const auto planned = RunAs(author_, &NotesService::ScheduleSession, plan);
  ASSERT_TRUE(planned.ok()) << planned.status();
  v1::UpdateSessionRequest update;
  *update.mutable_session() = planned->session();
  *update.mutable_session()->add_external_ids() = id;
  update.mutable_update_mask()->add_paths("external_ids");
  update.set_etag(planned->session().etag());
  EXPECT_THAT(schema::StatusDetails(RunAs(author_, &NotesService::UpdateSession, update).status()),
              HasSubstr("session.external_ids[1]"))
      << "the same twice";
}

TEST_F(SessionServiceTest, ACancelledSessionSaysWhyAndStays) {
  const v1::Session session = Scheduled();
  v1::CancelSessionRequest cancel;
  cancel.set_name(session.name());
  cancel.set_etag(session.etag());
  cancel.set_reason(v1::CANCEL_REASON_BY_FAMILY);
  cancel.set_note("they called");
  const auto cancelled = RunAs(author_, &NotesService::CancelSession, cancel);
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->session().state(), v1::SESSION_STATE_CANCELLED);
  EXPECT_EQ(cancelled->session().cancel_note(), "they called");
  cancel.set_etag(cancelled->session().etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::CancelSession, cancel).status()),
            "ILLEGAL_TRANSITION");

  v1::GetSessionRequest get;
  get.set_name(session.name());
  const auto by_role = RunAs("", &NotesService::GetSession, get, Viewer::kAgency);
  ASSERT_TRUE(by_role.ok());
  EXPECT_EQ(by_role->session().cancel_note(), "") << "what was said is clinical";
}

TEST_F(SessionServiceTest, ANoShowNeedsNoStartButNobodyThere) {
  const auto missed = End(Scheduled(), true);
  ASSERT_TRUE(missed.ok()) << missed.status();
  EXPECT_EQ(missed->session().state(), v1::SESSION_STATE_NO_SHOW);
  EXPECT_EQ(missed->session().held_number(), 0);
  const auto attended = Attend(Started());
  EXPECT_EQ(ReasonOf(End(attended->session(), true).status()), "MEMBER_ATTENDED");
  EXPECT_EQ(ReasonOf(End(Scheduled()).status()), "ILLEGAL_TRANSITION");
}

TEST_F(SessionServiceTest, CallersByRoleSeeNoAttendance) {
  const v1::Session session = Held();
  v1::GetSessionRequest get;
  get.set_name(session.name());
  EXPECT_THAT(RunAs("", &NotesService::GetSession, get, Viewer::kAgency)->session().attendance(),
              IsEmpty());
  EXPECT_EQ(RunAs(author_, &NotesService::GetSession, get)->session().attendance_size(), 2);
}

TEST_F(SessionServiceTest, AttendanceIsTakenFromTheStartOn) {
  EXPECT_EQ(ReasonOf(Attend(Scheduled()).status()), "SESSION_NOT_STARTED");
  const auto once = Attend(Started());
  ASSERT_TRUE(once.ok()) << once.status();
  v1::RecordAttendanceRequest again;
  again.set_name(once->session().name());
  again.set_etag(once->session().etag());
  *again.add_attendance() = Entry(MemberName(son_), v1::PRESENCE_LEFT_EARLY);
  const auto twice = RunAs(author_, &NotesService::RecordAttendance, again);
  ASSERT_TRUE(twice.ok()) << twice.status();
  EXPECT_EQ(twice->session().attendance_size(), 2);
  *again.add_attendance() = Entry(MemberName(support::TestId("stranger")), v1::PRESENCE_PRESENT);
  again.set_etag(twice->session().etag());
  EXPECT_TRUE(
      absl::IsInvalidArgument(RunAs(author_, &NotesService::RecordAttendance, again).status()))
      << "who is on neither system was not there";
}

TEST_F(SessionServiceTest, CorrectedAttendanceIsToldAgain) {
  const v1::Session session = Held();
  ASSERT_TRUE(Attend(session).ok());
  EXPECT_EQ(Events().back(), kHeldEvent);
}

TEST_F(SessionServiceTest, I7ASessionIsRecordedWithTheConsentOfEveryoneInvited) {
  v1::ScheduleSessionRequest plan = Plan();
  plan.mutable_session()->set_recorded(true);
  const auto refused = RunAs(author_, &NotesService::ScheduleSession, plan);
  EXPECT_EQ(ReasonOf(refused.status()), "RECORDING_CONSENT_MISSING");
  EXPECT_THAT(schema::StatusDetails(refused.status()),
              testing::Not(testing::HasSubstr(MemberName(mother_))));
  facts_.consents.push_back({mother_, intake::v1::CONSENT_PURPOSE_RECORDING, {1, 0}});
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::ScheduleSession, plan).status()),
            "RECORDING_CONSENT_MISSING");
  facts_.consents.push_back({son_, intake::v1::CONSENT_PURPOSE_RECORDING, {1, 0}});
  const auto planned = RunAs(author_, &NotesService::ScheduleSession, plan);
  ASSERT_TRUE(planned.ok()) << planned.status();
  EXPECT_TRUE(planned->session().recorded());

  // Taken back meanwhile.
  facts_.consents.pop_back();
  v1::StartSessionRequest start;
  start.set_name(planned->session().name());
  start.set_etag(planned->session().etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::StartSession, start).status()),
            "RECORDING_CONSENT_MISSING");
  v1::UpdateSessionRequest off;
  off.mutable_session()->set_name(planned->session().name());
  off.mutable_update_mask()->add_paths("recorded");
  off.set_etag(planned->session().etag());
  const auto unrecorded = RunAs(author_, &NotesService::UpdateSession, off);
  ASSERT_TRUE(unrecorded.ok()) << unrecorded.status();
  start.set_etag(unrecorded->session().etag());
  const auto started = RunAs(author_, &NotesService::StartSession, start);
  ASSERT_TRUE(started.ok()) << started.status();
  off.mutable_session()->set_recorded(true);
  off.set_etag(started->session().etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::UpdateSession, off).status()),
            "SESSION_STARTED");
}

TEST_F(SessionServiceTest, AWriteThatComesBetweenIsSeenAndTheWorkDoneAgain) {
  const v1::Session session = Scheduled();
  int ran = 0;
  clock_.between = [&] {
    ++ran;
    Scheduled();
  };
  v1::StartSessionRequest start;
  start.set_name(session.name());
  start.set_etag(session.etag());
  const auto started = RunAs(author_, &NotesService::StartSession, start);
  ASSERT_TRUE(started.ok()) << started.status();
  EXPECT_EQ(ran, 1);
  v1::ListSessionsRequest list;
  EXPECT_EQ(RunAs(author_, &NotesService::ListSessions, list)->sessions_size(), 2);
}

TEST_F(SessionServiceTest, OfTwoWhoStartItOnlyOneDoes) {
  const v1::Session session = Scheduled();
  v1::StartSessionRequest start;
  start.set_name(session.name());
  start.set_etag(session.etag());
  bool other_started = false;
  clock_.between = [&] { other_started = RunAs(second_, &NotesService::StartSession, start).ok(); };
  const auto lost = RunAs(author_, &NotesService::StartSession, start);
  EXPECT_TRUE(other_started);
  EXPECT_EQ(ReasonOf(lost.status()), "ETAG_MISMATCH");
}

TEST_F(SessionServiceTest, TheAnswerIsStoredUnderTheRequestId) {
  auto call = CallOf(author_);
  const auto response = Run(call, &NotesService::ScheduleSession, Plan());
  ASSERT_TRUE(response.ok());
  EXPECT_TRUE(call.answer_stored);
  auto repeat = CallOf(author_);
  repeat.request_id = call.request_id;
  repeat.request_hash = call.request_hash;
  const auto again = Run(repeat, &NotesService::ScheduleSession, Plan());
  EXPECT_TRUE(records::IsDuplicateRequest(again.status())) << again.status();
  const auto stored = RunSync(store_.answers->Find(repeat));
  ASSERT_TRUE(stored.ok() && *stored);
  EXPECT_EQ(**stored, response->SerializeAsString());
}

}  // namespace
}  // namespace rapport::notes
