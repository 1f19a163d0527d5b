#include "notes_fixture.h"

#include <random>

namespace rapport::notes {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// The son's extract, in a family whose other members are what the test makes of them.
class ExtractTest : public NotesTest {
 protected:
  ExtractTest() {
    rosters_.called = {{MemberName(son_), "Tom Harbour"},
                       {MemberName(mother_), "Mira Harbour"},
                       {MemberName(uncle_), "Émile Tide"}};
  }

  v1::GetMemberExtractRequest OfTheSon() const {
    v1::GetMemberExtractRequest request;
    request.set_name(MemberName(son_));
    return request;
  }
  v1::GetMemberExtractResponse Extract() {
    auto response = RunAs(author_, &NotesService::GetMemberExtract, OfTheSon());
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::GetMemberExtractResponse();
  }

  v1::Statement Saying(const std::string& member, const std::string& text) const {
    v1::Statement statement;
    if (!member.empty()) statement.set_about_member(MemberName(member));
    statement.set_text(text);
    return statement;
  }
  // Signed, and locked unless `sign_only`.
  v1::Note Written(const v1::Session& session, const std::string& author,
                   const std::vector<v1::Statement>& statements, bool sign_only = false) {
    v1::CreateNoteRequest request;
    request.set_parent(session.name());
    request.mutable_note()->set_format(v1::NOTE_FORMAT_FREE);
    auto& section = *request.mutable_note()->add_sections();
    section.set_kind(v1::SECTION_KIND_NARRATIVE);
    for (const v1::Statement& statement : statements) *section.add_statements() = statement;
    auto created = RunAs(author, &NotesService::CreateNote, request);
    EXPECT_TRUE(created.ok()) << created.status();
    auto signed_one = Sign(created->note(), author, sign_only);
    EXPECT_TRUE(signed_one.ok()) << signed_one.status();
    return signed_one->note();
  }
  v1::Note Added(const v1::Note& note, const v1::Statement& statement) {
    v1::AddAddendumRequest request;
    request.set_name(note.name());
    request.set_etag(note.etag());
    request.set_reason("Mira asked for it");
    *request.add_statements() = statement;
    auto added = RunAs(author_, &NotesService::AddAddendum, request);
    EXPECT_TRUE(added.ok()) << added.status();
    return added->note();
  }
  // A held session of these members alone.
  v1::Session HeldWith(const std::vector<std::string>& members) {
    v1::ScheduleSessionRequest plan = Plan();
    plan.mutable_session()->clear_invited_members();
    for (const std::string& member : members) {
      plan.mutable_session()->add_invited_members(MemberName(member));
    }
    v1::Session session = RunAs(author_, &NotesService::ScheduleSession, plan)->session();
    v1::StartSessionRequest start;
    start.set_name(session.name());
    start.set_etag(session.etag());
    session = RunAs(author_, &NotesService::StartSession, start)->session();
    v1::RecordAttendanceRequest attend;
    attend.set_name(session.name());
    attend.set_etag(session.etag());
    for (const std::string& member : session.invited_members()) {
      *attend.add_attendance() = Entry(member, v1::PRESENCE_PRESENT);
    }
    session = RunAs(author_, &NotesService::RecordAttendance, attend)->session();
    store_.clock.Advance(std::chrono::minutes(50));
    return End(session)->session();
  }
};

TEST_F(ExtractTest, N3IsTheMembersPartOfSessionsAndNotes) {
  const v1::Session session = Held();
  HeldWith({mother_});
  Written(session, author_,
          {Saying(son_, "hums"), Saying(mother_, "slept"), Saying("", "laughed"),
           Saying(son_, "fears Mira")});
  const v1::GetMemberExtractResponse extract = Extract();
  ASSERT_THAT(extract.sessions(), SizeIs(1));
  const v1::ExtractedSession& part = extract.sessions(0);
  EXPECT_EQ(part.session(), session.name());
  EXPECT_EQ(part.attendance().participation(), v1::PARTICIPATION_QUIET);
  EXPECT_TRUE(part.has_end_time());
  ASSERT_THAT(part.notes(), SizeIs(1));
  EXPECT_EQ(part.notes(0).author(), names_.Professional(author_));
  EXPECT_TRUE(part.notes(0).has_sign_time());
  ASSERT_THAT(part.notes(0).statements(), SizeIs(1));
  EXPECT_EQ(part.notes(0).statements(0).text(), "hums");
  EXPECT_THAT(extract.SerializeAsString(), Not(HasSubstr(MemberName(mother_))));
}

TEST_F(ExtractTest, N3SaysWhomItDiscloses) {
  Held();
  auto call = CallOf(author_);
  ASSERT_TRUE(Run(call, &NotesService::GetMemberExtract, OfTheSon()).ok());
  EXPECT_THAT(call.disclosed_members, ::testing::ElementsAre(son_));
}

TEST_F(ExtractTest, N3IsOfSomebodyWhoWasInTheFamily) {
  v1::GetMemberExtractRequest stranger;
  stranger.set_name(MemberName(support::TestId("stranger")));
  EXPECT_TRUE(absl::IsNotFound(RunAs(author_, &NotesService::GetMemberExtract, stranger).status()));
}

TEST_F(ExtractTest, N3WithoutTheNamesThereIsNone) {
  Held();
  rosters_.reachable = false;
  EXPECT_TRUE(
      absl::IsUnavailable(RunAs(author_, &NotesService::GetMemberExtract, OfTheSon()).status()));
}

TEST_F(ExtractTest, N3IsReadInPagesOfATime) {
  std::vector<std::string> sessions;
  for (int i = 0; i < 3; ++i) sessions.push_back(HeldWith({son_}).name());
  v1::GetMemberExtractRequest request = OfTheSon();
  request.set_page_size(2);
  std::vector<std::string> seen;
  do {
    const auto page = RunAs(author_, &NotesService::GetMemberExtract, request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& one : page->sessions()) seen.push_back(one.session());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(seen, sessions) << "oldest first";

  request = OfTheSon();
  *request.mutable_to_time() = Extract().sessions(1).scheduled_start_time();
  EXPECT_THAT(RunAs(author_, &NotesService::GetMemberExtract, request)->sessions(), SizeIs(1));
  *request.mutable_from_time() = Extract().sessions(2).scheduled_start_time();
  EXPECT_THAT(
      schema::StatusDetails(RunAs(author_, &NotesService::GetMemberExtract, request).status()),
      HasSubstr("to_time"));
}

// One family whose other members do something at random, over and over: the extract stays what it
// is to the byte, until something of the member's own changes.
TEST_F(ExtractTest, N3NothingThatOthersDoChangesAByte) {
  const unsigned seed = 20'310'303;
  std::mt19937 rng(seed);
  const auto pick = [&](int below) {
    return std::uniform_int_distribution<int>(0, below - 1)(rng);
  };
  const v1::Session joint = Held(), open = Held();
  v1::Note note = Written(joint, author_,
                          {Saying(son_, "hums"), Saying(mother_, "slept"), Saying("", "laughed")});
  Written(open, author_, {Saying(son_, "wants a dog")}, /*sign_only=*/true);
  v1::Session open_now = open;
  const std::string expected = Extract().SerializeAsString();
  ASSERT_THAT(Extract().sessions(), SizeIs(2));

  const auto of_others = [&] {
    const std::string name = rosters_.called[1].display_name;
    v1::Statement quoting = Saying(son_, "was told that he hums");
    quoting.add_quoted_members(MemberName(mother_));
    const v1::Statement all[] = {Saying(mother_, "said"), Saying("", "argued"), quoting,
                                 Saying(son_, "hit " + name.substr(0, name.find(' ')) + "'s car")};
    return all[pick(4)];
  };
  const std::function<void()> steps[] = {
      [&] { Written(HeldWith({mother_}), author_, {of_others(), Saying(son_, "is unkind")}); },
      [&] { Written(HeldWith({mother_, uncle_}), second_, {of_others()}); },
      [&] { Drafted(HeldWith({uncle_}), second_); },
      [&] { note = Added(note, of_others()); },
      [&] {
        v1::AmendNoteRequest amend;
        amend.set_name(note.name());
        amend.set_etag(note.etag());
        amend.set_reason("another word");
        v1::Correction& correction = *amend.add_corrections();
        correction.set_section(v1::SECTION_KIND_NARRATIVE);
        correction.set_statement(2);
        *correction.mutable_after() = Saying(mother_, "slept " + std::to_string(requests_));
        const auto amended = RunAs(author_, &NotesService::AmendNote, amend);
        ASSERT_TRUE(amended.ok()) << amended.status();
        note = amended->note();
      },
      [&] {
        v1::RecordAttendanceRequest attend;
        attend.set_name(open_now.name());
        attend.set_etag(open_now.etag());
        v1::Attendance& entry = *attend.add_attendance();
        entry = Entry(MemberName(mother_), pick(2) ? v1::PRESENCE_LATE : v1::PRESENCE_ABSENT);
        const auto attended = RunAs(author_, &NotesService::RecordAttendance, attend);
        ASSERT_TRUE(attended.ok()) << attended.status();
        open_now = attended->session();
      },
      [&] {
        v1::RecordObservationRequest observe;
        observe.set_parent(joint.name());
        observe.mutable_observation()->set_view(v1::OBSERVATION_VIEW_OBSERVER);
        observe.mutable_observation()->set_shared_purpose(pick(7) - 3);
        const auto observed = RunAs(author_, &NotesService::RecordObservation, observe);
        ASSERT_TRUE(observed.ok() || absl::IsAlreadyExists(observed.status())) << observed.status();
      },
      [&] {
        const std::string cousin = support::TestId("cousin" + std::to_string(requests_));
        AddMember(cousin);
        rosters_.called.push_back({MemberName(cousin), "Kit Tide"});
      },
  };
  // What others are called makes no difference either.
  const char* const called[] = {"Mira Harbour", "Zoë Tide", "Wilhelmina Harbour", "Bo"};
  rosters_.called[1].display_name = called[pick(4)];
  for (int step = 0; step < 60; ++step) {
    const int which = pick(static_cast<int>(std::size(steps)));
    steps[which]();
    ASSERT_EQ(Extract().SerializeAsString(), expected)
        << "seed " << seed << ", step " << step << " was " << which;
  }
  note = Added(note, Saying(son_, "sings as well"));
  EXPECT_NE(Extract().SerializeAsString(), expected) << "it is the member's own";
}

}  // namespace
}  // namespace rapport::notes
