#include "notes_fixture.h"

#include <rapport/internal/v1/event.pb.h>

namespace rapport::notes {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using SigningTest = NotesTest;

TEST_F(SigningTest, TheAuthorsSignatureLocksAndIsOverTheContent) {
  const v1::Session session = Held();
  const v1::Note draft = Drafted(session, author_);
  const auto response = Sign(draft, author_);
  ASSERT_TRUE(response.ok()) << response.status();
  const v1::Note& note = response->note();
  EXPECT_EQ(note.state(), v1::NOTE_STATE_LOCKED);
  EXPECT_EQ(schema::ToMicros(note.lock_time()), store_.clock.NowMicros());
  EXPECT_EQ(note.content_hash(), ContentHash(draft, session.name()));
  EXPECT_EQ(note.content_hash().size(), 64u);
  ASSERT_EQ(note.signatures_size(), 1);
  EXPECT_EQ(note.signatures(0).signer(), names_.Professional(author_));
  EXPECT_EQ(note.signatures(0).meaning(), v1::SIGNATURE_MEANING_AUTHOR);
  EXPECT_EQ(note.signatures(0).content_hash(), note.content_hash());
  EXPECT_FALSE(note.late_entry());
  EXPECT_FALSE(note.homework_review_owed());
  EXPECT_EQ(Events().back(), internal::v1::EVENT_TYPE_NOTE_SIGNED);
}

TEST_F(SigningTest, TheHashIsOfWhatWasSaid) {
  v1::Note note;
  note.set_author("professionals/a");
  note.set_format(v1::NOTE_FORMAT_FREE);
  note.add_sections()->add_statements()->set_text("one");
  const std::string hash = ContentHash(note, "families/f/sessions/s");
  v1::Note later = note;
  later.set_state(v1::NOTE_STATE_LOCKED);
  later.add_addenda()->set_reason("more");
  EXPECT_EQ(ContentHash(later, "families/f/sessions/s"), hash);
  EXPECT_NE(ContentHash(note, "families/f/sessions/t"), hash);
  later.mutable_sections(0)->mutable_statements(0)->set_text("two");
  EXPECT_NE(ContentHash(later, "families/f/sessions/s"), hash);
}

TEST_F(SigningTest, ALockedNoteTakesAddendaOnly) {
  const v1::Note draft = Drafted(Held(), author_);
  const auto locked = Sign(draft, author_);
  ASSERT_TRUE(locked.ok()) << locked.status();
  v1::UpdateNoteRequest update;
  *update.mutable_note() = draft;
  update.mutable_update_mask()->add_paths("sections");
  update.set_etag(locked->note().etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::UpdateNote, update).status()), "NOTE_SIGNED");
  EXPECT_EQ(ReasonOf(Sign(locked->note(), author_).status()), "NOTE_LOCKED");

  v1::AddAddendumRequest add;
  add.set_name(draft.name());
  add.set_etag(locked->note().etag());
  add.set_reason("a correction");
  add.add_statements()->set_about_member(MemberName(son_));
  const auto added = RunAs(second_, &NotesService::AddAddendum, add);
  ASSERT_TRUE(added.ok()) << added.status();
  ASSERT_EQ(added->note().addenda_size(), 1);
  EXPECT_EQ(added->note().addenda(0).number(), 1);
  EXPECT_EQ(added->note().addenda(0).author(), names_.Professional(second_));
  EXPECT_EQ(added->note().content_hash(), locked->note().content_hash());
  v1::Note unchanged = added->note();
  for (const char* field : {"addenda", "etag", "update_time"}) {
    unchanged.GetReflection()->ClearField(&unchanged,
                                          v1::Note::descriptor()->FindFieldByName(field));
  }
  v1::Note before = locked->note();
  before.clear_etag();
  before.clear_update_time();
  EXPECT_EQ(unchanged.SerializeAsString(), before.SerializeAsString())
      << "nothing of what was locked changes";
  v1::Addendum again = added->note().addenda(0);
  EXPECT_EQ(AddendumHash(added->note().content_hash(), again), again.content_hash());
  add.set_etag(added->note().etag());
  add.mutable_statements(0)->set_about_member(MemberName(support::TestId("stranger")));
  EXPECT_TRUE(absl::IsInvalidArgument(RunAs(second_, &NotesService::AddAddendum, add).status()));
}

TEST_F(SigningTest, ADraftTakesNoAddendum) {
  const v1::Note draft = Drafted(Held(), author_);
  v1::AddAddendumRequest add;
  add.set_name(draft.name());
  add.set_etag(draft.etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::AddAddendum, add).status()), "NOTE_IS_DRAFT");
}

