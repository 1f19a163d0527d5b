#include "goals_fixture.h"
#include "platform/schema/list_filter.h"
#include "support/in_pages.h"

#include <rapport/internal/v1/event.pb.h>

namespace rapport::goals {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

using G1GoalServiceTest = GoalsTest;

v1::CloseGoalRequest CloseOf(const v1::Goal& goal, const std::string& closed_by = {}) {
  v1::CloseGoalRequest request;
  request.set_name(goal.name());
  request.set_ending(v1::GOAL_ENDING_REACHED);
  request.set_note("three weeks in a row");
  request.set_closed_by(closed_by);
  request.set_etag(goal.etag());
  return request;
}

TEST_F(G1GoalServiceTest, AnOwnersOwnGoalIsActiveAtOnce) {
  const v1::Goal goal = MothersGoal();
  EXPECT_EQ(goal.state(), v1::GOAL_STATE_ACTIVE);
  EXPECT_EQ(goal.proposed_by(), NameOf(mother_));
  EXPECT_EQ(goal.words(), "We eat together without shouting");
  EXPECT_EQ(schema::ToMicros(goal.activate_time()), store_.clock.NowMicros());
  EXPECT_FALSE(goal.etag().empty());

  v1::GetGoalRequest get;
  get.set_name(goal.name());
  auto call = CallOf(therapist_);
  const auto shown = Run(call, &GoalsService::GetGoal, get);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_EQ(shown->goal().SerializeAsString(), goal.SerializeAsString());
  EXPECT_EQ(call.disclosed_version, 1);
  EXPECT_THAT(call.disclosed_members, ElementsAre(mother_));
}

TEST_F(G1GoalServiceTest, IsActiveWithTheLastOwnersStanceAndStaysSo) {
  const v1::Goal goal = Proposed(therapist_, GoalOf({mother_, father_}, v1::GOAL_SCOPE_DYAD));
  EXPECT_EQ(goal.state(), v1::GOAL_STATE_PROPOSED);
  EXPECT_EQ(SetStance(mother_, goal, mother_, v1::STANCE_KIND_ACCEPTS)->goal().state(),
            v1::GOAL_STATE_PROPOSED);
  const auto last = SetStance(father_, goal, father_, v1::STANCE_KIND_ENDORSES);
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ(last->goal().state(), v1::GOAL_STATE_ACTIVE);
  EXPECT_EQ(SetStance(father_, goal, father_, v1::STANCE_KIND_OBJECTS)->goal().state(),
            v1::GOAL_STATE_ACTIVE);
}

TEST_F(G1GoalServiceTest, ServerFieldsOfARequestCountForNothing) {
  v1::ProposeGoalRequest request = GoalOf({mother_, father_}, v1::GOAL_SCOPE_DYAD);
  request.mutable_goal()->set_name("families/x/goals/y");
  request.mutable_goal()->set_state(v1::GOAL_STATE_CLOSED);
  request.mutable_goal()->set_ending(v1::GOAL_ENDING_REACHED);
  request.mutable_goal()->set_superseded_by("another");
  const v1::Goal goal = Proposed(therapist_, request);
  EXPECT_THAT(goal.name(), HasSubstr(Family()));
  EXPECT_EQ(goal.state(), v1::GOAL_STATE_PROPOSED);
  EXPECT_EQ(goal.ending(), v1::GOAL_ENDING_UNSPECIFIED);
  EXPECT_EQ(goal.superseded_by(), "");
}

TEST_F(G1GoalServiceTest, FaultsAreFieldsOfTheRequest) {
  v1::ProposeGoalRequest request = GoalOf({mother_}, v1::GOAL_SCOPE_DYAD);
  request.mutable_goal()->set_problem(
      names_.Problem(support::TestId("another"), support::TestId("problem")));
  const auto refused = Propose(therapist_, request);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status()));
  EXPECT_THAT(DetailsOf(refused.status()), HasSubstr("goal.owners"));
  EXPECT_THAT(DetailsOf(refused.status()), HasSubstr("goal.problem"));
}

TEST_F(G1GoalServiceTest, NeedsAnOpenCase) {
  facts_.state = CaseState::kOnHold;
  const auto refused = Propose(mother_, GoalOf({mother_}, v1::GOAL_SCOPE_INDIVIDUAL));
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status()));
  EXPECT_EQ(ReasonOf(refused.status()), "CASE_NOT_OPEN");
}

