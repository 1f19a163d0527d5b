// G7: progress over time through the service, and polls of what is due while others write.
#include "goals_fixture.h"

#include <random>
#include <set>

namespace rapport::goals {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class G7ProgressTest : public GoalsTest {
 protected:
  void SetUp() override { MakeGoal(); }
  v1::Progress ProgressOf(const std::string& by) {
    v1::GetProgressRequest request;
    request.set_name(Family());
    const auto response = RunAs(by, &GoalsService::GetProgress, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->progress() : v1::Progress();
  }
  static const v1::DoerProgress* Of(const v1::Progress& progress, const std::string& member) {
    for (const v1::DoerProgress& one : progress.doers()) {
      if (one.member() == member) return &one;
    }
    return nullptr;
  }
  absl::StatusOr<v1::ReviewHomeworkResponse> ReviewIn(const v1::Homework& homework,
                                                      const std::string& session) {
    v1::ReviewHomeworkRequest request;
    request.set_name(homework.name());
    request.mutable_review()->set_outcome(v1::HOMEWORK_OUTCOME_DONE);
    request.mutable_review()->set_session(names_.Session(family_, support::TestId(session)));
    request.set_etag(Get(therapist_, homework).etag());
    return RunAs(therapist_, &GoalsService::ReviewHomework, request);
  }
};

TEST_F(G7ProgressTest, IsEmptyWhereThereIsNothingToTell) {
  const v1::HomeworkProgress homework = ProgressOf(therapist_).homework();
  EXPECT_EQ(homework.proposed(), 0);
  EXPECT_FALSE(homework.has_agreement_rate() || homework.has_two_sided_rate() ||
               homework.has_completion() || homework.has_reviewed_next_session_rate() ||
               homework.has_mean_lead_time());
  EXPECT_EQ(homework.goal_linkage(), 0);  // one active goal, nothing leads to it
}

TEST_F(G7ProgressTest, SaysWhatBecameOfHomework) {
  Task(therapist_, Terms(goal_, {mother_}));  // nobody answers
  const v1::Homework first = Task(therapist_, Terms(goal_, {mother_, father_}));
  store_.clock.Advance(std::chrono::hours(4));
  ASSERT_TRUE(Respond(mother_, first).ok());
  ASSERT_TRUE(RunAs(therapist_, &GoalsService::RespondToHomework, AnswerOf(first, father_)).ok());
  const v1::Homework second = Agreed({mother_});  // at once
  ASSERT_TRUE(Report(mother_, first, 1).ok());
  ASSERT_TRUE(Report(mother_, first, 5).ok());  // the newest counts
  ASSERT_TRUE(Report(father_, first, 2).ok());
  store_.clock.Advance(std::chrono::hours(24 * 8));
  ASSERT_TRUE(Hold("next").ok());
  ASSERT_TRUE(ReviewIn(first, "next").ok());
  store_.clock.Advance(std::chrono::hours(24 * 7));
  ASSERT_TRUE(Hold("the one after").ok());
  ASSERT_TRUE(ReviewIn(second, "the one after").ok());

  const v1::HomeworkProgress progress = ProgressOf(therapist_).homework();
  EXPECT_EQ(progress.proposed(), 3);
  EXPECT_EQ(progress.agreed(), 2);
  EXPECT_DOUBLE_EQ(progress.agreement_rate(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(progress.two_sided_rate(), 0.5);  // the father's was written down for him
  EXPECT_EQ(progress.mean_lead_time().seconds(), 2 * 3600);
  EXPECT_DOUBLE_EQ(progress.completion(), 0.7);
  EXPECT_DOUBLE_EQ(progress.reviewed_next_session_rate(), 0.5);
  EXPECT_DOUBLE_EQ(progress.goal_linkage(), 1);
}

TEST_F(G7ProgressTest, LinkageIsOfTheLastThreeSessions) {
  Agreed({mother_});
  for (const char* session : {"one", "two", "three"}) {
    store_.clock.Advance(std::chrono::hours(24 * 7));
    ASSERT_TRUE(Hold(session).ok());
  }
  EXPECT_EQ(ProgressOf(therapist_).homework().goal_linkage(), 0);
  const v1::Goal another = MothersGoal();
  ASSERT_TRUE(Respond(mother_, Task(therapist_, Terms(another, {mother_}))).ok());
  EXPECT_EQ(ProgressOf(therapist_).homework().goal_linkage(), 0.5);
}

TEST_F(G7ProgressTest, NobodySeesWhatAnotherMemberDidNotDo) {
  const v1::Homework homework = Agreed({mother_, father_});
  const std::string before = [&] {
    v1::Progress progress = ProgressOf(mother_);
    return progress.SerializeAsString();
  }();
  ASSERT_TRUE(Report(father_, homework, 0).ok());
  const v1::Progress mothers = ProgressOf(mother_);
  EXPECT_EQ(mothers.SerializeAsString(), before);
  EXPECT_FALSE(mothers.has_homework());
  EXPECT_THAT(mothers.doers(), SizeIs(1));
  EXPECT_EQ(Of(ProgressOf(therapist_), NameOf(father_))->completion(), 0);
  EXPECT_EQ(Of(ProgressOf(father_), NameOf(father_))->reported(), 1);
  EXPECT_FALSE(Of(mothers, NameOf(mother_))->has_completion());
}

TEST_F(G7ProgressTest, ConsensusFollowsEveryStance) {
  facts_.members.resize(2);  // mother and father
  store_.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(SetStance(father_, goal_, father_, v1::STANCE_KIND_OBJECTS).ok());
  store_.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(SetStance(father_, goal_, father_, v1::STANCE_KIND_ACCEPTS).ok());
  const v1::Progress progress = ProgressOf(therapist_);
  ASSERT_THAT(progress.goals(), SizeIs(1));
  const auto& points = progress.goals(0).consensus();
  ASSERT_THAT(points, SizeIs(3));
  EXPECT_EQ(points[0].consensus(), 1);
  EXPECT_EQ(points[0].coverage(), 0.5);
  EXPECT_FALSE(points[0].shared_goal());
  EXPECT_EQ(points[1].consensus(), 0.5);
  EXPECT_EQ(points[2].consensus(), 0.875);
  EXPECT_TRUE(points[2].shared_goal());
  EXPECT_THAT(ProgressOf(mother_).goals(0).consensus(), IsEmpty());
}

TEST_F(G7ProgressTest, ConsensusIsOverTheMembersOfItsTime) {
  facts_.members.resize(2);
  store_.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(SetStance(father_, goal_, father_, v1::STANCE_KIND_OBJECTS).ok());
  store_.clock.Advance(std::chrono::hours(1));
  facts_.members[1].period.to_us = store_.clock.NowMicros();  // the father leaves
  store_.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(SetStance(mother_, goal_, mother_, v1::STANCE_KIND_ACCEPTS).ok());
  const auto points = ProgressOf(therapist_).goals(0).consensus();
  ASSERT_THAT(points, SizeIs(3));
  EXPECT_EQ(points[1].consensus(), 0.5);
  EXPECT_EQ(points[2].consensus(), 0.75);
  EXPECT_EQ(points[2].coverage(), 1);
}

class G7DuePolls : public G7ProgressTest {
 protected:
  // Everything due in the window, page by page; `between` runs between two pages.
  std::vector<std::string> Poll(std::int64_t from_us, std::int64_t to_us,
                                const std::function<void()>& between) {
    v1::ListDueHomeworkRequest request;
    request.set_parent(Family());
    request.set_page_size(3);
    *request.mutable_due_from_time() = schema::ToTimestamp(from_us);
    *request.mutable_due_before_time() = schema::ToTimestamp(to_us);
    std::vector<std::string> found;
    do {
      const auto page = RunAs(therapist_, &GoalsService::ListDueHomework, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return found;
      for (const v1::Homework& homework : page->homework()) found.push_back(homework.name());
      request.set_page_token(page->next_page_token());
      between();
    } while (!request.page_token().empty());
    return found;
  }
};

TEST_F(G7DuePolls, NeitherMissNorRepeatWhileOthersWrite) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::vector<v1::Homework> reviewable;
  std::set<std::string> must_come;
  std::multiset<std::string> came;
  // Agrees to something due between an hour and a day from now.
  const auto agree = [&] {
    v1::HomeworkTerms terms = Terms(goal_, {mother_});
    *terms.mutable_due_time() = In((1 + static_cast<std::int64_t>(random() % 23)) * kHour);
    const v1::Homework homework = Task(therapist_, terms);
    ASSERT_TRUE(Respond(mother_, homework).ok());
    must_come.insert(homework.name());
    if (random() % 3 == 0) reviewable.push_back(homework);
  };
  const auto write = [&] {
    agree();
    if (reviewable.empty() || random() % 2 == 0) return;
    // Reviewed before or after it was told of: it may come once, or not at all.
    must_come.erase(reviewable.back().name());
    ASSERT_TRUE(ReviewIn(Get(therapist_, reviewable.back()), "now").ok());
    reviewable.pop_back();
  };
  for (int i = 0; i < 10; ++i) agree();
  std::int64_t polled_us = store_.clock.NowMicros();
  const auto poll = [&] {
    const std::int64_t to_us = store_.clock.NowMicros();
    for (std::string& name : Poll(polled_us, to_us, write)) came.insert(std::move(name));
    polled_us = to_us;
  };
  for (int hour = 0; hour < 30; ++hour) {
    store_.clock.Advance(std::chrono::minutes(60 + random() % 40));
    poll();
  }
  store_.clock.Advance(std::chrono::hours(25));
  for (std::string& name : Poll(polled_us, store_.clock.NowMicros(), [] {})) {
    came.insert(std::move(name));
  }
  for (const std::string& name : came) EXPECT_EQ(came.count(name), 1U);
  for (const std::string& name : must_come) EXPECT_EQ(came.count(name), 1U);
}

TEST_F(G7DuePolls, WindowsTile) {
  const v1::Homework homework = Agreed({mother_});
  const std::int64_t due_us = schema::ToMicros(homework.terms().due_time());
  store_.clock.Advance(std::chrono::hours(24 * 8));
  const auto nothing = [] {};
  EXPECT_THAT(Poll(due_us - kHour, due_us, nothing), IsEmpty());
  EXPECT_THAT(Poll(due_us, due_us + 1, nothing), ElementsAre(homework.name()));
  EXPECT_THAT(Poll(due_us + 1, due_us + kHour, nothing), IsEmpty());
}

}  // namespace
}  // namespace rapport::goals
