#include "notes_fixture.h"

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using NoteServiceTest = NotesTest;

TEST_F(NoteServiceTest, ADraftIsTheCallersWhateverTheRequestSays) {
  const v1::Session session = Started();
  v1::CreateNoteRequest request = Draft(session);
  request.mutable_note()->set_author(names_.Professional(second_));
  request.mutable_note()->set_state(v1::NOTE_STATE_LOCKED);
  const auto created = RunAs(author_, &NotesService::CreateNote, request);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->note().author(), names_.Professional(author_));
  EXPECT_EQ(created->note().state(), v1::NOTE_STATE_DRAFT);
  EXPECT_EQ(created->note().revision(), 1);
  EXPECT_EQ(created->note().content_hash(), "");
  EXPECT_EQ(Get(created->note(), author_)->note().SerializeAsString(),
            created->note().SerializeAsString());
}

TEST_F(NoteServiceTest, ThereIsOneNoteForEachSessionAndAuthor) {
  const v1::Session session = Started();
  const v1::Note note = Drafted(session, author_);
  const auto second = RunAs(author_, &NotesService::CreateNote, Draft(session));
  EXPECT_TRUE(absl::IsAlreadyExists(second.status()));
  EXPECT_THAT(schema::StatusDetails(second.status()), HasSubstr(note.name()));
  EXPECT_TRUE(RunAs(second_, &NotesService::CreateNote, Draft(session)).ok());
}

TEST_F(NoteServiceTest, NeedsASessionThatStarted) {
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::CreateNote, Draft(Scheduled())).status()),
            "SESSION_NOT_STARTED");
  v1::CreateNoteRequest nowhere = Draft(Scheduled());
  nowhere.set_parent(names_.Session(family_, support::TestId("none")));
  EXPECT_TRUE(absl::IsNotFound(RunAs(author_, &NotesService::CreateNote, nowhere).status()));
}

TEST_F(NoteServiceTest, FaultsOfSectionsAreFieldsOfTheRequest) {
  v1::CreateNoteRequest request = Draft(Started());
  request.mutable_note()->mutable_sections(1)->mutable_statements(0)->set_about_member(
      MemberName(support::TestId("stranger")));
  const auto refused = RunAs(author_, &NotesService::CreateNote, request);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status()));
  EXPECT_THAT(schema::StatusDetails(refused.status()),
              HasSubstr("note.sections[1].statements[0].about_member"));
}

TEST_F(NoteServiceTest, DraftsAreForAuthorAndSupervisorAndDoNotExistForOthers) {
  const v1::Session session = Held();
  const v1::Note note = Drafted(session, trainee_);
  EXPECT_TRUE(Get(note, trainee_).ok());
  EXPECT_TRUE(Get(note, supervisor_).ok());
  v1::Note none;
  none.set_name(names_.Note(family_, support::TestId("none"), support::TestId("none")));
  const auto hidden = Get(note, author_).status(), absent = Get(none, author_).status();
  EXPECT_EQ(hidden, absent);
  EXPECT_TRUE(absl::IsNotFound(hidden));

  v1::ListNotesRequest list;
  for (const std::string& parent : {session.name(), names_.Family(family_)}) {
    list.set_parent(parent);
    EXPECT_EQ(RunAs(supervisor_, &NotesService::ListNotes, list)->notes_size(), 1);
    EXPECT_EQ(RunAs(author_, &NotesService::ListNotes, list)->notes_size(), 0);
  }
  v1::ListNoteRevisionsRequest revisions;
  revisions.set_name(note.name());
  EXPECT_TRUE(
      absl::IsNotFound(RunAs(author_, &NotesService::ListNoteRevisions, revisions).status()));

  ASSERT_TRUE(Sign(note, trainee_).ok());
  EXPECT_TRUE(Get(note, author_).ok()) << "signed, the care team sees it";
}

TEST_F(NoteServiceTest, OnlyTheAuthorChangesADraftAndEachChangeIsARevision) {
  const v1::Note note = Drafted(Started(), trainee_);
  v1::UpdateNoteRequest update;
  *update.mutable_note() = note;
  update.mutable_note()->mutable_sections(0)->mutable_statements(0)->set_text("better said");
  update.mutable_update_mask()->add_paths("sections");
  update.set_etag(note.etag());
  EXPECT_EQ(ReasonOf(RunAs(supervisor_, &NotesService::UpdateNote, update).status()),
            "NOT_THE_AUTHOR");
  EXPECT_TRUE(absl::IsNotFound(RunAs(author_, &NotesService::UpdateNote, update).status()));
  const auto updated = RunAs(trainee_, &NotesService::UpdateNote, update);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->note().revision(), 2);
  EXPECT_EQ(updated->note().sections(0).statements(0).text(), "better said");
  EXPECT_EQ(ReasonOf(RunAs(trainee_, &NotesService::UpdateNote, update).status()), "ETAG_MISMATCH");
}