TEST_F(G1GoalServiceTest, AMemberProposesForThemselvesOnly) {
  v1::ProposeGoalRequest request = GoalOf({father_}, v1::GOAL_SCOPE_INDIVIDUAL);
  request.set_proposed_by(NameOf(father_));
  EXPECT_TRUE(
      absl::IsInvalidArgument(RunAs(mother_, &GoalsService::ProposeGoal, request).status()));
  request.set_proposed_by(NameOf(mother_));
  EXPECT_TRUE(
      absl::IsInvalidArgument(RunAs(mother_, &GoalsService::ProposeGoal, request).status()));
  request.clear_proposed_by();
  EXPECT_TRUE(
      absl::IsInvalidArgument(RunAs(mother_, &GoalsService::ProposeGoal, request).status()));
}

TEST_F(G1GoalServiceTest, AClinicianWritesDownAMembersGoal) {
  v1::ProposeGoalRequest request = GoalOf({mother_}, v1::GOAL_SCOPE_INDIVIDUAL);
  request.set_proposed_by(NameOf(mother_));
  const auto response = RunAs(therapist_, &GoalsService::ProposeGoal, request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->goal().proposed_by(), NameOf(mother_));
  EXPECT_EQ(response->goal().state(), v1::GOAL_STATE_ACTIVE);
  v1::ListStancesRequest list;
  list.set_name(response->goal().name());
  const auto stances = RunAs(mother_, &GoalsService::ListStances, list);
  ASSERT_THAT(stances->stances(), SizeIs(1));
  EXPECT_EQ(stances->stances(0).set_by(), NameOf(therapist_));
}

TEST_F(G1GoalServiceTest, MembersSeeOwnAndSharedGoals) {
  const v1::Goal open = MothersGoal(true), closed = MothersGoal(false);
  EXPECT_TRUE(GetGoal(mother_, closed).ok());
  EXPECT_TRUE(GetGoal(father_, open).ok());
  EXPECT_TRUE(absl::IsNotFound(GetGoal(father_, closed).status()));
  v1::ListGoalsRequest list;
  list.set_parent(Family());
  EXPECT_THAT(RunAs(father_, &GoalsService::ListGoals, list)->goals(), SizeIs(1));
  EXPECT_THAT(RunAs(mother_, &GoalsService::ListGoals, list)->goals(), SizeIs(2));
  EXPECT_THAT(RunAs(therapist_, &GoalsService::ListGoals, list)->goals(), SizeIs(2));
}

TEST_F(G1GoalServiceTest, AHiddenGoalIsToAMemberLikeNoGoal) {
  const v1::Goal hidden = MothersGoal(false);
  v1::Goal none = hidden;
  none.set_name(names_.Goal(family_, support::TestId("none")));
  for (const auto& [one, other] :
       {std::pair{SetStance(father_, hidden, father_, v1::STANCE_KIND_OBJECTS).status(),
                  SetStance(father_, none, father_, v1::STANCE_KIND_OBJECTS).status()},
        std::pair{
            RunAs(father_, &GoalsService::CloseGoal, CloseOf(hidden, NameOf(father_))).status(),
            RunAs(father_, &GoalsService::CloseGoal, CloseOf(none, NameOf(father_))).status()},
        std::pair{GetGoal(father_, hidden).status(), GetGoal(father_, none).status()}}) {
    EXPECT_TRUE(absl::IsNotFound(one));
    EXPECT_EQ(DetailsOf(one), DetailsOf(other));
    EXPECT_EQ(one.message(), other.message());
  }
}

TEST_F(G1GoalServiceTest, UnknownGoalsOfWhateverShapeAreNotFound) {
  v1::Goal goal;
  for (const std::string& name : {names_.Goal(support::TestId("another"), support::TestId("none")),
                                  std::string("families/x/goals/y"), std::string()}) {
    goal.set_name(name);
    EXPECT_TRUE(absl::IsNotFound(GetGoal(therapist_, goal).status())) << name;
  }
}