TEST_F(SigningTest, SignOnlyLeavesRoomForAnotherProvider) {
  const v1::Note draft = Drafted(Held(), author_);
  const auto first = Sign(draft, author_, true);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->note().state(), v1::NOTE_STATE_SIGNED);
  EXPECT_FALSE(first->note().has_lock_time());
  EXPECT_EQ(ReasonOf(Sign(first->note(), supervisor_).status()), "NOT_A_PROVIDER");
  const auto both = Sign(first->note(), second_);
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_EQ(both->note().state(), v1::NOTE_STATE_LOCKED);
  ASSERT_EQ(both->note().signatures_size(), 2);
  EXPECT_EQ(both->note().signatures(1).meaning(), v1::SIGNATURE_MEANING_CO_AUTHOR);
  EXPECT_EQ(homework_.asked, 1) << "homework is the author's to review";
}

TEST_F(SigningTest, TheAuthorMayLockWhatNobodyElseSigns) {
  const auto first = Sign(Drafted(Held(), author_), author_, true);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto locked = Sign(first->note(), author_);
  ASSERT_TRUE(locked.ok()) << locked.status();
  EXPECT_EQ(locked->note().state(), v1::NOTE_STATE_LOCKED);
  EXPECT_EQ(locked->note().signatures_size(), 1);
}

TEST_F(SigningTest, ATraineesNoteWaitsForTheirSupervisor) {
  const auto first = Sign(Drafted(Held(), trainee_), trainee_);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->note().state(), v1::NOTE_STATE_AWAITING_COSIGN);
  v1::CosignNoteRequest cosign;
  cosign.set_name(first->note().name());
  cosign.set_etag(first->note().etag());
  for (const std::string& nobody : {trainee_, author_}) {
    EXPECT_EQ(ReasonOf(RunAs(nobody, &NotesService::CosignNote, cosign).status()),
              "NOT_THE_SUPERVISOR");
  }
  const auto second = RunAs(supervisor_, &NotesService::CosignNote, cosign, Viewer::kSupervisor);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->note().state(), v1::NOTE_STATE_LOCKED);
  ASSERT_EQ(second->note().signatures_size(), 2);
  EXPECT_EQ(second->note().signatures(1).meaning(), v1::SIGNATURE_MEANING_COSIGN);
  EXPECT_EQ(second->note().signatures(1).content_hash(), first->note().content_hash());
  cosign.set_etag(second->note().etag());
  EXPECT_EQ(ReasonOf(RunAs(supervisor_, &NotesService::CosignNote, cosign).status()),
            "NOT_AWAITING_COSIGN");
}

TEST_F(SigningTest, N4WhoseTokenSaysTraineeIsOneWhateverTheRosterSays) {
  const v1::Session session = Held();
  const v1::Note draft = Drafted(session, second_);
  v1::SignNoteRequest sign;
  sign.set_name(draft.name());
  sign.set_etag(draft.etag());
  auto call = CallInRoles(second_, {options::v1::ROLE_TRAINEE});
  const auto waiting = Run(call, &NotesService::SignNote, sign);
  ASSERT_TRUE(waiting.ok()) << waiting.status();
  EXPECT_EQ(waiting->note().state(), v1::NOTE_STATE_AWAITING_COSIGN);

  v1::Note note = Drafted(session, author_);
  const auto locked = Sign(note, author_);
  ASSERT_TRUE(locked.ok()) << locked.status();
  v1::AddAddendumRequest add;
  add.set_name(note.name());
  add.set_etag(locked->note().etag());
  add.set_reason("more");
  add.add_statements()->set_text("said later");
  auto adding = CallInRoles(second_, {options::v1::ROLE_TRAINEE});
  const auto added = Run(adding, &NotesService::AddAddendum, add);
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_TRUE(added->note().addenda(0).awaiting_cosign());
  v1::AmendNoteRequest amend;
  amend.set_name(note.name());
  amend.set_etag(added->note().etag());
  amend.set_reason("misheard");
  amend.add_corrections()->set_section(v1::SECTION_KIND_PLAN);
  amend.mutable_corrections(0)->set_statement(1);
  auto amending = CallInRoles(author_, {options::v1::ROLE_TRAINEE});
  const auto amended = Run(amending, &NotesService::AmendNote, amend);
  ASSERT_TRUE(amended.ok()) << amended.status();
  EXPECT_TRUE(amended->note().amendments(0).awaiting_cosign());
}

