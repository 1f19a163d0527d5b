// One service of a running suite comes back from its backup. What it tells the others afterwards is
// heard, and what they had told it since the backup reaches it again.
#include "integration/demo_suite.h"

#include <rapport/alliance/v1/alliance_service.pb.h>
#include <rapport/goals/v1/goals_service.pb.h>

#include <gmock/gmock.h>

#include <filesystem>

namespace rapport::integration {
namespace {

namespace av = alliance::v1;
namespace fs = std::filesystem;
namespace gv = goals::v1;
namespace nv = notes::v1;
using support::Eventually;
using testing::HasSubstr;

constexpr char kGoals[] = "rapport.goals.v1.GoalsService/";

class Restored : public DemoSuite {
 protected:
  // A homework of Mira's that everybody agreed to.
  void Agree() {
    gv::ProposeHomeworkRequest propose;
    propose.set_parent(family_);
    auto& terms = *propose.mutable_homework()->mutable_terms();
    terms.set_what("Mira asks Max one question in the evening.");
    terms.add_doers(mira_);
    terms.set_when("Tuesday");
    terms.set_how_we_will_know("She tells it.");
    terms.set_rationale("They hardly talk.");
    gv::ListGoalsRequest goals;
    goals.set_parent(family_);
    auto& link = *terms.add_goals();
    link.set_goal(
        Get<gv::ListGoalsResponse>("anna", Concat({kGoals, "ListGoals"}), goals).goals(0).name());
    link.set_how("Talking is the first step.");
    terms.mutable_due_time()->set_seconds(kStory + 7 * 86'400);
    propose.set_request_id(support::NewUuid());
    homework_ =
        Get<gv::ProposeHomeworkResponse>("anna", Concat({kGoals, "ProposeHomework"}), propose)
            .homework()
            .name();
    for (const auto& [who, responder] : {std::pair("anna", anna_), std::pair("mira", mira_)}) {
      gv::RespondToHomeworkRequest respond;
      respond.set_name(homework_);
      respond.set_responder(responder);
      respond.set_answer(gv::HOMEWORK_ANSWER_ACCEPT);
      respond.set_terms_revision(1);
      respond.set_request_id(support::NewUuid());
      Get<gv::RespondToHomeworkResponse>(who, Concat({kGoals, "RespondToHomework"}), respond);
    }
  }
  void FeelUnsafe() {
    gv::ReportHomeworkRequest request;
    request.set_name(homework_);
    request.mutable_report()->set_doer(mira_);
    request.mutable_report()->set_completion(1);
    request.mutable_report()->add_obstacles(gv::OBSTACLE_FELT_UNSAFE);
    request.set_request_id(support::NewUuid());
    Get<gv::ReportHomeworkResponse>("mira", Concat({kGoals, "ReportHomework"}), request);
  }
  std::vector<av::UrgentTask> OpenTasks() {
    av::ListUrgentTasksRequest request;
    request.set_parent(family_);
    const auto response =
        Get<av::ListUrgentTasksResponse>("anna", Concat({kAlliance, "ListUrgentTasks"}), request);
    return {response.urgent_tasks().begin(), response.urgent_tasks().end()};
  }
  bool OneTaskOpens() {
    return Eventually([&] { return OpenTasks().size() == 1; });
  }
  void Acknowledge() {
    const av::UrgentTask task = OpenTasks().at(0);
    av::AcknowledgeUrgentTaskRequest request;
    request.set_name(task.name());
    request.set_etag(task.etag());
    request.set_note("I called her");
    request.set_request_id(support::NewUuid());
    Get<av::AcknowledgeUrgentTaskResponse>("anna", Concat({kAlliance, "AcknowledgeUrgentTask"}),
                                           request);
  }

  // A held session turns out to have begun so many minutes earlier than notes has it.
  void BeganEarlier(int minutes) {
    nv::ListSessionsRequest list;
    list.set_parent(family_);
    list.set_filter("state = HELD");
    const auto session =
        Get<nv::ListSessionsResponse>("anna", Concat({kNotes, "ListSessions"}), list).sessions(0);
    nv::CorrectSessionRequest correct;
    correct.set_name(session.name());
    correct.set_etag(session.etag());
    *correct.mutable_start_time() = session.start_time();
    correct.mutable_start_time()->set_seconds(session.start_time().seconds() - minutes * 60);
    correct.set_reason("It began earlier.");
    correct.set_request_id(support::NewUuid());
    Get<nv::CorrectSessionResponse>("anna", Concat({kNotes, "CorrectSession"}), correct);
  }
  // What notes said of held sessions reached alliance, and changed what it knew, so many times.
  bool AllianceHeardOfSessions(std::size_t times) {
    return Eventually([&] {
      return support::AuditTrail(suite_, "alliance", "audrey", "action = \"session.held\"")
                 .size() == times;
    });
  }

  std::string Keys(const std::string& service) const {
    return suite_.Setting(service, "keys_database");
  }
  std::string Admin(std::vector<std::string> words, const std::string& service) {
    words.insert(words.begin(), support::Binary("rapport-admin"));
    words.insert(words.end(),
                 {"--service", service, "--suite-secret", suite_.Setting(service, "suite_secret")});
    return support::RunProgram(words);
  }
  void BackUp(const std::string& service) {
    Admin({"backup", "--database", suite_.Database(service), "--to", Folder("data"),
           "--keys-database", Keys(service), "--keys-to", Folder("keys")},
          service);
  }
  // Its databases are lost; then what an operator does.
  void LoseAndRestore(const std::string& service) {
    suite_.Kill(service);
    for (const std::string& database : {suite_.Database(service), Keys(service)}) {
      for (const char* part : {"", "-wal", "-shm", ".lock"}) fs::remove(database + part);
    }
    const std::string said =
        Admin({"restore", "--kek", suite_.Setting(service, "key_encryption_key"), "--from",
               Newest("data"), "--database", suite_.Database(service), "--keys-from",
               Newest("keys"), "--keys-database", Keys(service), "--erasure-list",
               Concat({Keys(service), ".erased"}), "--nothing-was-erased"},
              service);
    for (const std::string& other : support::BuiltServices()) {
      if (other == service) continue;
      EXPECT_THAT(said, HasSubstr(Concat({"rapport-admin outbox again --service ", other,
                                          " --destination ", service})));
    }
  }
  // As the restore says it; the service is stopped for it.
  void TellAgain(const std::string& service, const std::string& destination) {
    EXPECT_EQ(suite_.Stop(service), 0);
    Admin({"outbox", "again", "--destination", destination, "--db", suite_.Database(service),
           "--keys-db", Keys(service), "--kek", suite_.Setting(service, "key_encryption_key")},
          service);
    suite_.Start(service);
  }

  std::string homework_;

 private:
  std::string Folder(const std::string& name) const { return backups_ / name; }
  std::string Newest(const std::string& name) const {
    std::string newest;
    for (const auto& entry : fs::directory_iterator(Folder(name))) {
      const std::string path = entry.path();
      if (entry.is_directory() && !entry.path().filename().string().starts_with(".")) {
        newest = std::max(newest, path);
      }
    }
    return newest;
  }
  const ScratchFolder backups_;
};

TEST_F(Restored, GoalsAreHeardWhenSomebodyFeltUnsafe) {
  Play();
  Agree();
  BackUp("goals");
  FeelUnsafe();  // of the work that is lost
  ASSERT_TRUE(OneTaskOpens());
  Acknowledge();
  ASSERT_THAT(OpenTasks(), testing::IsEmpty());
  LoseAndRestore("goals");
  suite_.Start("goals");
  FeelUnsafe();
  EXPECT_TRUE(OneTaskOpens()) << "by the first report after the restore";
}

TEST_F(Restored, NotesAreHeardWhenASessionIsCorrectedAgain) {
  Play();
  ASSERT_TRUE(AllianceHeardOfSessions(8));
  BackUp("notes");
  BeganEarlier(1);  // of the work that is lost
  BeganEarlier(2);
  ASSERT_TRUE(AllianceHeardOfSessions(10));
  LoseAndRestore("notes");
  suite_.Start("notes");
  BeganEarlier(5);
  EXPECT_TRUE(AllianceHeardOfSessions(11)) << "in a version that it knew otherwise";
}

TEST_F(Restored, AllianceHearsAgainThatSomebodyFeltUnsafe) {
  Play();
  Agree();
  BackUp("alliance");
  FeelUnsafe();
  ASSERT_TRUE(OneTaskOpens());
  LoseAndRestore("alliance");
  for (const char* other : {"intake", "notes", "goals"}) TellAgain(other, "alliance");
  suite_.Start("alliance");
  ASSERT_TRUE(OneTaskOpens());
  EXPECT_EQ(OpenTasks().at(0).reports_size(), 1) << "what it still had is not applied twice";
  EXPECT_EQ(support::AuditTrail(suite_, "goals", "audrey", "action = \"outbox.again\"").size(), 1u);
}

}  // namespace
}  // namespace rapport::integration