TEST_F(G1GoalServiceTest, FiltersOrdersAndPages) {
  const v1::Goal first = MothersGoal();
  store_.clock.Advance(std::chrono::hours(1));
  const v1::Goal second = Proposed(therapist_, GoalOf({mother_, father_}, v1::GOAL_SCOPE_DYAD));
  store_.clock.Advance(std::chrono::hours(1));
  const v1::Goal third = Proposed(therapist_, GoalOf({}, v1::GOAL_SCOPE_THERAPIST_SYSTEM));
  const auto names = [&](const std::string& filter, const std::string& order = {}) {
    v1::ListGoalsRequest list;
    list.set_parent(Family());
    list.set_filter(filter);
    list.set_order_by(order);
    list.set_page_size(1);
    std::vector<std::string> found;
    do {
      auto page = RunAs(therapist_, &GoalsService::ListGoals, list);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return found;
      for (const v1::Goal& goal : page->goals()) found.push_back(goal.name());
      list.set_page_token(page->next_page_token());
    } while (!list.page_token().empty());
    return found;
  };
  EXPECT_THAT(names(""), ElementsAre(first.name(), second.name(), third.name()));
  EXPECT_THAT(names("", "create_time desc"),
              ElementsAre(third.name(), second.name(), first.name()));
  EXPECT_THAT(names("state = GOAL_STATE_ACTIVE"), ElementsAre(first.name(), third.name()));
  EXPECT_THAT(names("scope = DYAD"), ElementsAre(second.name()));
  EXPECT_THAT(names("owners:\"" + NameOf(mother_) + "\" AND state = PROPOSED"),
              ElementsAre(second.name()));
  v1::ListGoalsRequest wrong;
  wrong.set_parent(Family());
  wrong.set_filter("words = \"x\"");
  EXPECT_EQ(ReasonOf(RunAs(therapist_, &GoalsService::ListGoals, wrong).status()),
            "FILTER_INVALID");
}

TEST_F(G1GoalServiceTest, ChangesBySuccessionAndKeepsTheWords) {
  const v1::Goal goal = MothersGoal();
  ASSERT_TRUE(SetStance(father_, goal, father_, v1::STANCE_KIND_ENDORSES).ok());
  v1::SucceedGoalRequest request;
  request.set_name(goal.name());
  request.mutable_successor()->set_scope(goal.scope());
  request.mutable_successor()->set_words("We eat together on Sundays");
  request.set_reason("weekdays are too much");
  request.set_proposed_by(NameOf(mother_));
  const auto response = RunAs(mother_, &GoalsService::SucceedGoal, request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->goal().state(), v1::GOAL_STATE_SUCCEEDED);
  EXPECT_EQ(response->goal().words(), goal.words());
  EXPECT_EQ(response->goal().superseded_by(), response->successor().name());
  EXPECT_EQ(response->goal().ending_note(), "weekdays are too much");
  EXPECT_EQ(response->successor().supersedes(), goal.name());
  EXPECT_THAT(response->successor().owners(), ElementsAre(NameOf(mother_)));
  EXPECT_EQ(response->successor().state(), v1::GOAL_STATE_ACTIVE);
  v1::ListStancesRequest list;
  list.set_name(response->successor().name());
  EXPECT_THAT(RunAs(therapist_, &GoalsService::ListStances, list)->stances(), SizeIs(1));
  EXPECT_EQ(ReasonOf(RunAs(mother_, &GoalsService::SucceedGoal, request).status()), "GOAL_ENDED");
}

TEST_F(G1GoalServiceTest, EndsOnceByAnOwnerOrAProfessional) {
  const v1::Goal goal = MothersGoal();
  EXPECT_EQ(ReasonOf(RunAs(father_, &GoalsService::CloseGoal,
                           CloseOf(GetGoal(father_, goal)->goal(), NameOf(father_)))
                         .status()),
            "NOT_AN_OWNER");
  v1::CloseGoalRequest own = CloseOf(goal, NameOf(mother_));
  own.clear_etag();  // a member's own step needs none
  const auto closed = RunAs(mother_, &GoalsService::CloseGoal, own);
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->goal().state(), v1::GOAL_STATE_CLOSED);
  EXPECT_EQ(closed->goal().ending(), v1::GOAL_ENDING_REACHED);
  EXPECT_EQ(GetGoal(father_, goal)->goal().ending_note(), "");
  EXPECT_EQ(ReasonOf(RunAs(therapist_, &GoalsService::CloseGoal, CloseOf(closed->goal())).status()),
            "GOAL_ENDED");
  EXPECT_EQ(ReasonOf(SetStance(mother_, goal, mother_, v1::STANCE_KIND_NEUTRAL).status()),
            "GOAL_ENDED");
}

TEST_F(G1GoalServiceTest, AProfessionalsStepNeedsTheNewestEtag) {
  const v1::Goal goal = MothersGoal();
  v1::CloseGoalRequest request = CloseOf(goal);
  request.clear_etag();
  EXPECT_EQ(ReasonOf(RunAs(therapist_, &GoalsService::CloseGoal, request).status()),
            "ETAG_REQUIRED");
  request.set_etag("\"AAAAAAAAAAAA\"");
  EXPECT_EQ(ReasonOf(RunAs(therapist_, &GoalsService::CloseGoal, request).status()),
            "ETAG_MISMATCH");
  request.set_closed_by(NameOf(mother_));
  EXPECT_EQ(ReasonOf(RunAs(mother_, &GoalsService::CloseGoal, request).status()), "ETAG_MISMATCH");
  request.clear_closed_by();
  request.set_etag(goal.etag().substr(1, goal.etag().size() - 2));  // unquoted
  EXPECT_TRUE(RunAs(therapist_, &GoalsService::CloseGoal, request).ok());
}

