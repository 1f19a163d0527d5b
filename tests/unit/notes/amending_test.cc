#include "notes/amendment_rules.h"
#include "notes/engagement_rules.h"
#include "notes/note_rules.h"
#include "notes/worklist_rules.h"
#include "notes_fixture.h"

namespace rapport::notes {
namespace {

using ::testing::HasSubstr;

class AmendingTest : public NotesTest {
 protected:
  v1::Note Locked() {
    auto response = Sign(Drafted(Held(), author_), author_);
    EXPECT_TRUE(response.ok()) << response.status();
    return response->note();
  }
  static v1::AmendNoteRequest Amend(const v1::Note& note, v1::SectionKind section, int statement) {
    v1::AmendNoteRequest request;
    request.set_name(note.name());
    request.set_etag(note.etag());
    request.set_reason("misheard");
    auto& correction = *request.add_corrections();
    correction.set_section(section);
    correction.set_statement(statement);
    return request;
  }
  absl::StatusOr<v1::MarkEnteredInErrorResponse> Mark(const v1::Note& note, const std::string& who,
                                                      const std::string& reason) {
    v1::MarkEnteredInErrorRequest request;
    request.set_name(note.name());
    request.set_etag(note.etag());
    request.set_reason(reason);
    return RunAs(who, &NotesService::MarkEnteredInError, request);
  }
};

TEST_F(AmendingTest, N4AnAmendmentShowsBeforeAndAfterAndKeepsWhatWasSigned) {
  const v1::Note locked = Locked();
  v1::AmendNoteRequest request = Amend(locked, v1::SECTION_KIND_DATA, 1);
  v1::Correction& correction = *request.mutable_corrections(0);
  correction.mutable_before()->set_text("what the caller claims stood there");
  correction.mutable_after()->set_text("what was really said");
  correction.mutable_after()->set_about_member(MemberName(son_));
  const auto first = RunAs(author_, &NotesService::AmendNote, request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->note().amendments_size(), 1);
  const v1::Amendment& amendment = first->note().amendments(0);
  EXPECT_EQ(amendment.number(), 1);
  EXPECT_EQ(amendment.author(), names_.Professional(author_));
  EXPECT_EQ(schema::ToMicros(amendment.amend_time()), store_.clock.NowMicros());
  EXPECT_EQ(amendment.corrections(0).before().text(), "what was said");
  EXPECT_EQ(amendment.corrections(0).before().about_member(), MemberName(mother_));
  EXPECT_EQ(amendment.content_hash(), AmendmentHash(locked.content_hash(), amendment));
  EXPECT_EQ(first->note().content_hash(), locked.content_hash());
  EXPECT_EQ(first->note().sections(0).SerializeAsString(), locked.sections(0).SerializeAsString());
  EXPECT_EQ(first->note().state(), v1::NOTE_STATE_LOCKED);

  request = Amend(first->note(), v1::SECTION_KIND_DATA, 1);  // struck out
  const auto second = RunAs(author_, &NotesService::AmendNote, request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->note().amendments(1).corrections(0).before().text(), "what was really said");
  EXPECT_FALSE(second->note().amendments(1).corrections(0).has_after());
  request.set_etag(second->note().etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::AmendNote, request).status()),
            "NOTHING_CORRECTED");
}

// A field that says nothing yet, said.
void Say(const google::protobuf::FieldDescriptor& field, v1::Statement* statement) {
  const auto& reflection = *statement->GetReflection();
  if (field.is_repeated()) {
    reflection.AddString(statement, &field, "families/f/members/other");
  } else if (field.cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
    reflection.SetString(statement, &field, "families/f/members/other");
  } else if (field.cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL) {
    reflection.SetBool(statement, &field, true);
  } else {
    ASSERT_EQ(field.message_type(), v1::SharingDecision::descriptor()) << "say the new field too";
    statement->mutable_sharing()->set_ground(v1::SHARING_GROUND_DISCRETION);
  }
}

TEST(Corrections, N4AreOfEveryFieldOfAStatement) {
  v1::Note note;
  v1::NoteSection& section = *note.add_sections();
  section.set_kind(v1::SECTION_KIND_PLAN);
  section.add_statements()->set_text("as signed");
  const auto& statement = *v1::Statement::descriptor();
  for (int i = 0; i < statement.field_count(); ++i) {
    Corrections corrections;
    corrections.Add()->set_section(v1::SECTION_KIND_PLAN);
    corrections[0].set_statement(1);
    *corrections[0].mutable_after() = section.statements(0);
    EXPECT_FALSE(FillBefore(note, &corrections)) << "nothing is corrected";
    Say(*statement.field(i), corrections[0].mutable_after());
    EXPECT_TRUE(FillBefore(note, &corrections)) << statement.field(i)->name();
    EXPECT_EQ(corrections[0].before().SerializeAsString(),
              section.statements(0).SerializeAsString());
  }
}

