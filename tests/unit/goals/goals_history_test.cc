// Every version of goals, stances and homework: as it was, when, by whom and by doing what; to
// members what they were shown and nothing that tells of others.
#include "goals/goals_history.h"

#include "goals_fixture.h"

namespace rapport::goals {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class GoalsHistoryTest : public GoalsTest {
 protected:
  GoalsHistoryTest() {
    for (auto& helper : facts_.helpers) helper.subjects = {"subject-" + helper.professional};
    for (auto& member : facts_.members) member.subjects = {"subject-" + member.member};
  }

  absl::StatusOr<v1::ListPlanRevisionsResponse> List(const std::string& by, const std::string& name,
                                                     const std::string& holder = {},
                                                     int page_size = 0,
                                                     const std::string& token = {}) {
    v1::ListPlanRevisionsRequest request;
    request.set_name(name);
    request.set_holder(holder);
    request.set_page_size(page_size);
    request.set_page_token(token);
    auto call = CallOf(by);
    call.method = "rapport.goals.v1.GoalsService/ListPlanRevisions";
    RETURN_IF_ERROR(support::MissingRpc<v1::ListPlanRevisionsRequest>());
    return RunSync(history_.ListPlanRevisions(call, request));
  }
  std::vector<v1::ResourceRevision> Versions(const std::string& by, const std::string& name,
                                             const std::string& holder = {}) {
    auto response = List(by, name, holder);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return {};
    return {response->revisions().begin(), response->revisions().end()};
  }
  // The mother and the father do it together: agreed, and reported by the father.
  v1::Homework FathersReport() {
    MakeGoal();
    const v1::Homework homework = Agreed({mother_, father_});
    store_.clock.Advance(std::chrono::hours(24));
    EXPECT_TRUE(Report(father_, homework, 3).ok());
    return homework;
  }
  static std::vector<std::string> ActionsOf(const std::vector<v1::ResourceRevision>& all) {
    std::vector<std::string> actions;
    for (const auto& one : all) actions.push_back(one.revision().action());
    return actions;
  }

