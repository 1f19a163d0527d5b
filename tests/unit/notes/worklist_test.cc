// The worklist: what authors and supervisors still owe to notes, and to whom it is shown.
#include "notes/owed_backfill.h"
#include "notes/values.h"
#include "notes_fixture.h"
#include "platform/db/run_sync.h"
#include "support/counting_db.h"

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class WorklistTest : public NotesTest {
 protected:
  WorklistTest() {
    access_.allowed = {family_};
    for (const std::string& one : {author_, second_, trainee_}) {
      rosters_.staff["subject-" + one] = {.professional = one};
    }
    rosters_.staff["subject-" + supervisor_] = {.professional = supervisor_,
                                                .supervisees = {trainee_}};
  }

  v1::GetWorklistResponse Of(const std::string& professional,
                             const v1::GetWorklistRequest& request = {}) {
    auto call = support::TestCall(kAgency, "subject-" + professional);
    auto response = Run(call, &NotesService::GetWorklist, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::GetWorklistResponse();
  }
  // "SIGN" or "LOCK,REVIEW_HOMEWORK" of each entry.
  std::vector<std::string> TasksOf(const std::string& professional,
                                   const v1::GetWorklistRequest& request = {}) {
    std::vector<std::string> all;
    const v1::GetWorklistResponse list = Of(professional, request);
    for (const v1::WorklistEntry& entry : list.entries()) {
      std::string tasks;
      for (const int task : entry.tasks()) {
        if (!tasks.empty()) tasks += ",";
        tasks += v1::WorklistTask_Name(task).substr(14);
      }
      all.push_back(tasks);
    }
    return all;
  }
};

TEST_F(WorklistTest, N4ADraftIsItsAuthorsToSignWithinSeventyTwoHours) {
  const v1::Session session = Held();
  const v1::Note note = Drafted(session, author_);
  const auto list = Of(author_);
  ASSERT_EQ(list.entries_size(), 1);
  EXPECT_EQ(list.entries(0).note(), note.name());
  EXPECT_EQ(list.entries(0).author(), names_.Professional(author_));
  EXPECT_THAT(list.entries(0).tasks(), ElementsAre(v1::WORKLIST_TASK_SIGN));
  EXPECT_EQ(Micros(list.entries(0).session_end_time()), Micros(session.end_time()));
  EXPECT_EQ(Micros(list.entries(0).due_time()), Micros(session.end_time()) + 72 * kHour);
  EXPECT_THAT(list.SerializeAsString(), Not(HasSubstr("what was said")));
  for (const std::string& other : {second_, trainee_, supervisor_}) {
    EXPECT_THAT(TasksOf(other), IsEmpty());
  }
  ASSERT_TRUE(Sign(note, author_).ok());
  EXPECT_THAT(TasksOf(author_), IsEmpty()) << "signed and locked";
}

TEST_F(WorklistTest, N4BeforeTheSessionEndedNothingIsLate) {
  Drafted(Started(), author_);
  const auto list = Of(author_);
  ASSERT_EQ(list.entries_size(), 1);
  EXPECT_FALSE(list.entries(0).has_session_end_time());
  EXPECT_FALSE(list.entries(0).has_due_time());
}

TEST_F(WorklistTest, N4ASignedNoteIsItsAuthorsToLockAndATraineesTheSupervisorsToCoSign) {
  const v1::Session session = Held();
  const v1::Note trainees = Drafted(session, trainee_);
  ASSERT_TRUE(Sign(trainees, trainee_).ok());
  ASSERT_TRUE(Sign(Drafted(session, author_), author_, true).ok());
  EXPECT_THAT(TasksOf(author_), ElementsAre("LOCK"));
  EXPECT_THAT(TasksOf(supervisor_), ElementsAre("COSIGN"));
  EXPECT_EQ(Of(supervisor_).entries(0).author(), names_.Professional(trainee_));
  EXPECT_THAT(TasksOf(trainee_), IsEmpty()) << "somebody else's turn";
}

TEST_F(WorklistTest, N4HomeworkIsOwedUntilGoalsSayItIsReviewed) {
  homework_.reachable = false;
  ASSERT_TRUE(Sign(Drafted(Held(), author_), author_).ok());
  EXPECT_THAT(TasksOf(author_), ElementsAre("REVIEW_HOMEWORK")) << "goals still can't be asked";
  homework_.reachable = true;
  homework_.due = {{names_.Homework(family_, support::TestId("homework"))}};
  EXPECT_THAT(TasksOf(author_), ElementsAre("REVIEW_HOMEWORK"));
  EXPECT_EQ(homework_.asked_family, names_.Family(family_));
  homework_.due.clear();
  EXPECT_THAT(TasksOf(author_), IsEmpty());
}

TEST_F(WorklistTest, N4WhatAnEarlierReleaseLeftOpenIsThereAfterAStart) {
  homework_.reachable = false;
  ASSERT_TRUE(Sign(Drafted(Held(), author_), author_).ok());
  Drafted(Held(), second_);
  const auto run = [&](const char* sql) {
    return db::RunSync(*store_.db, [&](db::Tx& tx) { return tx.Run(sql, {}).status(); }, true);
  };
  ASSERT_TRUE(run("DELETE FROM record WHERE kind = 3").ok());
  ASSERT_TRUE(run("UPDATE record SET state = 101 WHERE kind = 2 AND state = 4").ok());
  EXPECT_THAT(TasksOf(author_), IsEmpty());
  OwedBackfill backfill(deps_);
  ASSERT_TRUE(backfill.Round(kAgency).ok());
  EXPECT_THAT(TasksOf(author_), ElementsAre("REVIEW_HOMEWORK"));
  EXPECT_THAT(TasksOf(second_), ElementsAre("SIGN"));
  std::int64_t before = 0, after = 0;
  const auto rows = [&](std::int64_t& number) {
    return db::RunSync(
        *store_.db,
        [&](db::Tx& tx) {
          return tx
              .Run("SELECT COUNT(*) FROM audit", {},
                   [&](const db::Row& row) { number = row.Int(0); })
              .status();
        },
        false);
  };
  ASSERT_TRUE(rows(before).ok());
  ASSERT_TRUE(OwedBackfill(deps_).Round(kAgency).ok()) << "another start";
  ASSERT_TRUE(rows(after).ok());
  EXPECT_EQ(after, before) << "there was nothing to write";
}

TEST_F(WorklistTest, N4IsPagedOldestFirstAndTakesOneTask) {
  std::vector<std::string> names;
  for (int i = 0; i < 3; ++i) names.push_back(Drafted(Held(), author_).name());
  ASSERT_TRUE(Sign(Drafted(Held(), author_), author_, true).ok());
  v1::GetWorklistRequest request;
  request.set_task(v1::WORKLIST_TASK_SIGN);
  request.set_page_size(2);
  const auto first = Of(author_, request);
  ASSERT_EQ(first.entries_size(), 2);
  EXPECT_EQ(first.entries(0).note(), names[0]);
  EXPECT_EQ(first.entries(1).note(), names[1]);
  request.set_page_token(first.next_page_token());
  const auto second = Of(author_, request);
  ASSERT_EQ(second.entries_size(), 1);
  EXPECT_EQ(second.entries(0).note(), names[2]);
  EXPECT_EQ(second.next_page_token(), "");
}

TEST_F(WorklistTest, N4WhomTheFamilyIsClosedToIsShownNothingOfIt) {
  Drafted(Held(), author_);
  access_.allowed.clear();
  EXPECT_THAT(TasksOf(author_), IsEmpty());
}

TEST_F(WorklistTest, N4AnAccountOfNobodyHasNothingToDo) {
  Drafted(Held(), author_);
  EXPECT_THAT(TasksOf("nobody"), IsEmpty());
}

TEST_F(WorklistTest, N4WhatItReadsDoesNotGrowWithOtherPeoplesNotesNorWithWhatIsDone) {
  support::CountingDb counted(*store_.db);
  const records::ServiceDeps deps{counted,      *store_.records, ids_,    etags_,
                                  store_.suite, clock_,          access_, caches_};
  NotesService service(deps, homework_, rosters_);
  const auto rows = [&](const std::string& professional) {
    const std::int64_t before = counted.rows();
    auto call = support::TestCall(kAgency, "subject-" + professional);
    EXPECT_TRUE(RunSync(service.GetWorklist(call, {})).ok());
    return counted.rows() - before;
  };
  Drafted(Held(), author_);
  Drafted(Held(), trainee_);
  const std::int64_t authors = rows(author_), supervisors = rows(supervisor_);
  for (int i = 0; i < 8; ++i) {
    const v1::Session session = Held();
    Drafted(session, second_);
    ASSERT_TRUE(Sign(Drafted(session, author_), author_).ok());
  }
  EXPECT_EQ(rows(author_), authors);
  EXPECT_EQ(rows(supervisor_), supervisors);
  EXPECT_EQ(Of(second_).entries_size(), 8);
}

TEST_F(WorklistTest, N4ANoteThatWaitsBecauseOfTwoTraineesIsOneEntryOfTheirSupervisor) {
  rosters_.staff["subject-" + supervisor_].supervisees = {trainee_, second_};
  facts_.helpers[1].trainee = true;
  facts_.supervisors.push_back(
      {.professional = supervisor_, .supervisee = second_, .period = {1, 0}});
  auto signed_note = Sign(Drafted(Held(), author_), author_);
  ASSERT_TRUE(signed_note.ok()) << signed_note.status();
  v1::Note note = signed_note->note();
  for (const std::string& one : {trainee_, second_}) {
    v1::AddAddendumRequest request;
    request.set_name(note.name());
    request.set_etag(note.etag());
    request.set_reason("something to add");
    request.add_statements()->set_text("what else was said");
    auto added = RunAs(one, &NotesService::AddAddendum, request);
    ASSERT_TRUE(added.ok()) << added.status();
    note = added->note();
  }
  EXPECT_THAT(TasksOf(supervisor_), ElementsAre("COSIGN"));
  v1::CosignNoteRequest request;
  request.set_name(note.name());
  request.set_etag(note.etag());
  auto cosigned = RunAs(supervisor_, &NotesService::CosignNote, request, Viewer::kSupervisor);
  ASSERT_TRUE(cosigned.ok()) << cosigned.status();
  EXPECT_THAT(TasksOf(supervisor_), IsEmpty());
}

TEST_F(WorklistTest, N5NotesKeptApartAreNoPartOfIt) {
  v1::CreatePsychotherapyNoteRequest request;
  request.set_parent(Held().name());
  request.mutable_note()->set_text("for the author alone");
  ASSERT_TRUE(RunAs(author_, &NotesService::CreatePsychotherapyNote, request).ok());
  EXPECT_THAT(TasksOf(author_), IsEmpty());
}

}  // namespace
}  // namespace rapport::notes
