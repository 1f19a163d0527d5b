// What a trainee adds to a signed note or corrects in it: it waits for their supervisor.
#include "notes/engagement_rules.h"
#include "notes/extract_rules.h"
#include "notes/search_rules.h"
#include "notes_fixture.h"

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AdditionCosignTest : public NotesTest {
 protected:
  AdditionCosignTest() {
    access_.allowed = {family_};
    rosters_.staff["subject-" + trainee_] = {.professional = trainee_};
    rosters_.staff["subject-" + supervisor_] = {.professional = supervisor_,
                                                .supervisees = {trainee_}};
  }
  // The trainee's, signed by both.
  v1::Note Cosigned() {
    auto first = Sign(Drafted(Held(), trainee_), trainee_);
    EXPECT_TRUE(first.ok()) << first.status();
    auto second = Cosign(first->note(), supervisor_);
    EXPECT_TRUE(second.ok()) << second.status();
    return second->note();
  }
  absl::StatusOr<v1::CosignNoteResponse> Cosign(const v1::Note& note, const std::string& who) {
    v1::CosignNoteRequest request;
    request.set_name(note.name());
    request.set_etag(note.etag());
    return RunAs(who, &NotesService::CosignNote, request, Viewer::kSupervisor);
  }
  v1::Note Amended(const v1::Note& note, const std::string& who, const std::string& text) {
    v1::AmendNoteRequest request;
    request.set_name(note.name());
    request.set_etag(note.etag());
    request.set_reason("misheard");
    auto& correction = *request.add_corrections();
    correction.set_section(v1::SECTION_KIND_DATA);
    correction.set_statement(1);
    correction.mutable_after()->set_text(text);
    correction.mutable_after()->set_about_member(MemberName(uncle_));
    auto response = RunAs(who, &NotesService::AmendNote, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response->note();
  }
  v1::Note Added(const v1::Note& note, const std::string& who, const std::string& text) {
    v1::AddAddendumRequest request;
    request.set_name(note.name());
    request.set_etag(note.etag());
    request.set_reason("forgotten");
    auto& statement = *request.add_statements();
    statement.set_text(text);
    statement.set_about_member(MemberName(uncle_));
    auto response = RunAs(who, &NotesService::AddAddendum, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response->note();
  }
  // Notes that `who` is to co-sign.
  std::vector<std::string> ToCosign(const std::string& who) {
    auto call = support::TestCall(kAgency, "subject-" + who);
    v1::GetWorklistRequest request;
    request.set_task(v1::WORKLIST_TASK_COSIGN);
    const auto list = Run(call, &NotesService::GetWorklist, request);
    EXPECT_TRUE(list.ok()) << list.status();
    std::vector<std::string> notes;
    for (const v1::WorklistEntry& entry : list->entries()) notes.push_back(entry.note());
    return notes;
  }
  bool Finds(const v1::Note& note, std::string_view words) {
    return FindIn(note, ParseQuery(words).terms, "").has_value();
  }
  int MentionsOfUncle(const v1::Note& note) {
    return EngagementOf(MemberName(uncle_), {}, {&note, 1}).mentions();
  }
};

TEST_F(AdditionCosignTest, N4ATraineesAmendmentCorrectsNothingUntilTheSupervisorSigns) {
  const v1::Note locked = Cosigned();
  EXPECT_THAT(ToCosign(supervisor_), IsEmpty());
  const v1::Note amended = Amended(locked, trainee_, "it was the uncle");
  ASSERT_EQ(amended.amendments_size(), 1);
  EXPECT_TRUE(amended.amendments(0).awaiting_cosign());
  EXPECT_EQ(amended.state(), v1::NOTE_STATE_LOCKED) << "what was locked stays locked";
  EXPECT_EQ(amended.signatures_size(), 2);
  EXPECT_FALSE(Finds(amended, "uncle"));
  EXPECT_TRUE(Finds(amended, "\"what was said\""));
  EXPECT_EQ(MentionsOfUncle(amended), 0);
  EXPECT_EQ(Get(amended, author_)->note().amendments_size(), 0) << "not there for the care team";
  EXPECT_EQ(Get(amended, trainee_)->note().amendments_size(), 1);
  EXPECT_EQ(Get(amended, supervisor_)->note().amendments_size(), 1);
  EXPECT_THAT(ToCosign(supervisor_), ElementsAre(amended.name()));
  EXPECT_THAT(ToCosign(trainee_), IsEmpty());

  for (const std::string& nobody : {trainee_, author_}) {
    EXPECT_EQ(ReasonOf(Cosign(amended, nobody).status()), "NOT_THE_SUPERVISOR");
  }
  const auto cosigned = Cosign(amended, supervisor_);
  ASSERT_TRUE(cosigned.ok()) << cosigned.status();
  const v1::Amendment& amendment = cosigned->note().amendments(0);
  EXPECT_FALSE(amendment.awaiting_cosign());
  EXPECT_EQ(amendment.cosignature().signer(), names_.Professional(supervisor_));
  EXPECT_EQ(amendment.cosignature().meaning(), v1::SIGNATURE_MEANING_COSIGN);
  EXPECT_EQ(schema::ToMicros(amendment.cosignature().sign_time()), store_.clock.NowMicros());
  EXPECT_EQ(amendment.cosignature().content_hash(), amendment.content_hash());
  EXPECT_EQ(amendment.content_hash(), AmendmentHash(locked.content_hash(), amendment));
  EXPECT_EQ(amendment.content_hash(), amended.amendments(0).content_hash());
  EXPECT_EQ(cosigned->note().signatures_size(), 2) << "the note itself was signed before";
  EXPECT_EQ(cosigned->note().sections(0).SerializeAsString(),
            locked.sections(0).SerializeAsString());
  EXPECT_TRUE(Finds(cosigned->note(), "uncle"));
  EXPECT_EQ(MentionsOfUncle(cosigned->note()), 1);
  EXPECT_EQ(Get(amended, author_)->note().amendments_size(), 1);
  EXPECT_THAT(ToCosign(supervisor_), IsEmpty());
  EXPECT_EQ(ReasonOf(Cosign(cosigned->note(), supervisor_).status()), "NOT_AWAITING_COSIGN");
}

TEST_F(AdditionCosignTest, N4AnAmendmentTakesThePlaceOfOneThatStillWaits) {
  const v1::Note first = Amended(Cosigned(), trainee_, "it was the uncle");
  const v1::Note second = Amended(first, trainee_, "it was the aunt");
  ASSERT_EQ(second.amendments_size(), 1);
  EXPECT_EQ(second.amendments(0).number(), 1);
  EXPECT_EQ(second.amendments(0).corrections(0).before().text(), "what was said")
      << "what never counted never stood there";
  v1::ListNoteRevisionsRequest request;
  request.set_name(first.name());
  const auto revisions = RunAs(supervisor_, &NotesService::ListNoteRevisions, request);
  ASSERT_TRUE(revisions.ok()) << revisions.status();
  EXPECT_EQ(revisions->revisions(3).note().amendments(0).corrections(0).after().text(),
            "it was the uncle")
      << "and stays readable";
  const auto seen = RunAs(author_, &NotesService::ListNoteRevisions, request);
  ASSERT_TRUE(seen.ok()) << seen.status();
  for (const v1::NoteRevision& revision : seen->revisions()) {
    EXPECT_EQ(revision.note().amendments_size(), 0);
  }
}

TEST_F(AdditionCosignTest, N4ATraineesAddendumToAnothersNoteWaitsForTheTraineesSupervisor) {
  const auto locked = Sign(Drafted(Held(), author_), author_);
  ASSERT_TRUE(locked.ok()) << locked.status();
  const v1::Note waiting = Added(locked->note(), trainee_, "the uncle called");
  EXPECT_TRUE(waiting.addenda(0).awaiting_cosign());
  EXPECT_FALSE(Finds(waiting, "uncle"));
  EXPECT_EQ(MentionsOfUncle(waiting), 0);
  EXPECT_EQ(Get(waiting, author_)->note().addenda_size(), 0);
  EXPECT_THAT(ToCosign(supervisor_), ElementsAre(waiting.name()));
  const v1::Note both = Added(waiting, author_, "and wrote a letter");
  ASSERT_EQ(both.addenda_size(), 1) << "the author is shown their own";
  EXPECT_EQ(both.addenda(0).number(), 2);
  EXPECT_FALSE(both.addenda(0).awaiting_cosign()) << "of somebody who needs no co-signature";

  const auto cosigned = Cosign(both, supervisor_);
  ASSERT_TRUE(cosigned.ok()) << cosigned.status();
  ASSERT_EQ(cosigned->note().addenda_size(), 2);
  const v1::Addendum& addendum = cosigned->note().addenda(0);
  EXPECT_FALSE(addendum.awaiting_cosign());
  EXPECT_EQ(addendum.cosignature().signer(), names_.Professional(supervisor_));
  EXPECT_EQ(addendum.content_hash(), AddendumHash(locked->note().content_hash(), addendum));
  EXPECT_FALSE(cosigned->note().addenda(1).has_cosignature());
  EXPECT_TRUE(Finds(cosigned->note(), "uncle"));
  EXPECT_EQ(Get(waiting, author_)->note().addenda_size(), 2);
  EXPECT_THAT(ToCosign(supervisor_), IsEmpty());
}

TEST_F(AdditionCosignTest, N4OneCosignatureIsForTheNoteAndWhatWasAddedToIt) {
  const auto signed_note = Sign(Drafted(Held(), trainee_), trainee_);
  ASSERT_TRUE(signed_note.ok()) << signed_note.status();
  const v1::Note added = Added(signed_note->note(), trainee_, "the uncle called");
  const auto cosigned = Cosign(added, supervisor_);
  ASSERT_TRUE(cosigned.ok()) << cosigned.status();
  EXPECT_EQ(cosigned->note().state(), v1::NOTE_STATE_LOCKED);
  EXPECT_TRUE(cosigned->note().addenda(0).has_cosignature());
  EXPECT_THAT(ToCosign(supervisor_), IsEmpty());
}

TEST_F(AdditionCosignTest, N4WhatWaitsIsInNoExtract) {
  const v1::Session session = Held();
  const auto locked = Sign(Drafted(session, author_), author_);
  ASSERT_TRUE(locked.ok()) << locked.status();
  v1::Note note = locked->note();
  v1::Addendum& addendum = *note.add_addenda();
  addendum.set_awaiting_cosign(true);
  addendum.add_statements()->set_text("unchecked");
  addendum.mutable_statements(0)->set_about_member(MemberName(mother_));
  const v1::Note* const notes[] = {&note};
  const auto statements = [&] {
    return ExtractOf(session, notes, MemberName(mother_), OtherNames("", {}))
        .notes(0)
        .statements_size();
  };
  EXPECT_EQ(statements(), 1);
  note.mutable_addenda(0)->clear_awaiting_cosign();
  EXPECT_EQ(statements(), 2);
}

}  // namespace
}  // namespace rapport::notes