  GoalsHistory history_{deps_, *store_.keys};
};

TEST_F(GoalsHistoryTest, G4HomeworkIsReadableAsItWasWithWhoWhenAndByWhat) {
  MakeGoal();
  const v1::Homework homework = Task(therapist_, Terms(goal_, {mother_}));
  const std::int64_t proposed_us = store_.clock.NowMicros();
  store_.clock.Advance(std::chrono::hours(1));
  v1::HomeworkTerms smaller = Terms(goal_, {mother_});
  smaller.set_what("Eat at the table once");
  ASSERT_TRUE(Counter(mother_, homework, smaller).ok());
  store_.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(Respond(therapist_, Get(therapist_, homework)).ok());

  const auto versions = Versions(therapist_, homework.name());
  ASSERT_EQ(versions.size(), 3u);
  EXPECT_EQ(versions[0].homework().terms().what(), "Eat at the table, phones away");
  EXPECT_EQ(versions[1].homework().terms().what(), "Eat at the table once");
  EXPECT_EQ(versions[2].homework().state(), v1::HOMEWORK_STATE_AGREED);
  EXPECT_THAT(ActionsOf(versions),
              ElementsAre("homework.propose", "homework.counter", "homework.accept"));
  EXPECT_EQ(versions[0].revision().number(), 1);
  EXPECT_EQ(schema::ToMicros(versions[0].revision().revise_time()), proposed_us);
  EXPECT_EQ(schema::ToMicros(versions[1].revision().revise_time()), proposed_us + kHour);
  EXPECT_EQ(versions[0].revision().author_kind(), type::v1::AUTHOR_KIND_PROFESSIONAL);
  EXPECT_EQ(versions[0].revision().author(), NameOf(therapist_));
  EXPECT_EQ(versions[0].revision().account(), "subject-" + therapist_);
  EXPECT_EQ(versions[1].revision().author_kind(), type::v1::AUTHOR_KIND_MEMBER);
  EXPECT_EQ(versions[1].revision().author(), NameOf(mother_));
}

TEST_F(GoalsHistoryTest, G2AStanceIsReadableInEveryVersionByItsHolderAndProfessionals) {
  const v1::Goal goal = MothersGoal();
  ASSERT_TRUE(SetStance(mother_, goal, mother_, v1::STANCE_KIND_NEUTRAL).ok());
  store_.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(SetStance(mother_, goal, mother_, v1::STANCE_KIND_OBJECTS).ok());
  for (const std::string& reader : {therapist_, mother_}) {
    const auto versions = Versions(reader, goal.name(), NameOf(mother_));
    ASSERT_EQ(versions.size(), 3u) << reader;
    EXPECT_EQ(versions[0].stance().kind(), v1::STANCE_KIND_ENDORSES);
    EXPECT_EQ(versions[1].stance().kind(), v1::STANCE_KIND_NEUTRAL);
    EXPECT_EQ(versions[2].stance().kind(), v1::STANCE_KIND_OBJECTS);
  }
  EXPECT_TRUE(absl::IsNotFound(List(father_, goal.name(), NameOf(mother_)).status()));
}

TEST_F(GoalsHistoryTest, G2OfWhatWasSharedOnceAMemberSeesTheSharedVersionsOnly) {
  const v1::Goal goal = MothersGoal();
  ASSERT_TRUE(SetStance(father_, goal, father_, v1::STANCE_KIND_OBJECTS).ok());
  ASSERT_TRUE(SetStance(father_, goal, father_, v1::STANCE_KIND_ACCEPTS, true).ok());
  const auto versions = Versions(mother_, goal.name(), NameOf(father_));
  ASSERT_EQ(versions.size(), 1u);
  EXPECT_EQ(versions[0].stance().kind(), v1::STANCE_KIND_ACCEPTS);
  EXPECT_EQ(versions[0].revision().number(), 1);
}

TEST_F(GoalsHistoryTest, G3AnAttainmentScaleIsReadableInEveryVersion) {
  const v1::Goal goal = MothersGoal();
  v1::SetAttainmentScaleRequest request;
  request.set_name(goal.name());
  request.set_etag(GetGoal(therapist_, goal)->goal().etag());
  for (int level = -2; level <= 2; ++level) {
    auto& one = *request.mutable_scale()->add_levels();
    one.set_level(level);
    one.set_words("level " + std::to_string(level));
  }
  request.mutable_scale()->set_weight(3);
  const auto set = RunAs(therapist_, &GoalsService::SetAttainmentScale, request);
  ASSERT_TRUE(set.ok()) << set.status();
  const auto versions = Versions(therapist_, goal.name());
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_FALSE(versions[0].goal().has_attainment_scale());
  EXPECT_EQ(versions[1].goal().attainment_scale().weight(), 3);
}

TEST_F(GoalsHistoryTest, G6WhatAnotherReportedAddsNoVersionThatAMemberCouldCount) {
  const v1::Homework homework = FathersReport();
  const auto before = List(mother_, homework.name());
  ASSERT_TRUE(before.ok());
  store_.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(Report(father_, homework, 5).ok());
  const auto after = List(mother_, homework.name());
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(before->SerializeAsString(), after->SerializeAsString());
  const auto all = Versions(therapist_, homework.name());
  EXPECT_GT(all.size(), static_cast<std::size_t>(after->revisions_size()));
  for (const auto& one : after->revisions()) {
    EXPECT_FALSE(one.revision().has_revise_time());
    EXPECT_EQ(one.revision().author_kind(), type::v1::AUTHOR_KIND_UNSPECIFIED);
    EXPECT_THAT(one.revision().author(), IsEmpty());
    EXPECT_THAT(one.revision().action(), IsEmpty());
    EXPECT_THAT(one.revision().account(), IsEmpty());
    EXPECT_THAT(one.homework().reports(), IsEmpty());
  }
}

TEST_F(GoalsHistoryTest, WhoMayNotSeeTheResourceGetsWhatSomethingUnknownGets) {
  const v1::Goal goal = MothersGoal(/*shared=*/false);
  EXPECT_TRUE(absl::IsNotFound(List(father_, goal.name()).status()));
  EXPECT_TRUE(
      absl::IsNotFound(List(father_, names_.Goal(family_, support::TestId("none"))).status()));
  EXPECT_TRUE(absl::IsNotFound(
      List(therapist_, names_.Goal(support::TestId("elsewhere"), support::TestId("none")))
          .status()));
}

TEST_F(GoalsHistoryTest, PagesGoOnWhereTheyEnded) {
  const v1::Homework homework = FathersReport();
  const auto all = Versions(therapist_, homework.name());
  std::vector<std::string> actions;
  std::string token;
  do {
    const auto page = List(therapist_, homework.name(), {}, 2, token);
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_LE(page->revisions_size(), 2);
    for (const auto& one : page->revisions()) actions.push_back(one.revision().action());
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_EQ(actions, ActionsOf(all));
}

TEST_F(GoalsHistoryTest, HomeworkHasNoHolder) {
  const v1::Homework homework = FathersReport();
  const auto refused = List(therapist_, homework.name(), NameOf(mother_));
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status()));
}

}  // namespace
}  // namespace rapport::goals
