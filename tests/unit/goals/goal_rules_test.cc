#include "goals/goal_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::goals {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

constexpr char kMother[] = "families/f/members/m", kFather[] = "families/f/members/v",
               kDaughter[] = "families/f/members/d", kStranger[] = "families/g/members/s",
               kTherapist[] = "professionals/t";
const Actor kByTherapist{kTherapist, kTherapist, true, true};
const Actor kByMother{kMother, kMother, false, false};
const Actor kForMother{kMother, kTherapist, false, true};

CaseView View() {
  return {.family = "families/f",
          .now_us = 1'000'000,
          .open = true,
          .members = {kMother, kFather, kDaughter},
          .helpers = {kTherapist}};
}

v1::Goal GoalOf(v1::GoalScope scope, const std::vector<std::string>& owners) {
  v1::Goal goal;
  goal.set_name("families/f/goals/g");
  goal.set_scope(scope);
  for (const std::string& owner : owners) goal.add_owners(owner);
  return goal;
}

std::vector<std::string> FieldsOf(const Faults& faults) {
  std::vector<std::string> fields;
  for (const Fault& fault : faults) fields.push_back(fault.field);
  return fields;
}

Onlooker Member(const char* member) { return {Onlooker::Kind::kMember, {member}}; }

TEST(GoalLife, EndsForGood) {
  for (const auto state : {v1::GOAL_STATE_SUCCEEDED, v1::GOAL_STATE_CLOSED}) {
    for (int to = 0; to < v1::GoalState_ARRAYSIZE; ++to) {
      EXPECT_FALSE(IsMove(state, static_cast<v1::GoalState>(to)));
    }
    v1::Goal goal = GoalOf(v1::GOAL_SCOPE_FAMILY, {kMother});
    goal.set_state(state);
    EXPECT_THAT(UnmetForChange(goal), ElementsAre(Field(&Unmet::type, "GOAL_ENDED")));
  }
  for (const GoalMove& move : GoalMoves()) EXPECT_NE(move.to, v1::GOAL_STATE_PROPOSED);
}

TEST(GoalOwners, FitTheScope) {
  const struct {
    v1::GoalScope scope;
    std::vector<std::string> owners;
    bool right;
  } rows[] = {
      {v1::GOAL_SCOPE_INDIVIDUAL, {}, false},
      {v1::GOAL_SCOPE_INDIVIDUAL, {kMother}, true},
      {v1::GOAL_SCOPE_INDIVIDUAL, {kMother, kFather}, false},
      {v1::GOAL_SCOPE_DYAD, {kMother}, false},
      {v1::GOAL_SCOPE_DYAD, {kMother, kFather}, true},
      {v1::GOAL_SCOPE_DYAD, {kMother, kFather, kDaughter}, false},
      {v1::GOAL_SCOPE_FAMILY, {}, false},
      {v1::GOAL_SCOPE_FAMILY, {kMother}, true},
      {v1::GOAL_SCOPE_FAMILY, {kMother, kFather, kDaughter}, true},
      {v1::GOAL_SCOPE_THERAPIST_SYSTEM, {}, true},
      {v1::GOAL_SCOPE_THERAPIST_SYSTEM, {kMother}, false},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(FaultsOfGoal(GoalOf(row.scope, row.owners), kByTherapist, View()).empty(), row.right)
        << row.scope << " with " << row.owners.size();
  }
}

TEST(GoalOwners, AreOnTheRosterOnceAndIncludeTheMemberWhoProposes) {
  EXPECT_THAT(FieldsOf(FaultsOfGoal(GoalOf(v1::GOAL_SCOPE_DYAD, {kMother, kStranger}), kByTherapist,
                                    View())),
              ElementsAre("owners[1]"));
  EXPECT_THAT(
      FieldsOf(FaultsOfGoal(GoalOf(v1::GOAL_SCOPE_DYAD, {kMother, kMother}), kByTherapist, View())),
      ElementsAre("owners[1]"));
  EXPECT_THAT(
      FieldsOf(FaultsOfGoal(GoalOf(v1::GOAL_SCOPE_INDIVIDUAL, {kFather}), kByMother, View())),
      ElementsAre("owners"));
  EXPECT_THAT(FaultsOfGoal(GoalOf(v1::GOAL_SCOPE_DYAD, {kFather, kMother}), kByMother, View()),
              IsEmpty());
}

TEST(G2Stances, NeedANoteExactlyWhenAProfessionalSetsAMembers) {
  v1::Stance stance;
  stance.set_holder(kMother);
  EXPECT_THAT(FaultsOfStance(stance, kByMother, View()), IsEmpty());
  EXPECT_THAT(FieldsOf(FaultsOfStance(stance, kForMother, View())), ElementsAre("note"));
  stance.set_note("said so");
  EXPECT_THAT(FaultsOfStance(stance, kForMother, View()), IsEmpty());
  EXPECT_THAT(FieldsOf(FaultsOfStance(stance, kByMother, View())), ElementsAre("note"));
  stance.set_holder(kTherapist);
  EXPECT_THAT(FieldsOf(FaultsOfStance(stance, kByTherapist, View())), ElementsAre("note"));
}

