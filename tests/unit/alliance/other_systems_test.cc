// What other systems are shown of safety: nothing, but for what a scope of their token gives them.
#include "unit/alliance/urgent_fixture.h"

namespace rapport::alliance {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int kSafetyItem = 9;

class OtherSystemsService : public UrgentServiceA14 {
 protected:
  // A scheduling system, billing, an app: of no family where `everywhere`.
  struct System : Call {
    System(AllianceTest& test, std::vector<std::string> scopes, bool everywhere)
        : Call(test, "desk", Viewer::kAgency) {
      auto who = std::make_shared<Principal>(*principal);
      who->roles.Add(options::v1::ROLE_SERVICE);
      who->scopes = std::move(scopes);
      principal = std::move(who);
      if (!everywhere) return;
      access.family.clear();
      access.facts.reset();
    }
  };
  System With(std::vector<std::string> scopes, bool everywhere = false) {
    return System(*this, std::move(scopes), everywhere);
  }
  v1::Rating Listed(std::vector<std::string> scopes, bool everywhere) {
    v1::ListRatingsRequest request;
    request.set_parent(everywhere ? "families/-" : names_.Family(family_));
    const auto listed =
        Run(With(std::move(scopes), everywhere), &AllianceService::ListRatings, request);
    EXPECT_TRUE(listed.ok()) << listed.status();
    EXPECT_THAT(listed->ratings(), SizeIs(1));
    return listed->ratings().empty() ? v1::Rating() : listed->ratings(0);
  }
  static std::vector<int> Items(const v1::Rating& rating) {
    std::vector<int> items;
    for (const v1::RatingPart& part : rating.parts()) {
      for (const v1::Answer& answer : part.answers()) items.push_back(answer.item());
    }
    return items;
  }
};

TEST_F(OtherSystemsService, A3AreShownNothingThatWasAnsweredAboutSafety) {
  const std::string session = Hold(support::TestId("session-1"), {mother_, father_});
  const auto rated = Rate(session, mother_, 80, 80);
  ASSERT_TRUE(rated.ok()) << rated.status();
  for (const bool everywhere : {false, true}) {
    const v1::Rating shown = Listed({}, everywhere);
    EXPECT_THAT(Items(shown), Not(Contains(kSafetyItem)));
    EXPECT_THAT(Items(shown), Contains(1));
    for (const v1::RatingPart& part : shown.parts()) {
      for (const v1::Score& score : part.scores()) EXPECT_NE(score.code(), "safety");
    }
    EXPECT_FALSE(shown.parts(0).scores().empty());
    EXPECT_THAT(Items(Listed({"signals"}, everywhere)), Not(Contains(kSafetyItem)));
    EXPECT_THAT(Items(Listed({"ratings.answers"}, everywhere)), Contains(kSafetyItem));
  }
  v1::ListRatingRevisionsRequest revisions;
  revisions.set_name(rated->rating().name());
  const auto before = Run(With({}), &AllianceService::ListRatingRevisions, revisions);
  ASSERT_TRUE(before.ok()) << before.status();
  for (const v1::Rating& one : before->ratings()) {
    EXPECT_THAT(Items(one), Not(Contains(kSafetyItem)));
  }
}

TEST_F(OtherSystemsService, A3PeopleAreShownItWithoutAScope) {
  const std::string session = Hold(support::TestId("session-1"), {mother_, father_});
  ASSERT_TRUE(Rate(session, mother_, 80, 80).ok());
  v1::ListRatingsRequest request;
  request.set_parent(names_.Family(family_));
  for (Call* call : {new Call(ByTherapist()), new Call(ByMember(mother_))}) {
    const std::unique_ptr<Call> owned(call);
    const auto listed = Run(*call, &AllianceService::ListRatings, request);
    ASSERT_TRUE(listed.ok()) << listed.status();
    EXPECT_THAT(Items(listed->ratings(0)), Contains(kSafetyItem));
  }
}

// A pager.

TEST_F(OtherSystemsService, A14APagerIsToldWhomATaskIsBeforeAndNotAboutWhom) {
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE, "made-up words").ok());
  const auto outline = [&] {
    const auto listed = List(With({"urgent_tasks"}, /*everywhere=*/true), /*everywhere=*/true);
    EXPECT_TRUE(listed.ok()) << listed.status();
    EXPECT_THAT(listed->urgent_tasks(), SizeIs(1));
    return listed->urgent_tasks().empty() ? v1::UrgentTask() : listed->urgent_tasks(0);
  };
  v1::UrgentTask task = outline();
  EXPECT_EQ(task.kind(), v1::CONCERN_KIND_NOT_SAFE);
  EXPECT_EQ(task.state(), v1::URGENT_TASK_STATE_OPEN);
  EXPECT_THAT(task.subjects(), ElementsAre("subject-anna", "subject-duty"));
  EXPECT_THAT(task.alerts(), SizeIs(2));
  EXPECT_TRUE(task.has_next_alert_time());
  EXPECT_EQ(task.member(), "");
  EXPECT_THAT(task.reports(), IsEmpty());
  EXPECT_EQ(task.etag(), "");
  After(std::chrono::minutes(15));
  EXPECT_THAT(outline().subjects(), ElementsAre("subject-anna", "subject-sam", "subject-duty"));
  ASSERT_TRUE(Acknowledge(ByTherapist(), TheTask()).ok());
  EXPECT_THAT(List(With({"urgent_tasks"}, true), true)->urgent_tasks(), IsEmpty());
}

TEST_F(OtherSystemsService, A14WithoutTheScopeNoSystemLearnsThatSomebodyCalled) {
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  EXPECT_EQ(ReasonOf(List(With({}, true), true).status()), "SCOPE_MISSING");
  EXPECT_EQ(ReasonOf(List(With({"signals"}, true), true).status()), "SCOPE_MISSING");
  EXPECT_TRUE(absl::IsNotFound(List(With({"urgent_tasks"})).status())) << "of one family";
}

TEST_F(OtherSystemsService, A14PeopleAreShownNoAccounts) {
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  EXPECT_THAT(TheTask().subjects(), IsEmpty());
}

}  // namespace
}  // namespace rapport::alliance