TEST_F(NoteServiceTest, EveryVersionIsKeptAndDraftsOnesAreNotForOthers) {
  const v1::Note note = Drafted(Held(), author_);
  v1::UpdateNoteRequest update;
  *update.mutable_note() = note;
  update.mutable_note()->mutable_sections(0)->mutable_statements(0)->set_text("better said");
  update.mutable_update_mask()->add_paths("sections");
  update.set_etag(note.etag());

  const auto updated = RunAs(author_, &NotesService::UpdateNote, update);
  ASSERT_TRUE(updated.ok()) << updated.status();
  ASSERT_TRUE(Sign(updated->note(), author_).ok());

  v1::ListNoteRevisionsRequest request;
  request.set_name(note.name());
  request.set_page_size(2);
  std::vector<v1::NoteRevision> revisions;
  do {
    const auto page = RunAs(author_, &NotesService::ListNoteRevisions, request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& revision : page->revisions()) revisions.push_back(revision);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  ASSERT_EQ(revisions.size(), 3u);
  EXPECT_EQ(revisions[0].note().sections(0).statements(0).text(), "what was said");
  EXPECT_EQ(revisions[1].note().sections(0).statements(0).text(), "better said");
  EXPECT_EQ(revisions[1].note().state(), v1::NOTE_STATE_DRAFT);
  EXPECT_EQ(revisions[2].note().state(), v1::NOTE_STATE_LOCKED);
  EXPECT_EQ(revisions[2].note().revision(), 2) << "the last revision is what was signed";

  request.clear_page_size();
  const auto others = RunAs(second_, &NotesService::ListNoteRevisions, request);
  ASSERT_TRUE(others.ok()) << others.status();
  ASSERT_EQ(others->revisions_size(), 1);
  EXPECT_EQ(others->revisions(0).note().state(), v1::NOTE_STATE_LOCKED);
}

TEST_F(NoteServiceTest, ListsFilterByStateAuthorAndLateEntry) {
  const v1::Session session = Held();
  const v1::Note mine = Drafted(session, author_);
  const v1::Note signed_one = Drafted(session, second_);
  ASSERT_TRUE(Sign(signed_one, second_).ok());
  const auto listed = [&](const std::string& filter) {
    v1::ListNotesRequest list;
    list.set_parent(names_.Family(family_));
    list.set_filter(filter);
    std::vector<std::string> names;
    const auto page = RunAs(author_, &NotesService::ListNotes, list);
    EXPECT_TRUE(page.ok()) << page.status();
    for (const auto& note : page->notes()) names.push_back(note.name());
    return names;
  };
  EXPECT_THAT(listed(""), UnorderedElementsAre(mine.name(), signed_one.name()));
  EXPECT_THAT(listed("state = DRAFT"), ElementsAre(mine.name()));
  EXPECT_THAT(listed("author = \"" + names_.Professional(second_) + "\""),
              ElementsAre(signed_one.name()));
  EXPECT_THAT(listed("late_entry = true"), IsEmpty());
}

TEST_F(NoteServiceTest, EngagementCountsHeldSessionsAndSignedNotes) {
  const v1::Session session = Held();
  store_.clock.Advance(std::chrono::hours(24));
  Scheduled();
  const v1::Note note = Drafted(session, author_);
  v1::GetEngagementRequest request;
  request.set_name(names_.Family(family_));
  const auto before = RunAs(author_, &NotesService::GetEngagement, request);
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(before->held_sessions(), 1);
  ASSERT_EQ(before->members_size(), 3);
  EXPECT_EQ(before->members(0).member(), MemberName(mother_));
  EXPECT_EQ(before->members(0).attended(), 1);
  EXPECT_EQ(before->members(0).mentions(), 0) << "a draft says nothing yet";
  EXPECT_EQ(before->members(1).voice(), 0.0);
  EXPECT_TRUE(before->members(1).has_voice());
  EXPECT_FALSE(before->members(0).has_voice());
  EXPECT_EQ(before->members(2).invited(), 0);
  ASSERT_TRUE(Sign(note, author_).ok());
  EXPECT_EQ(RunAs(author_, &NotesService::GetEngagement, request)->members(0).mentions(), 1);

  *request.mutable_to_time() = session.start_time();
  const auto earlier = RunAs(author_, &NotesService::GetEngagement, request);
  EXPECT_EQ(earlier->held_sessions(), 0);
  EXPECT_EQ(earlier->members(0).mentions(), 0);
  *request.mutable_from_time() = session.end_time();
  EXPECT_TRUE(
      absl::IsInvalidArgument(RunAs(author_, &NotesService::GetEngagement, request).status()));
}

TEST_F(NoteServiceTest, N3WhoWritesOfKinIsToldThatItIsNoPartOfTheExtract) {
  const v1::Session session = Held();
  v1::CreateNoteRequest request = Draft(session);
  v1::Statement& statement = *request.mutable_note()->mutable_sections(0)->mutable_statements(0);
  statement.set_text("says that her brother is ill");
  const auto told = RunAs(author_, &NotesService::CreateNote, request);
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(told->warnings_size(), 1);
  EXPECT_EQ(told->warnings(0), v1::NOTE_WARNING_KIN_IN_STATEMENT);
  statement.clear_about_member();
  const auto of_all = RunAs(second_, &NotesService::CreateNote, request);
  ASSERT_TRUE(of_all.ok()) << of_all.status();
  EXPECT_EQ(of_all->warnings_size(), 0) << "what is about the family is in nobody's extract";
}

}  // namespace
}  // namespace rapport::notes
