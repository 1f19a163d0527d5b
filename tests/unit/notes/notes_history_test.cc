// Every version of sessions, notes and observations: as it was, when, by whom and by doing what,
// for whom the resource itself is.
#include "notes/notes_history.h"

#include "notes_fixture.h"

namespace rapport::notes {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class NotesHistoryTest : public NotesTest {
 protected:
  NotesHistoryTest() {
    access_.allowed = {family_};
    for (auto& helper : facts_.helpers) helper.subjects = {"subject-" + helper.professional};
  }

  absl::StatusOr<v1::ListSessionRevisionsResponse> List(const std::string& by,
                                                        const std::string& name,
                                                        Viewer viewer = Viewer::kCareTeam) {
    v1::ListSessionRevisionsRequest request;
    request.set_name(name);
    auto call = CallOf(by, viewer);
    call.method = "rapport.notes.v1.SessionNotesService/ListSessionRevisions";
    RETURN_IF_ERROR(support::MissingRpc<v1::ListSessionRevisionsRequest>());
    return RunSync(history_.ListSessionRevisions(call, request));
  }
  static std::vector<std::string> ActionsOf(const v1::ListSessionRevisionsResponse& response) {
    std::vector<std::string> actions;
    for (const auto& one : response.revisions()) actions.push_back(one.revision().action());
    return actions;
  }

  NotesHistory history_{deps_, *store_.keys};
};

TEST_F(NotesHistoryTest, N2AttendanceIsReadableAsItWasRecordedEachTime) {
  v1::Session session = Held();
  const std::int64_t corrected_us = store_.clock.NowMicros();
  v1::RecordAttendanceRequest correction;
  correction.set_name(session.name());
  correction.set_etag(session.etag());
  *correction.add_attendance() = Entry(MemberName(mother_), v1::PRESENCE_ABSENT);
  const auto corrected = RunAs(second_, &NotesService::RecordAttendance, correction);
  ASSERT_TRUE(corrected.ok()) << corrected.status();

  const auto all = List(author_, session.name());
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_THAT(ActionsOf(*all),
              ElementsAre("session.schedule", "session.start", "session.attendance", "session.end",
                          "session.attendance"));
  EXPECT_THAT(all->revisions(1).session().attendance(), IsEmpty());
  EXPECT_EQ(all->revisions(3).session().attendance(0).presence(), v1::PRESENCE_PRESENT);
  EXPECT_EQ(all->revisions(3).session().held_number(), 1);
  EXPECT_EQ(all->revisions(4).session().attendance(0).presence(), v1::PRESENCE_ABSENT);
  EXPECT_EQ(all->revisions(4).revision().author(), names_.Professional(second_));
  EXPECT_EQ(all->revisions(4).revision().number(), 5);
  EXPECT_EQ(schema::ToMicros(all->revisions(4).revision().revise_time()), corrected_us);
}

TEST_F(NotesHistoryTest, N2WhoSeesASessionByRoleAloneSeesNoAttendanceOfTheVersionsEither) {
  const v1::Session session = Held();
  const auto all = List("desk", session.name(), Viewer::kAgency);
  ASSERT_TRUE(all.ok()) << all.status();
  for (const auto& one : all->revisions()) EXPECT_THAT(one.session().attendance(), IsEmpty());
}

TEST_F(NotesHistoryTest, N4VersionsOfADraftAreForItsAuthorAlsoOnceItIsSigned) {
  const v1::Note draft = Drafted(Held(), author_);
  ASSERT_TRUE(Sign(draft, author_).ok());
  const auto own = List(author_, draft.name());
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_THAT(ActionsOf(*own), ElementsAre("note.create", "note.sign"));
  const auto others = List(second_, draft.name());
  ASSERT_TRUE(others.ok()) << others.status();
  EXPECT_THAT(ActionsOf(*others), ElementsAre("note.sign"));
}

TEST_F(NotesHistoryTest, N4WhyANoteWasSignedOverUnreviewedHomeworkStandsByItsCode) {
  const v1::Note draft = Drafted(Held(), author_);
  homework_.due = {{names_.Homework(family_, support::TestId("task"))}};
  v1::SignNoteRequest request;
  request.set_name(draft.name());
  request.set_etag(draft.etag());
  request.mutable_homework_review_override()->set_code(v1::OVERRIDE_CODE_CRISIS);
  request.mutable_homework_review_override()->set_reason("there was no room for it");
  const auto signed_note = RunAs(author_, &NotesService::SignNote, request);
  ASSERT_TRUE(signed_note.ok()) << signed_note.status();
  const auto all = List(author_, draft.name());
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->revisions(1).revision().reason_code(), "OVERRIDE_CODE_CRISIS");
}

TEST_F(NotesHistoryTest, N6AnObservationIsReadableBeforeAndAfterItsCorrection) {
  const v1::Session session = Started();
  ASSERT_TRUE(Attend(session).ok());
  v1::RecordObservationRequest request;
  request.set_parent(session.name());
  request.mutable_observation()->set_view(v1::OBSERVATION_VIEW_THERAPIST);
  auto& rated = *request.mutable_observation()->add_members();
  rated.set_member(MemberName(mother_));
  rated.set_warmth(1);
  const auto first = RunAs(author_, &NotesService::RecordObservation, request);
  ASSERT_TRUE(first.ok()) << first.status();
  rated.set_warmth(2);
  request.set_corrected_etag(first->observation().etag());
  request.set_correction_reason("another session was meant");
  ASSERT_TRUE(RunAs(author_, &NotesService::RecordObservation, request).ok());

  const auto all = List(author_, first->observation().name());
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_THAT(ActionsOf(*all), ElementsAre("observation.record", "observation.correct"));
  EXPECT_EQ(all->revisions(0).observation().members(0).warmth(), 1);
  EXPECT_EQ(all->revisions(1).observation().members(0).warmth(), 2);
}

TEST_F(NotesHistoryTest, WhatIsNotThereOrNotForTheCallerIsNotFound) {
  const v1::Session session = Scheduled();
  EXPECT_TRUE(
      absl::IsNotFound(List(author_, names_.Session(family_, support::TestId("none"))).status()));
  const v1::Note draft = Drafted(Held(), author_);
  EXPECT_TRUE(absl::IsNotFound(List(second_, draft.name()).status()));
  EXPECT_TRUE(absl::IsNotFound(List(author_, names_.Note(family_, support::TestId("other"),
                                                         names_.ReadNote(draft.name())->id))
                                   .status()));
  access_.allowed = {};
  EXPECT_TRUE(absl::IsNotFound(List(author_, session.name()).status()));
}

}  // namespace
}  // namespace rapport::notes