TEST_F(AmendingTest, N4WhatWasToldInPrivateCanBeMarkedAfterTheLock) {
  const v1::Note locked = Locked();
  v1::AmendNoteRequest request = Amend(locked, v1::SECTION_KIND_DATA, 1);
  v1::Statement& after = *request.mutable_corrections(0)->mutable_after();
  after = locked.sections(0).statements(0);
  after.set_told_in_private_by(MemberName(son_));
  const auto marked = RunAs(author_, &NotesService::AmendNote, request);
  ASSERT_TRUE(marked.ok()) << "a policy keeps out new words, not a mark on what stands there: "
                           << marked.status();
  EXPECT_EQ(marked->note().amendments(0).corrections(0).after().told_in_private_by(),
            MemberName(son_));
  after.set_text("something else that he told");
  request.set_etag(marked->note().etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::AmendNote, request).status()), "PRIVATE_ITEM");
}

TEST_F(AmendingTest, N4AmendingIsTheAuthorsUntilTheyLeftTheTeam) {
  const v1::Note locked = Locked();
  v1::AmendNoteRequest request = Amend(locked, v1::SECTION_KIND_PLAN, 1);
  request.mutable_corrections(0)->mutable_after()->set_text("another plan");
  EXPECT_EQ(ReasonOf(RunAs(second_, &NotesService::AmendNote, request).status()), "NOT_THE_AUTHOR");
  facts_.helpers[0].period.to_us = store_.clock.NowMicros();
  EXPECT_EQ(ReasonOf(RunAs(supervisor_, &NotesService::AmendNote, request).status()),
            "NOT_THE_AUTHOR");
  const auto amended = RunAs(second_, &NotesService::AmendNote, request);
  ASSERT_TRUE(amended.ok()) << amended.status();
  EXPECT_EQ(amended->note().author(), names_.Professional(author_));
  EXPECT_EQ(amended->note().amendments(0).author(), names_.Professional(second_));
}

TEST_F(AmendingTest, N4WhatIsNotLockedIsNotAmended) {
  const v1::Note draft = Drafted(Held(), author_);
  v1::AmendNoteRequest request = Amend(draft, v1::SECTION_KIND_PLAN, 1);
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::AmendNote, request).status()),
            "NOTE_NOT_LOCKED");
  EXPECT_TRUE(absl::IsNotFound(RunAs(second_, &NotesService::AmendNote, request).status()))
      << "a draft is not there for others";
}

TEST_F(AmendingTest, N4EveryWrongCorrectionIsListedAtOnce) {
  const v1::Note locked = Locked();
  v1::AmendNoteRequest request = Amend(locked, v1::SECTION_KIND_PLAN, 2);
  *request.add_corrections() = request.corrections(0);
  request.mutable_corrections(0)->mutable_after()->set_about_member(
      MemberName(support::TestId("stranger")));
  const auto refused = RunAs(author_, &NotesService::AmendNote, request);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
  for (const char* field : {"corrections[0].statement", "corrections[0].after.about_member",
                            "corrections[1].statement"}) {
    EXPECT_THAT(schema::StatusDetails(refused.status()), HasSubstr(field));
  }
  request.set_etag("");
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::AmendNote, request).status()), "ETAG_REQUIRED");
  request.set_etag(Drafted(Held(), author_).etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::AmendNote, request).status()), "ETAG_MISMATCH");
}

TEST_F(AmendingTest, N8ACorrectionMovesTheMentionToWhomItIsAbout) {
  v1::Note note = Locked();
  v1::AmendNoteRequest request = Amend(note, v1::SECTION_KIND_DATA, 1);
  request.mutable_corrections(0)->mutable_after()->set_text("it was the uncle");
  request.mutable_corrections(0)->mutable_after()->set_about_member(MemberName(uncle_));
  const auto amended = RunAs(author_, &NotesService::AmendNote, request);
  ASSERT_TRUE(amended.ok()) << amended.status();
  note = amended->note();
  EXPECT_EQ(EngagementOf(MemberName(uncle_), {}, {&note, 1}).mentions(), 1);
  EXPECT_EQ(EngagementOf(MemberName(mother_), {}, {&note, 1}).mentions(), 0);
  note.set_state(v1::NOTE_STATE_ENTERED_IN_ERROR);
  EXPECT_EQ(EngagementOf(MemberName(uncle_), {}, {&note, 1}).mentions(), 0);
  EXPECT_TRUE(MembersTold(note, v1::Session()).empty());
}

