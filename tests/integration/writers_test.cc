// 64 people write in one family at the same time: everybody gets an answer, each OK is one change
// on record, and nothing that may happen once happens twice.
#include "integration/demo_suite.h"
#include "support/audit_trail.h"

#include <rapport/goals/v1/goal_requests.pb.h>
#include <rapport/goals/v1/homework_requests.pb.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace rapport::integration {
namespace {

using support::Reply;

constexpr char kGoals[] = "rapport.goals.v1.GoalsService/";
constexpr int kWriters = 64, kPasses = 2, kAborted = 10, kFailedPrecondition = 9;
constexpr int kWrites = kWriters * kPasses;

class Writers : public DemoSuite {
 protected:
  void SetUp() override { Play(); }

  // `write(number)` by each writer in each pass, all at the same time. How often which code came.
  static std::map<int, int> AtOnce(const std::function<int(int)>& write) {
    std::map<int, int> codes;
    std::mutex mutex;
    std::atomic<bool> go = false;
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < kWriters; ++writer) {
      threads.emplace_back([&, writer] {
        go.wait(false);
        for (int pass = 0; pass < kPasses; ++pass) {
          const int code = write(pass * kWriters + writer);
          std::lock_guard lock(mutex);
          ++codes[code];
        }
      });
    }
    go = true;
    go.notify_all();
    threads.clear();
    return codes;
  }

  int Code(const std::string& as, const std::string& method,
           const google::protobuf::Message& request) {
    const Reply reply = suite_.CallUntilTaken(as, method, request);
    EXPECT_TRUE(reply.ok() || reply.code == kAborted || reply.code == kFailedPrecondition)
        << reply.Text();
    return reply.code;
  }

  // How many changes `action` of `resource` the service has on record. Of a note the trail does not
  // say the session.
  int Recorded(const std::string& service, const std::string& action, const std::string& resource) {
    const std::string id = resource.substr(resource.rfind('/'));
    int count = 0;
    for (const auto& event :
         support::AuditTrail(suite_, service, "audrey", Concat({"action = \"", action, "\""}))) {
      count += event.resource().ends_with(id) ? 1 : 0;
    }
    return count;
  }

  // The names of everything that `method` lists in the family.
  template <typename Request, typename Response>
  std::set<std::string> NamesOf(const std::string& method, const auto& entries) {
    std::set<std::string> names;
    Request request;
    request.set_parent(family_);
    request.set_page_size(50);
    do {
      const auto page = Get<Response>("anna", method, request);
      for (const auto& one : entries(page)) names.insert(one.name());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
  std::set<std::string> Sessions() {
    return NamesOf<notes::v1::ListSessionsRequest, notes::v1::ListSessionsResponse>(
        Concat({kNotes, "ListSessions"}), [](const auto& page) { return page.sessions(); });
  }
  std::set<std::string> Goals() {
    return NamesOf<goals::v1::ListGoalsRequest, goals::v1::ListGoalsResponse>(
        Concat({kGoals, "ListGoals"}), [](const auto& page) { return page.goals(); });
  }
};

TEST_F(Writers, CreateWhatTheyWereToldTheyCreated) {
  const std::size_t sessions = Sessions().size(), goals = Goals().size();
  EXPECT_EQ(AtOnce([&](int number) {
              goals::v1::ProposeGoalRequest request;
              request.set_parent(family_);
              request.mutable_goal()->set_scope(goals::v1::GOAL_SCOPE_INDIVIDUAL);
              request.mutable_goal()->add_owners(mira_);
              request.mutable_goal()->set_words("Number " + std::to_string(number));
              request.set_request_id(support::NewUuid());
              return Code("anna", Concat({kGoals, "ProposeGoal"}), request);
            }),
            (std::map<int, int>{{kOk, kWrites}}));
  EXPECT_EQ(Goals().size(), goals + kWrites);
  EXPECT_EQ(AtOnce([&](int number) {
              Schedule(number);
              return kOk;
            }),
            (std::map<int, int>{{kOk, kWrites}}));
  EXPECT_EQ(Sessions().size(), sessions + kWrites);
}

TEST_F(Writers, SignANoteOnce) {
  const notes::v1::Session session = Schedule(1);
  Hold(session, 1);
  notes::v1::CreateNoteRequest draft;
  draft.set_parent(session.name());
  draft.mutable_note()->set_format(notes::v1::NOTE_FORMAT_FREE);
  auto& section = *draft.mutable_note()->add_sections();
  section.set_kind(notes::v1::SECTION_KIND_NARRATIVE);
  section.add_statements()->set_text("Everybody wants to sign this.");
  draft.set_request_id(support::NewUuid());
  const auto note =
      Get<notes::v1::CreateNoteResponse>("anna", Concat({kNotes, "CreateNote"}), draft).note();
  const auto codes = AtOnce([&](int) {
    notes::v1::SignNoteRequest request;
    request.set_name(note.name());
    request.set_etag(note.etag());
    request.set_request_id(support::NewUuid());
    return Code("anna", Concat({kNotes, "SignNote"}), request);
  });
  EXPECT_EQ(codes.at(kOk), 1);
  EXPECT_EQ(Recorded("notes", "note.sign", note.name()), 1);
}

TEST_F(Writers, AgreeOnHomeworkOnce) {
  goals::v1::ProposeHomeworkRequest proposal;
  proposal.set_parent(family_);
  auto& terms = *proposal.mutable_homework()->mutable_terms();
  terms.set_what("Ten minutes of tea together.");
  terms.set_when("Every evening");
  terms.set_how_we_will_know("A cup is in the sink.");
  terms.set_rationale("Nobody has sat down together for months.");
  terms.add_doers(mira_);
  terms.add_doers(max_);
  terms.set_confidence(8);
  auto& step = *terms.add_goals();
  for (const std::string& goal : Goals()) step.set_goal(goal);
  step.set_how("Tea is talk.");
  terms.mutable_due_time()->set_seconds(kStory + 7 * 86'400);
  proposal.set_request_id(support::NewUuid());
  const auto homework =
      Get<goals::v1::ProposeHomeworkResponse>("anna", Concat({kGoals, "ProposeHomework"}), proposal)
          .homework();
  const auto codes = AtOnce([&](int number) {
    goals::v1::RespondToHomeworkRequest request;
    const bool own = number % 2 == 0;
    request.set_name(homework.name());
    request.set_responder(own ? mira_ : max_);
    request.set_answer(goals::v1::HOMEWORK_ANSWER_ACCEPT);
    request.set_terms_revision(1);
    request.set_request_id(support::NewUuid());
    return Code(own ? "mira" : "anna", Concat({kGoals, "RespondToHomework"}), request);
  });
  goals::v1::GetHomeworkRequest get;
  get.set_name(homework.name());
  const auto after =
      Get<goals::v1::GetHomeworkResponse>("anna", Concat({kGoals, "GetHomework"}), get).homework();
  EXPECT_EQ(after.state(), goals::v1::HOMEWORK_STATE_AGREED);
  EXPECT_GE(codes.at(kOk), 2);
  EXPECT_EQ(codes.at(kOk) + codes.at(kFailedPrecondition), kWrites);
  EXPECT_EQ(Recorded("goals", "homework.accept", homework.name()), codes.at(kOk));
}

}  // namespace
}  // namespace rapport::integration
