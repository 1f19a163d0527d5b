// What a billing system is told of a session.
#include "notes/billing_rules.h"
#include "notes/values.h"
#include "notes_fixture.h"
#include "platform/rpc/authorise.h"

#include <rapport/notes/v1/notes_service.pb.h>

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class BillingTest : public NotesTest {
 protected:
  v1::BillingFacts Of(const v1::Session& session) {
    v1::GetBillingFactsRequest request;
    request.set_name(session.name());
    const auto response = RunAs("", &NotesService::GetBillingFacts, request, Viewer::kAgency);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->billing_facts() : v1::BillingFacts();
  }
  absl::StatusOr<v1::UpdateSessionResponse> Bill(const v1::Session& session,
                                                 const std::string& client) {
    v1::UpdateSessionRequest request;
    request.mutable_session()->set_name(session.name());
    request.mutable_session()->set_service_code("90847");
    request.mutable_session()->set_identified_client(client);
    request.mutable_update_mask()->add_paths("service_code");
    request.mutable_update_mask()->add_paths("identified_client");
    request.set_etag(session.etag());
    return RunAs(author_, &NotesService::UpdateSession, request);
  }
};

TEST_F(BillingTest, N1SaysWhenItWasWhoWasThereAndForWhomItIsBilled) {
  const v1::Session started = Started();
  v1::RecordAttendanceRequest attendance;
  attendance.set_name(started.name());
  attendance.set_etag(started.etag());
  auto& mother = *attendance.add_attendance() = Entry(MemberName(mother_), v1::PRESENCE_LATE);
  *mother.mutable_join_time() = started.start_time();
  *attendance.add_attendance() = Entry(MemberName(son_), v1::PRESENCE_ABSENT);
  *attendance.add_attendance() = Entry(names_.Professional(second_), v1::PRESENCE_ABSENT);
  const auto attended = RunAs(author_, &NotesService::RecordAttendance, attendance);
  ASSERT_TRUE(attended.ok()) << attended.status();
  store_.clock.Advance(std::chrono::hours(1));
  const auto ended = End(attended->session());
  ASSERT_TRUE(ended.ok()) << ended.status();
  const auto billed = Bill(ended->session(), MemberName(mother_));
  ASSERT_TRUE(billed.ok()) << billed.status() << ": also once it was held";
  const v1::BillingFacts facts = Of(ended->session());
  EXPECT_EQ(facts.session(), started.name());
  EXPECT_EQ(facts.state(), v1::SESSION_STATE_HELD);
  EXPECT_EQ(facts.format(), v1::SESSION_FORMAT_SUBSYSTEM);
  EXPECT_EQ(facts.mode(), v1::SESSION_MODE_OFFICE);
  EXPECT_EQ(Micros(facts.start_time()), Micros(started.start_time()));
  EXPECT_EQ(Micros(facts.end_time()), Micros(ended->session().end_time()));
  EXPECT_EQ(facts.service_code(), "90847");
  EXPECT_EQ(facts.identified_client(), MemberName(mother_));
  ASSERT_EQ(facts.attendees_size(), 1) << "the son was not there";
  EXPECT_EQ(facts.attendees(0).member(), MemberName(mother_));
  EXPECT_TRUE(facts.attendees(0).has_join_time());
  EXPECT_FALSE(facts.attendees(0).has_leave_time());
  EXPECT_THAT(facts.providers(),
              ElementsAre(names_.Professional(author_), names_.Professional(trainee_)));
  EXPECT_FALSE(facts.note_signed());
}