TEST_F(AmendingTest, N4EnteredInErrorTakesASecondPerson) {
  const v1::Note locked = Locked();
  const auto unsaid = Mark(locked, author_, "");
  EXPECT_TRUE(absl::IsInvalidArgument(unsaid.status()));
  EXPECT_THAT(schema::StatusDetails(unsaid.status()), HasSubstr("reason"));
  const auto claimed = Mark(locked, author_, "written into another family's record");
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  EXPECT_EQ(claimed->note().state(), v1::NOTE_STATE_LOCKED);
  EXPECT_EQ(claimed->note().entered_in_error().claimant(), names_.Professional(author_));
  const auto alone = Mark(claimed->note(), author_, "again");
  EXPECT_TRUE(absl::IsPermissionDenied(alone.status()));
  EXPECT_EQ(ReasonOf(alone.status()), "SECOND_PERSON_REQUIRED");
  const auto confirmed = Mark(claimed->note(), second_, "");
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  const v1::Note& note = confirmed->note();
  EXPECT_EQ(note.state(), v1::NOTE_STATE_ENTERED_IN_ERROR);
  EXPECT_EQ(note.entered_in_error().confirmer(), names_.Professional(second_));
  EXPECT_EQ(note.entered_in_error().reason(), "written into another family's record");
  EXPECT_EQ(note.sections_size(), locked.sections_size()) << "it stays readable";

  EXPECT_EQ(ReasonOf(Mark(note, author_, "again").status()), "NOTE_ENTERED_IN_ERROR");
  EXPECT_EQ(ReasonOf(Sign(note, author_).status()), "NOTE_ENTERED_IN_ERROR");
  v1::AddAddendumRequest add;
  add.set_name(note.name());
  add.set_etag(note.etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::AddAddendum, add).status()),
            "NOTE_ENTERED_IN_ERROR");
  EXPECT_EQ(
      ReasonOf(
          RunAs(author_, &NotesService::AmendNote, Amend(note, v1::SECTION_KIND_PLAN, 1)).status()),
      "NOTE_NOT_LOCKED");
}

TEST_F(AmendingTest, N4OneOfTheTwoAnswersForTheNote) {
  const std::string third = support::TestId("third");
  AddHelper(third, false);
  const auto claimed = Mark(Locked(), second_, "not what I saw");
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  EXPECT_EQ(ReasonOf(Mark(claimed->note(), third, "").status()), "NOT_THE_AUTHOR");
  EXPECT_EQ(ReasonOf(Mark(claimed->note(), trainee_, "").status()), "NOT_THE_AUTHOR");
  facts_.helpers[0].period.to_us = store_.clock.NowMicros();
  EXPECT_EQ(ReasonOf(Mark(claimed->note(), trainee_, "").status()), "NOT_THE_AUTHOR")
      << "a trainee decides nothing alone";
  EXPECT_TRUE(Mark(claimed->note(), third, "").ok()) << "the author left the team";
}

TEST_F(AmendingTest, N4AClaimIsDeclinedWithAReasonAndTheNoteStands) {
  const auto claimed = Mark(Locked(), second_, "not what I saw");
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  EXPECT_EQ(TasksFor(claimed->note(), [](const std::string&) { return Standing{.author = true}; }),
            std::vector{v1::WORKLIST_TASK_ANSWER_ERROR_CLAIM});
  v1::MarkEnteredInErrorRequest decline;
  decline.set_name(claimed->note().name());
  decline.set_etag(claimed->note().etag());
  decline.set_decline(true);
  EXPECT_TRUE(
      absl::IsInvalidArgument(RunAs(author_, &NotesService::MarkEnteredInError, decline).status()))
      << "why not?";
  decline.set_reason("I was there");
  const auto declined = RunAs(author_, &NotesService::MarkEnteredInError, decline);
  ASSERT_TRUE(declined.ok()) << declined.status();
  EXPECT_EQ(declined->note().state(), v1::NOTE_STATE_LOCKED);
  EXPECT_EQ(declined->note().entered_in_error().decliner(), names_.Professional(author_));
  EXPECT_EQ(declined->note().entered_in_error().decline_reason(), "I was there");
  EXPECT_TRUE(TasksFor(declined->note(), [](const std::string&) {
                return Standing{.author = true};
              }).empty());
  decline.set_etag(declined->note().etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::MarkEnteredInError, decline).status()),
            "NO_ERROR_CLAIM");

  const auto again = Mark(declined->note(), second_, "still not");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->note().entered_in_error().decliner(), "");
  decline.set_etag(again->note().etag());
  EXPECT_TRUE(RunAs(second_, &NotesService::MarkEnteredInError, decline).ok()) << "taken back";
}

TEST_F(AmendingTest, N4AfterAnErrorTheAuthorWritesANewNote) {
  const v1::Session session = Held();
  const auto locked = Sign(Drafted(session, author_), author_);
  ASSERT_TRUE(locked.ok()) << locked.status();
  const auto claimed = Mark(locked->note(), second_, "the wrong session");
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  EXPECT_TRUE(
      absl::IsAlreadyExists(RunAs(author_, &NotesService::CreateNote, Draft(session)).status()));
  ASSERT_TRUE(Mark(claimed->note(), author_, "").ok());
  EXPECT_TRUE(RunAs(author_, &NotesService::CreateNote, Draft(session)).ok());
}

TEST_F(AmendingTest, N4ADraftIsNotEnteredInError) {
  const v1::Note draft = Drafted(Held(), author_);
  EXPECT_EQ(ReasonOf(Mark(draft, author_, "wrong").status()), "NOTE_IS_DRAFT");
}

}  // namespace
}  // namespace rapport::notes