TEST_F(G1GoalServiceTest, AStanceHasOneNewestVersionAndAHistory) {
  const v1::Goal goal = MothersGoal();
  ASSERT_TRUE(SetStance(father_, goal, father_, v1::STANCE_KIND_NEUTRAL).ok());
  store_.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(SetStance(father_, goal, father_, v1::STANCE_KIND_OBJECTS).ok());
  v1::ListStancesRequest list;
  list.set_name(goal.name());
  const auto stances = RunAs(therapist_, &GoalsService::ListStances, list);
  ASSERT_THAT(stances->stances(), SizeIs(2));
  EXPECT_EQ(stances->stances(0).holder(), NameOf(mother_));
  EXPECT_EQ(stances->stances(1).kind(), v1::STANCE_KIND_OBJECTS);
  EXPECT_EQ(store_.Number("SELECT COUNT(*) FROM record_history WHERE kind = $1", {kStance}), 1);
}

TEST_F(G1GoalServiceTest, AStanceIsTheHoldersToShare) {
  const v1::Goal goal = MothersGoal();
  ASSERT_TRUE(SetStance(father_, goal, father_, v1::STANCE_KIND_OBJECTS, false).ok());
  ASSERT_TRUE(SetStance(daughter_, goal, daughter_, v1::STANCE_KIND_ENDORSES, true).ok());
  v1::ListStancesRequest list;
  list.set_name(goal.name());
  const auto holders = [&](const std::string& by) {
    std::vector<std::string> found;
    const auto stances = RunAs(by, &GoalsService::ListStances, list);
    for (const auto& stance : stances->stances()) found.push_back(stance.holder());
    return found;
  };
  EXPECT_THAT(holders(aunt_), UnorderedElementsAre(NameOf(mother_), NameOf(daughter_)));
  EXPECT_THAT(holders(father_),
              UnorderedElementsAre(NameOf(mother_), NameOf(father_), NameOf(daughter_)));
  EXPECT_THAT(holders(therapist_), SizeIs(3));
}

TEST_F(G1GoalServiceTest, StancesAreListedByHolderKindAndTime) {
  const v1::Goal goal = MothersGoal();
  store_.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(SetStance(father_, goal, father_, v1::STANCE_KIND_OBJECTS, false).ok());
  store_.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(SetStance(daughter_, goal, daughter_, v1::STANCE_KIND_ENDORSES, true).ok());
  v1::ListStancesRequest list;
  list.set_name(goal.name());
  const auto holders = [&](const std::string& by, const std::string& filter,
                           const std::string& order = {}) {
    return support::InPages(
        list, filter, order,
        [&](const auto& request) { return RunAs(by, &GoalsService::ListStances, request); },
        [](const auto& page) {
          std::vector<std::string> names;
          for (const v1::Stance& one : page.stances()) names.push_back(one.holder());
          return names;
        });
  };
  const std::string mother = NameOf(mother_), father = NameOf(father_),
                    daughter = NameOf(daughter_);
  EXPECT_THAT(holders(therapist_, ""), ElementsAre(mother, father, daughter));
  EXPECT_THAT(holders(therapist_, "", "set_time desc"), ElementsAre(daughter, father, mother));
  EXPECT_THAT(holders(therapist_, "kind = ENDORSES", "set_time desc"),
              ElementsAre(daughter, mother));
  EXPECT_THAT(holders(therapist_, "holder = " + father + " AND shared = false"),
              ElementsAre(father));
  EXPECT_THAT(holders(mother_, "kind = OBJECTS"), IsEmpty()) << "it is his to share";
  list.set_filter("note = x");
  EXPECT_EQ(ReasonOf(RunAs(therapist_, &GoalsService::ListStances, list).status()),
            "FILTER_INVALID");
}