TEST_F(SigningTest, N4AClinicianWhoSupervisesTraineesNeedsNoCosignature) {
  const v1::Note draft = Drafted(Held(), second_);
  v1::SignNoteRequest sign;
  sign.set_name(draft.name());
  sign.set_etag(draft.etag());
  auto call = CallInRoles(second_, {options::v1::ROLE_CLINICIAN, options::v1::ROLE_SUPERVISOR});
  const auto locked = Run(call, &NotesService::SignNote, sign);
  ASSERT_TRUE(locked.ok()) << locked.status();
  EXPECT_EQ(locked->note().state(), v1::NOTE_STATE_LOCKED);
}

TEST_F(SigningTest, N4AColleagueIsToldWhomATraineesNoteWaitsFor) {
  const auto first = Sign(Drafted(Held(), trainee_), trainee_);
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status refused = Sign(first->note(), author_).status();
  EXPECT_EQ(ReasonOf(refused), "NOTE_AWAITS_COSIGN");
  EXPECT_THAT(schema::StatusDetails(refused), HasSubstr("CosignNote"));
  EXPECT_EQ(ReasonOf(Sign(first->note(), trainee_).status()), "ALREADY_SIGNED");
}

TEST_F(SigningTest, N4WhatWouldLetSomebodyCosignIsNoClaimThatItHappened) {
  const v1::Note draft = Drafted(Held(), trainee_);
  v1::CosignNoteRequest cosign;
  cosign.set_name(draft.name());
  cosign.set_etag(draft.etag());
  const absl::Status refused =
      RunAs(supervisor_, &NotesService::CosignNote, cosign, Viewer::kSupervisor).status();
  EXPECT_EQ(ReasonOf(refused), "NOT_AWAITING_COSIGN");
  EXPECT_THAT(schema::StatusDetails(refused), HasSubstr("a trainee signs it first"));
}

TEST_F(SigningTest, N4AWitnessSignsBesideTheAuthorAndLocksNothing) {
  const v1::Session session = Held();
  v1::SignNoteRequest as_witness;
  const v1::Note draft = Drafted(session, author_);
  as_witness.set_name(draft.name());
  as_witness.set_etag(draft.etag());
  as_witness.set_witness(true);
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::SignNote, as_witness).status()),
            "NOTE_IS_DRAFT");
  const auto by_author = Sign(draft, author_, /*sign_only=*/true);
  ASSERT_TRUE(by_author.ok()) << by_author.status();
  as_witness.set_etag(by_author->note().etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::SignNote, as_witness).status()),
            "ALREADY_SIGNED");
  const auto seen = RunAs(second_, &NotesService::SignNote, as_witness);
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_EQ(seen->note().state(), v1::NOTE_STATE_SIGNED);
  ASSERT_EQ(seen->note().signatures_size(), 2);
  EXPECT_EQ(seen->note().signatures(1).meaning(), v1::SIGNATURE_MEANING_WITNESS);
  EXPECT_EQ(seen->note().signatures(1).signer(), names_.Professional(second_));
  EXPECT_EQ(seen->note().signatures(1).content_hash(), by_author->note().content_hash());
  const auto locked = Sign(seen->note(), author_);
  ASSERT_TRUE(locked.ok()) << locked.status();
  EXPECT_EQ(locked->note().state(), v1::NOTE_STATE_LOCKED);
  as_witness.set_etag(locked->note().etag());
  EXPECT_EQ(ReasonOf(RunAs(trainee_, &NotesService::SignNote, as_witness).status()), "NOTE_LOCKED");
}

TEST_F(SigningTest, N4WhoWasNotInTheSessionSignsNoNoteOnIt) {
  const v1::Session session = Held();
  AddHelper(supervisor_, false);
  const v1::Note draft = Drafted(session, supervisor_);
  const absl::Status refused = Sign(draft, supervisor_).status();
  EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;
  EXPECT_EQ(ReasonOf(refused), "NOT_A_PROVIDER");
  const v1::Note absent = Drafted(session, second_);
  v1::RecordAttendanceRequest attendance;
  attendance.set_name(session.name());
  attendance.set_etag(session.etag());
  *attendance.add_attendance() = Entry(names_.Professional(second_), v1::PRESENCE_ABSENT);
  ASSERT_TRUE(RunAs(author_, &NotesService::RecordAttendance, attendance).ok());
  EXPECT_EQ(ReasonOf(Sign(absent, second_).status()), "NOT_A_PROVIDER");
  EXPECT_TRUE(Sign(Drafted(session, author_), author_).ok());
}