TEST(G2Stances, BelieveSomethingOfEachOtherPersonAtMostOnce) {
  v1::Stance stance;
  stance.set_holder(kMother);
  for (const char* person : {kFather, kTherapist, kMother, kStranger, kFather}) {
    stance.add_perceived()->set_person(person);
  }
  EXPECT_THAT(FieldsOf(FaultsOfStance(stance, kByMother, View())),
              ElementsAre("perceived[2].person", "perceived[3].person", "perceived[4].person"));
}

TEST(G2Stances, OfAllOwnersMakeAGoalActive) {
  const v1::Goal goal = GoalOf(v1::GOAL_SCOPE_DYAD, {kMother, kFather});
  v1::Stance mothers, fathers;
  for (v1::Stance* stance : {&mothers, &fathers}) stance->set_goal(goal.name());
  mothers.set_holder(kMother);
  fathers.set_holder(kFather);
  Work work;
  work.stances = {&mothers, &fathers};
  const auto agrees = [](int kind) {
    return kind == v1::STANCE_KIND_ENDORSES || kind == v1::STANCE_KIND_ACCEPTS;
  };
  for (int one = 0; one < v1::StanceKind_ARRAYSIZE; ++one) {
    for (int other = 0; other < v1::StanceKind_ARRAYSIZE; ++other) {
      mothers.set_kind(static_cast<v1::StanceKind>(one));
      fathers.set_kind(static_cast<v1::StanceKind>(other));
      EXPECT_EQ(OwnersAgree(goal, work), agrees(one) && agrees(other)) << one << " " << other;
    }
  }
  mothers.set_kind(v1::STANCE_KIND_ENDORSES);
  work.stances = {&mothers};
  EXPECT_FALSE(OwnersAgree(goal, work));
  EXPECT_TRUE(OwnersAgree(GoalOf(v1::GOAL_SCOPE_THERAPIST_SYSTEM, {}), work));
}

TEST(GoalSight, IsOfOwnAndSharedGoals) {
  v1::Goal goal = GoalOf(v1::GOAL_SCOPE_INDIVIDUAL, {kMother});
  goal.set_proposed_by(kMother);
  goal.set_ending_note("why it ended");
  for (const bool shared : {false, true}) {
    goal.set_shared(shared);
    EXPECT_TRUE(MaySee(Onlooker{}, View(), goal));
    EXPECT_TRUE(MaySee(Member(kMother), View(), goal));
    EXPECT_EQ(MaySee(Member(kFather), View(), goal), shared);
    EXPECT_FALSE(MaySee(Onlooker{Onlooker::Kind::kService, {}}, View(), goal));
  }
  EXPECT_EQ(Shown(Member(kMother), goal).ending_note(), "why it ended");
  EXPECT_EQ(Shown(Onlooker{}, goal).ending_note(), "why it ended");
  EXPECT_EQ(Shown(Member(kFather), goal).ending_note(), "");
}

TEST(GoalSight, IsNotOfWhatSomebodyApartSharesOrProposes) {
  CaseView apart = View();
  apart.separated = {{kFather, kMother}};
  v1::Goal goal = GoalOf(v1::GOAL_SCOPE_INDIVIDUAL, {kMother});
  goal.set_shared(true);
  goal.set_proposed_by(kTherapist);
  EXPECT_FALSE(MaySee(Member(kFather), apart, goal));
  EXPECT_TRUE(MaySee(Member(kDaughter), apart, goal));
  v1::Goal both = GoalOf(v1::GOAL_SCOPE_DYAD, {kMother, kFather});
  both.set_proposed_by(kMother);
  EXPECT_FALSE(MaySee(Member(kFather), apart, both));
  EXPECT_TRUE(MaySee(Member(kMother), apart, both));
  both.set_proposed_by(kTherapist);
  EXPECT_TRUE(MaySee(Member(kFather), apart, both));
}

TEST(StanceSight, OfOthersIsWhatTheyShareWithoutBeliefsOrNote) {
  v1::Stance stance;
  stance.set_holder(kMother);
  stance.set_kind(v1::STANCE_KIND_OBJECTS);
  stance.set_note("her sister said so");
  stance.add_perceived()->set_person(kFather);
  CaseView apart = View();
  apart.separated = {{kMother, kFather}};
  EXPECT_EQ(Shown(Onlooker{}, View(), stance)->SerializeAsString(), stance.SerializeAsString());
  const auto own = Shown(Member(kMother), View(), stance);
  ASSERT_TRUE(own);
  EXPECT_EQ(own->perceived_size(), 1);
  EXPECT_EQ(own->note(), "");
  EXPECT_FALSE(Shown(Member(kFather), View(), stance));
  stance.set_shared(true);
  const auto shared = Shown(Member(kFather), View(), stance);
  ASSERT_TRUE(shared);
  EXPECT_EQ(shared->kind(), v1::STANCE_KIND_OBJECTS);
  EXPECT_EQ(shared->perceived_size(), 0);
  EXPECT_EQ(shared->note(), "");
  EXPECT_FALSE(Shown(Member(kFather), apart, stance));
}

}  // namespace
}  // namespace rapport::goals
