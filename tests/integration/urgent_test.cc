// A member's concern reaches who must see it, and is escalated until somebody does, while services
// die and the cache and the goals service are gone. And a rating form filled in on a pipe.
#include "integration/demo_suite.h"
#include "support/child_process.h"
#include "support/eventually.h"
#include "support/exchange.h"

#include <rapport/alliance/v1/alliance_service.pb.h>
#include <rapport/intake/v1/intake_service.pb.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>

namespace rapport::integration {
namespace {

using support::Reply;
namespace av = alliance::v1;

constexpr char kContacts[] = "Harbour House, at any hour: 555-0100";

class Concerns : public DemoSuite {
 protected:
  Concerns() {
    const std::string path = suite_.folder() + "/agencies.yaml";
    std::ifstream in(path);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const std::string before = "escalate_minutes: 15";  // of harbour, which stands in front
    const std::size_t at = text.find(before);
    EXPECT_NE(at, std::string::npos);
    text.replace(
        at, before.size(),
        Concat({"escalate_minutes: 10\n    on_duty: olga, otto\n    emergency_contacts: \"",
                kContacts, "\""}));
    std::ofstream(path) << text;
    suite_.AddPerson("olga", {"clinician"});
    suite_.AddPerson("otto", {"clinician"});
    suite_.AddPerson("nobody", {"clinician"});
  }
  Reply Report(const std::string& request_id) {
    av::ReportConcernRequest request;
    request.set_parent(family_);
    request.set_member(mira_);
    request.mutable_concern()->set_kind(av::CONCERN_KIND_NOT_SAFE);
    request.set_request_id(request_id);
    return suite_.Call("mira", Concat({kAlliance, "ReportConcern"}), request);
  }
  // The tasks on somebody's list; none while the service can't be reached.
  std::vector<av::UrgentTask> ListOf(const std::string& who) {
    av::ListUrgentTasksRequest request;
    request.set_parent("families/-");
    const Reply reply = suite_.Call(who, Concat({kAlliance, "ListUrgentTasks"}), request);
    av::ListUrgentTasksResponse response;
    EXPECT_TRUE(reply.ok() || reply.code == kUnavailable) << reply.Text();
    if (!reply.ok() || !response.ParseFromString(reply.body)) return {};
    return {response.urgent_tasks().begin(), response.urgent_tasks().end()};
  }
  // The service dies; it is started again when the domain's clock shows `time`.
  void DieUntil(const std::string& time) {
    suite_.Kill("alliance");
    suite_.SetClock(time);
    suite_.Start("alliance");
  }
};

TEST_F(Concerns, A14AreEscalatedUntilAcknowledgedWhateverElseFails) {
  Play();
  suite_.SetClock("2031-09-01T08:00:00Z");
  suite_.Kill("goals");
  suite_.redis().Kill();

  const std::string request_id = support::NewUuid();
  const Reply reported = Report(request_id);
  ASSERT_TRUE(reported.ok()) << reported.Text();
  av::ReportConcernResponse told;
  ASSERT_TRUE(told.ParseFromString(reported.body));
  EXPECT_EQ(told.emergency_contacts(), kContacts);
  EXPECT_EQ(Report(request_id).body, reported.body);

  for (const char* who : {"anna", "olga"}) EXPECT_EQ(ListOf(who).size(), 1u) << who;
  for (const char* who : {"sam", "otto", "nobody"}) EXPECT_EQ(ListOf(who).size(), 0u) << who;
  av::ListUrgentTasksRequest of_family;
  of_family.set_parent(family_);
  EXPECT_FALSE(suite_.Call("mira", Concat({kAlliance, "ListUrgentTasks"}), of_family).ok());
  const Reply stranger = suite_.Call("nobody", Concat({kAlliance, "ListUrgentTasks"}), of_family);
  EXPECT_EQ(stranger.code, 5) << stranger.Text();

  DieUntil("2031-09-01T08:10:00Z");
  EXPECT_TRUE(support::Eventually([&] { return ListOf("sam").size() == 1; }));
  EXPECT_EQ(ListOf("otto").size(), 0u);
  DieUntil("2031-09-01T08:30:00Z");
  EXPECT_TRUE(support::Eventually([&] { return ListOf("otto").size() == 1; }));

  const av::UrgentTask task = ListOf("otto").at(0);
  EXPECT_EQ(task.reports_size(), 1);
  EXPECT_EQ(task.alerts_size(), 4);
  av::AcknowledgeUrgentTaskRequest acknowledge;
  acknowledge.set_name(task.name());
  acknowledge.set_etag(task.etag());
  acknowledge.set_note("on my way");
  acknowledge.set_request_id(support::NewUuid());
  Get<av::AcknowledgeUrgentTaskResponse>("otto", Concat({kAlliance, "AcknowledgeUrgentTask"}),
                                         acknowledge);
  for (const char* who : {"anna", "olga", "sam", "otto"}) EXPECT_EQ(ListOf(who).size(), 0u) << who;
}

TEST_F(Concerns, A14IsTakenThoughIntakeIsAwayAndNothingIsKnownOfTheFamily) {
  Play();
  suite_.redis().Kill();
  suite_.Kill("intake");
  suite_.Kill("alliance");
  suite_.Start("alliance");
  const Reply reported = Report(support::NewUuid());
  ASSERT_TRUE(reported.ok()) << reported.Text();
  ASSERT_EQ(ListOf("olga").size(), 1u) << "on duty";
  EXPECT_EQ(ListOf("olga")[0].reports(0).identity(), av::REPORTER_IDENTITY_NOT_YET_CONFIRMED);
  EXPECT_EQ(ListOf("nobody").size(), 0u);
  av::SubmitRatingRequest form;
  form.set_parent(family_);
  form.mutable_rating()->set_rater(mira_);
  form.mutable_rating()->set_session(
      Concat({family_, "/sessions", mira_.substr(mira_.rfind('/'))}));
  form.mutable_rating()->set_instrument("instruments/pulse-adult.1");
  form.mutable_rating()->set_mode(av::RATING_MODE_OWN_DEVICE);
  form.mutable_rating()->add_parts()->set_target(family_);
  form.mutable_rating()->mutable_parts(0)->add_answers()->set_item(1);
  form.mutable_concern()->set_kind(av::CONCERN_KIND_TALK_TO_ME_SOON);
  form.set_request_id(support::NewUuid());
  const Reply rated = suite_.Call("mira", Concat({kAlliance, "SubmitRating"}), form);
  EXPECT_EQ(rated.reason(), "DEPENDENCY_UNAVAILABLE") << rated.Text();
  EXPECT_EQ(ListOf("olga")[0].reports_size(), 2) << "and what she says in the form is heard";
  // Nobody can say by now who works with the family; once intake can, it is on their list, and that
  // it was her is known.
  suite_.Start("intake");
  EXPECT_TRUE(support::Eventually([&] {
    const auto tasks = ListOf("anna");
    return tasks.size() == 1 &&
           std::ranges::all_of(tasks[0].reports(), [](const av::ConcernReport& report) {
             return report.identity() == av::REPORTER_IDENTITY_CONFIRMED;
           });
  }));
}

TEST_F(Concerns, I9MakeAScreenDueThatJointSessionsWaitFor) {
  Play();
  suite_.SetClock("2031-09-01T08:00:00Z");
  for (const std::string& member : {max_, mira_}) {
    intake::v1::RecordSafetyScreenRequest screen;
    screen.set_parent(family_);
    screen.mutable_screen()->set_member(member);
    screen.mutable_screen()->set_alone(true);
    screen.mutable_screen()->set_result(intake::v1::SAFETY_RESULT_CONJOINT_OK);
    screen.set_request_id(support::NewUuid());
    Get<intake::v1::RecordSafetyScreenResponse>("anna", Concat({kIntake, "RecordSafetyScreen"}),
                                                screen);
  }
  const auto plan_for_both = [&] {
    notes::v1::ScheduleSessionRequest request;
    request.set_parent(family_);
    auto& session = *request.mutable_session();
    session.set_format(notes::v1::SESSION_FORMAT_SUBSYSTEM);
    session.set_mode(notes::v1::SESSION_MODE_OFFICE);
    session.mutable_scheduled_start_time()->set_seconds(kStory + 7'200);
    session.mutable_scheduled_end_time()->set_seconds(kStory + 10'800);
    for (const std::string& member : {max_, mira_}) session.add_invited_members(member);
    session.add_invited_professionals(anna_);
    request.set_request_id(support::NewUuid());
    return suite_.Call("anna", Concat({kNotes, "ScheduleSession"}), request);
  };
  // What was screened is in the facts of notes once its event is there.
  EXPECT_TRUE(support::Eventually([&] { return plan_for_both().ok(); }));
  suite_.SetClock("2031-09-01T09:00:00Z");
  ASSERT_TRUE(Report(support::NewUuid()).ok());
  EXPECT_TRUE(support::Eventually([&] { return plan_for_both().reason() == "SAFETY_SCREEN_DUE"; }));
  EXPECT_NE(plan_for_both().details.find(mira_), std::string::npos);
  EXPECT_EQ(plan_for_both().details.find(max_), std::string::npos);
  Schedule(2);  // with her alone

  intake::v1::ListDueWorkRequest work;
  work.set_filter("kind = SAFETY_SCREEN");
  const auto due =
      Get<intake::v1::ListDueWorkResponse>("anna", Concat({kIntake, "ListDueWork"}), work);
  EXPECT_TRUE(std::any_of(due.entries().begin(), due.entries().end(),
                          [&](const auto& entry) { return entry.subject() == mira_; }));
}

TEST_F(Concerns, A13AFormIsFilledInByItsCodeOnAPipeInLessThan90Seconds) {
  Play();
  Hold(Schedule(1), 1);
  av::ListRatingRequestsRequest due;
  due.set_parent(family_);
  due.set_state(av::RATING_REQUEST_STATE_DUE);
  av::RatingRequest miras;
  ASSERT_TRUE(support::Eventually([&] {
    const auto requests =
        Get<av::ListRatingRequestsResponse>("anna", Concat({kAlliance, "ListRatingRequests"}), due);
    for (const auto& one : requests.rating_requests()) {
      if (one.rater() == mira_) miras = one;
    }
    return !miras.name().empty();
  }));
  av::CreateRatingInvitationRequest invite;
  invite.set_rating_request(miras.name());
  invite.set_shared_device(true);
  invite.set_request_id(support::NewUuid());
  const auto invited = Get<av::CreateRatingInvitationResponse>(
      "anna", Concat({kAlliance, "CreateRatingInvitation"}), invite);

  // It is Mira; seven items of the helper and three of the session, homework perhaps; a comment;
  // the next code: none.
  const std::string typed = "y\\n8\\n8\\n8\\n8\\n8\\n8\\n8\\n8\\n8\\n8\\n8\\n\\n\\n\\n\\n";
  // As somebody types it: small, and with blanks for dashes.
  std::string code = invited.rating_invitation().short_code();
  std::ranges::transform(code, code.begin(), [](unsigned char c) {
    return c == '-' ? ' ' : static_cast<char>(std::tolower(c));
  });
  const std::string said = support::RunProgram(
      {"bash", "-c",
       Concat({"printf '%s\\n", typed, "' '", code, "' | '", support::Binary("rapport"),
               "' --state '", suite_.folder(), "' rate --kiosk --assisted --language es"})});
  EXPECT_NE(said.find("Sent, after"), std::string::npos) << said;
  EXPECT_EQ(said.find("not safe"), std::string::npos) << said;
  EXPECT_NE(said.find(kContacts), std::string::npos) << said;
  EXPECT_NE(said.find("This form is for Mira"), std::string::npos) << said;
  EXPECT_EQ(said.find("\x1b"), std::string::npos) << "a pipe gets plain text";

  av::ListRatingsRequest list;
  list.set_parent(family_);
  list.set_session(miras.session());
  const auto ratings =
      Get<av::ListRatingsResponse>("anna", Concat({kAlliance, "ListRatings"}), list);
  ASSERT_EQ(ratings.ratings_size(), 1);
  EXPECT_EQ(ratings.ratings(0).mode(), av::RATING_MODE_SHARED_DEVICE);
  EXPECT_EQ(ratings.ratings(0).language(), "en") << "there is no other wording of it";
  EXPECT_TRUE(ratings.ratings(0).assisted());
  EXPECT_GT(ratings.ratings(0).answer_seconds(), 0);
  EXPECT_LE(ratings.ratings(0).answer_seconds(), 90);
}

}  // namespace
}  // namespace rapport::integration