TEST_F(BillingTest, N4ANoteCountsOnceEverybodySignedWhoHasToAndUntilItIsFoundInError) {
  const v1::Session session = Held();
  const v1::Note trainees = Drafted(session, trainee_);
  EXPECT_FALSE(Of(session).note_signed()) << "a draft";
  const auto waiting = Sign(trainees, trainee_);
  ASSERT_TRUE(waiting.ok()) << waiting.status();
  EXPECT_FALSE(Of(session).note_signed()) << "it waits for the supervisor";
  v1::CosignNoteRequest cosign;
  cosign.set_name(waiting->note().name());
  cosign.set_etag(waiting->note().etag());
  store_.clock.Advance(std::chrono::hours(1));
  auto locked = RunAs(supervisor_, &NotesService::CosignNote, cosign, Viewer::kSupervisor);
  ASSERT_TRUE(locked.ok()) << locked.status();
  const v1::BillingFacts facts = Of(session);
  EXPECT_TRUE(facts.note_signed());
  EXPECT_EQ(Micros(facts.note_sign_time()), Micros(waiting->note().signatures(0).sign_time()));
  EXPECT_THAT(facts.SerializeAsString(), Not(HasSubstr("what was said")));

  v1::MarkEnteredInErrorRequest mark;
  mark.set_name(locked->note().name());
  mark.set_etag(locked->note().etag());
  mark.set_reason("of another family");
  const auto claimed = RunAs(author_, &NotesService::MarkEnteredInError, mark);
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  EXPECT_TRUE(Of(session).note_signed()) << "a claim alone changes nothing";
  mark.set_etag(claimed->note().etag());
  ASSERT_TRUE(
      RunAs(supervisor_, &NotesService::MarkEnteredInError, mark, Viewer::kSupervisor).ok());
  EXPECT_FALSE(Of(session).note_signed());
  EXPECT_FALSE(Of(session).has_note_sign_time());
}

TEST(BillingRules, N4OnlyANoteOfSomebodyWhoWasThereMakesItBillable) {
  v1::Session session;
  session.set_state(v1::SESSION_STATE_HELD);
  session.add_invited_professionals("professionals/there");
  session.add_invited_professionals("professionals/away");
  session.add_attendance()->set_person("professionals/away");
  session.mutable_attendance(0)->set_presence(v1::PRESENCE_ABSENT);
  v1::Note note;
  note.set_state(v1::NOTE_STATE_LOCKED);
  note.add_signatures()->mutable_sign_time()->set_seconds(1);
  const v1::Note* const notes[] = {&note};
  for (const char* author : {"professionals/away", "professionals/elsewhere"}) {
    note.set_author(author);
    EXPECT_FALSE(BillingFactsOf(session, notes).note_signed()) << author;
  }
  note.set_author("professionals/there");
  EXPECT_TRUE(BillingFactsOf(session, notes).note_signed());
}

TEST_F(BillingTest, N1TheIdentifiedClientIsAMemberOfTheFamily) {
  const v1::Session session = Scheduled();
  const auto refused = Bill(session, MemberName(support::TestId("stranger"))).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused));
  EXPECT_THAT(schema::StatusDetails(refused), HasSubstr("session.identified_client"));
  auto plan = Plan();
  plan.mutable_session()->set_identified_client(MemberName(support::TestId("stranger")));
  EXPECT_TRUE(
      absl::IsInvalidArgument(RunAs(author_, &NotesService::ScheduleSession, plan).status()));
  EXPECT_EQ(Of(session).identified_client(), "");
}

TEST_F(BillingTest, N1IsForOtherSystemsOfTheAgencyAlone) {
  const auto* service = v1::GetBillingFactsRequest::descriptor()->file()->pool()->FindServiceByName(
      "rapport.notes.v1.SessionNotesService");
  const auto policy = schema::PolicyOf(service->FindMethodByName("GetBillingFacts"));
  ASSERT_TRUE(policy.ok()) << policy.status();
  for (int role = 1; role < options::v1::Role_ARRAYSIZE; ++role) {
    Principal principal{.agency = std::string(kAgency), .subject = "somebody"};
    principal.roles.Add(role);
    EXPECT_EQ(rpc::Decide(principal, *policy, {.family = family_}, &facts_, 10).allowed(),
              role == options::v1::ROLE_SERVICE)
        << options::v1::Role_Name(role);
  }
}

TEST_F(BillingTest, N1ASessionThatIsNotThereIsNotFound) {
  v1::GetBillingFactsRequest request;
  request.set_name(names_.Session(family_, support::TestId("none")));
  EXPECT_EQ(ReasonOf(RunAs("", &NotesService::GetBillingFacts, request, Viewer::kAgency).status()),
            "NOT_FOUND");
}

}  // namespace
}  // namespace rapport::notes