TEST_F(G1GoalServiceTest, AProfessionalSetsTheirOwnStanceAndMembersWithANote) {
  const v1::Goal goal = MothersGoal();
  const auto own = SetStance(therapist_, goal, therapist_, v1::STANCE_KIND_ACCEPTS);
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(own->stance().set_by(), NameOf(therapist_));
  EXPECT_EQ(ReasonOf(SetStance(therapist_, goal, colleague_, v1::STANCE_KIND_ACCEPTS).status()),
            "NOT_ONESELF");
  const auto fathers = SetStance(therapist_, goal, father_, v1::STANCE_KIND_UNAWARE);
  ASSERT_TRUE(fathers.ok()) << fathers.status();
  EXPECT_EQ(fathers->stance().set_by(), NameOf(therapist_));
  EXPECT_EQ(fathers->stance().note(), "said so in the first session");
  const auto stranger =
      SetStance(therapist_, goal, support::TestId("nobody"), v1::STANCE_KIND_UNAWARE);
  EXPECT_FALSE(stranger.ok());
}

TEST_F(G1GoalServiceTest, APairApartSeesNothingOfEachOthersGoals) {
  const v1::Goal goal = MothersGoal();
  facts_.separated.emplace_back(father_, mother_);
  EXPECT_TRUE(absl::IsNotFound(GetGoal(father_, goal).status()));
  EXPECT_TRUE(GetGoal(daughter_, goal).ok());
}

TEST_F(G1GoalServiceTest, AWriteThatLostARaceRunsAgainOnWhatIsThere) {
  const v1::Goal goal = Proposed(therapist_, GoalOf({mother_, father_}, v1::GOAL_SCOPE_DYAD));
  clock_.between = [&] {
    ASSERT_TRUE(SetStance(mother_, goal, mother_, v1::STANCE_KIND_ENDORSES).ok());
  };
  // Both owners agree at the same time: neither write may miss the other's stance.
  const auto last = SetStance(father_, goal, father_, v1::STANCE_KIND_ENDORSES);
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ(last->goal().state(), v1::GOAL_STATE_ACTIVE);
}

TEST_F(G1GoalServiceTest, ARepeatedRequestHasItsAnswerStored) {
  v1::ProposeGoalRequest request = GoalOf({mother_}, v1::GOAL_SCOPE_INDIVIDUAL);
  request.set_proposed_by(NameOf(mother_));
  auto call = CallOf(mother_);
  ASSERT_TRUE(Run(call, &GoalsService::ProposeGoal, request).ok());
  EXPECT_TRUE(call.answer_stored);
  auto again = CallOf(mother_);
  again.request_id = call.request_id;
  again.request_hash = call.request_hash;
  EXPECT_TRUE(
      records::IsDuplicateRequest(Run(again, &GoalsService::ProposeGoal, request).status()));
}

TEST_F(G1GoalServiceTest, TellsAllianceWhoHasAGoal) {
  const v1::Goal goal = Proposed(therapist_, GoalOf({mother_, father_}, v1::GOAL_SCOPE_DYAD));
  const auto with_goal = [&] {
    internal::v1::WorkChanged body;
    EXPECT_TRUE(body.ParseFromString(Told().back().body()));
    EXPECT_THAT(body.members(), SizeIs(4));
    std::vector<std::string> found;
    for (const auto& member : body.members()) {
      if (member.has_goal()) found.push_back(member.member());
    }
    return found;
  };
  EXPECT_THAT(with_goal(), IsEmpty());
  ASSERT_TRUE(SetStance(mother_, goal, mother_, v1::STANCE_KIND_ENDORSES).ok());
  ASSERT_TRUE(SetStance(daughter_, goal, daughter_, v1::STANCE_KIND_ENDORSES).ok());
  EXPECT_THAT(with_goal(), IsEmpty());  // proposed, not active
  ASSERT_TRUE(SetStance(father_, goal, father_, v1::STANCE_KIND_ACCEPTS).ok());
  EXPECT_THAT(with_goal(), UnorderedElementsAre(mother_, father_, daughter_));
  const auto newest = GetGoal(therapist_, goal);
  ASSERT_TRUE(RunAs(therapist_, &GoalsService::CloseGoal, CloseOf(newest->goal())).ok());
  EXPECT_THAT(with_goal(), IsEmpty());
  for (const auto& event : Told()) {
    EXPECT_EQ(event.type(), internal::v1::EVENT_TYPE_GOAL_CHANGED);
    EXPECT_EQ(event.resource(), goal.name());
    EXPECT_THAT(event.body(), Not(HasSubstr("shouting")));
  }
}

TEST(ListFilters, AreOfFieldsThatThereAre) {
  EXPECT_EQ(schema::CheckListFilters(), absl::OkStatus());
}

}  // namespace
}  // namespace rapport::goals