TEST_F(SigningTest, NobodySignsAnothersDraft) {
  const v1::Note draft = Drafted(Held(), trainee_);
  EXPECT_EQ(ReasonOf(Sign(draft, supervisor_).status()), "NOT_THE_AUTHOR");
  EXPECT_TRUE(absl::IsNotFound(Sign(draft, author_).status()));
  EXPECT_EQ(homework_.asked, 0);
}

TEST_F(SigningTest, WhatIsMissingIsListedAtOnce) {
  v1::CreateNoteRequest request = Draft(Started());
  request.mutable_note()->mutable_sections()->RemoveLast();
  const auto draft = RunAs(author_, &NotesService::CreateNote, request);
  ASSERT_TRUE(draft.ok()) << draft.status();
  homework_.due = {{names_.Homework(family_, support::TestId("task"))}};
  const auto refused = Sign(draft->note(), author_);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status()));
  EXPECT_EQ(ReasonOf(refused.status()), "NOTE_NOT_READY");
  for (const char* type :
       {"SESSION_NOT_HELD", "SECTION_MISSING", "ATTENDANCE_MISSING", "HOMEWORK_UNREVIEWED"}) {
    EXPECT_THAT(schema::StatusDetails(refused.status()), HasSubstr(type));
  }
}

TEST_F(SigningTest, UnreviewedHomeworkKeepsANoteFromBeingSigned) {
  const v1::Session session = Held();
  const v1::Note draft = Drafted(session, author_);
  const std::string task = names_.Homework(family_, support::TestId("task"));
  homework_.due = {{task}};
  const auto refused = Sign(draft, author_);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status()));
  EXPECT_EQ(ReasonOf(refused.status()), "HOMEWORK_UNREVIEWED");
  EXPECT_THAT(schema::StatusDetails(refused.status()), HasSubstr(task));
  EXPECT_EQ(homework_.asked_family, names_.Family(family_));
  EXPECT_EQ(homework_.asked_before_us, schema::ToMicros(session.start_time()))
      << "what this session set is not owed yet";

  v1::SignNoteRequest request;
  request.set_name(draft.name());
  request.set_etag(draft.etag());
  request.mutable_homework_review_override()->set_code(v1::OVERRIDE_CODE_CRISIS);
  request.mutable_homework_review_override()->set_reason("no time for it");
  const auto signed_note = RunAs(author_, &NotesService::SignNote, request);
  ASSERT_TRUE(signed_note.ok()) << signed_note.status();
  EXPECT_EQ(signed_note->note().homework_review_override().code(), v1::OVERRIDE_CODE_CRISIS);
  EXPECT_FALSE(signed_note->note().homework_review_owed());
}

TEST_F(SigningTest, AnOverrideOfNothingIsNotRecorded) {
  const v1::Note draft = Drafted(Held(), author_);
  v1::SignNoteRequest request;
  request.set_name(draft.name());
  request.set_etag(draft.etag());
  request.mutable_homework_review_override()->set_code(v1::OVERRIDE_CODE_NO_TIME);
  const auto signed_note = RunAs(author_, &NotesService::SignNote, request);
  ASSERT_TRUE(signed_note.ok()) << signed_note.status();
  EXPECT_FALSE(signed_note->note().has_homework_review_override());
}

TEST_F(SigningTest, WithGoalsOutOfReachTheReviewStaysOwed) {
  homework_.reachable = false;
  const auto signed_note = Sign(Drafted(Held(), author_), author_);
  ASSERT_TRUE(signed_note.ok()) << signed_note.status();
  EXPECT_TRUE(signed_note->note().homework_review_owed());
  EXPECT_EQ(signed_note->note().state(), v1::NOTE_STATE_LOCKED);
}

TEST_F(SigningTest, AfterSeventyTwoHoursItIsALateEntry) {
  const v1::Note draft = Drafted(Held(), author_);
  store_.clock.Advance(std::chrono::hours(72) + std::chrono::microseconds(1));
  const auto late = Sign(draft, author_);
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_TRUE(late->note().late_entry());
}

TEST_F(SigningTest, ALockedNoteClosesAttendance) {
  const v1::Session session = Held();
  ASSERT_TRUE(Sign(Drafted(session, author_), author_).ok());
  EXPECT_EQ(ReasonOf(Attend(session).status()), "NOTE_LOCKED");
}

TEST_F(SigningTest, WordsAreNowhereInTheDatabaseInTheOpen) {
  ASSERT_TRUE(Sign(Drafted(Held(), author_), author_).ok());
  EXPECT_THAT(ReadText(store_.path("data.db")), Not(HasSubstr("what was said")));
  EXPECT_THAT(ReadText(store_.path("data.db-wal")), Not(HasSubstr("what was said")));
}

}  // namespace
}  // namespace rapport::notes
