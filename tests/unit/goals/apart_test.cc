// What a separation leaves as it was for the two it is of (domain.md 10.2: silently), and what does
// not reach them any more.
#include "goals/goals_history.h"
#include "goals_fixture.h"

#include <functional>

namespace rapport::goals {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class ApartTest : public GoalsTest {
 protected:
  ApartTest() {
    shared_ = Proposed(mother_, GoalOf({mother_}, v1::GOAL_SCOPE_INDIVIDUAL));
    both_ = Proposed(mother_, GoalOf({mother_, father_}, v1::GOAL_SCOPE_DYAD));
    EXPECT_TRUE(SetStance(mother_, shared_, mother_, v1::STANCE_KIND_ENDORSES, true).ok());
    goal_ = shared_;
    Later();
  }
  void Later() { store_.clock.Advance(std::chrono::minutes(1)); }
  void Separate() {
    Later();
    facts_.separated = {{mother_, father_, store_.clock.NowMicros()}};
    Later();
  }
  // Everything that a member is shown of goals and homework, in bytes.
  std::string All(const std::string& who) {
    std::string all;
    const auto add = [&](const auto& response) {
      EXPECT_TRUE(response.ok()) << response.status();
      if (response.ok()) all += response->SerializeAsString();
    };
    v1::ListGoalsRequest goals;
    goals.set_parent(Family());
    add(RunAs(who, &GoalsService::ListGoals, goals));
    v1::ListHomeworkRequest homework;
    homework.set_parent(Family());
    add(RunAs(who, &GoalsService::ListHomework, homework));
    for (const v1::Goal& goal : {shared_, both_}) {
      v1::ListStancesRequest stances;
      stances.set_name(goal.name());
      add(RunAs(who, &GoalsService::ListStances, stances));
    }
    const auto add_versions = [&](const std::string& name, const std::string& holder) {
      v1::ListPlanRevisionsRequest versions;
      versions.set_name(name);
      versions.set_holder(holder.empty() ? "" : NameOf(holder));
      auto call = CallOf(who);
      call.method = "rapport.goals.v1.GoalsService/ListPlanRevisions";
      const auto response = RunSync(history_.ListPlanRevisions(call, versions));
      all += response.ok() ? response->SerializeAsString() : response.status().ToString();
    };
    for (const v1::Goal& goal : {shared_, both_}) {
      for (const std::string& holder : {std::string(), mother_, father_}) {
        add_versions(goal.name(), holder);
      }
    }
    const auto tasks = RunAs(who, &GoalsService::ListHomework, homework);
    for (const v1::Homework& one : tasks->homework()) add_versions(one.name(), "");
    v1::GetPlanRequest plan;
    plan.set_name(Family());
    auto planned = RunAs(who, &GoalsService::GetPlan, plan);
    if (planned.ok()) planned->mutable_plan()->clear_compute_time();
    add(planned);
    v1::GetProgressRequest progress;
    progress.set_name(Family());
    auto progressed = RunAs(who, &GoalsService::GetProgress, progress);
    if (progressed.ok()) progressed->mutable_progress()->clear_compute_time();
    add(progressed);
    return all;
  }
  v1::Homework Joint() { return Task(therapist_, Terms(shared_, {mother_, father_})); }
  v1::Goal shared_, both_;
  GoalsHistory history_{deps_, *store_.keys};
};

TEST_F(ApartTest, I9_NothingThatEitherIsShownChangesWhenTheyAreSeparated) {
  Joint();
  const v1::Homework agreed = Joint();
  for (const std::string& who : {mother_, father_}) {
    v1::RespondToHomeworkRequest answer = AnswerOf(agreed, who);
    answer.set_shared(true);
    answer.set_comment("gladly");
    ASSERT_TRUE(RunAs(who, &GoalsService::RespondToHomework, answer).ok());
  }
  const v1::Homework countered = Joint();
  v1::HomeworkTerms other = Terms(shared_, {mother_, father_});
  other.set_when("once this week");
  ASSERT_TRUE(Counter(mother_, countered, other).ok());
  const std::string mothers = All(mother_), fathers = All(father_);
  Separate();
  EXPECT_EQ(All(mother_), mothers);
  EXPECT_EQ(All(father_), fathers);
  facts_.separated.clear();
  EXPECT_EQ(All(father_), fathers) << "nor when it ends";
}

TEST_F(ApartTest, I9_NothingThatOneDoesSinceReachesTheOther) {
  const v1::Homework joint = Joint(), declined = Joint(), countered = Joint();
  ASSERT_TRUE(Respond(father_, declined).ok());
  Separate();
  const std::string before = All(father_);
  const std::vector<std::pair<const char*, std::function<absl::Status()>>> deeds = {
      {"unshares a stance",
       [&] { return SetStance(mother_, shared_, mother_, v1::STANCE_KIND_OBJECTS).status(); }},
      {"shares another one",
       [&] {
         return SetStance(mother_, shared_, mother_, v1::STANCE_KIND_ACCEPTS, true).status();
       }},
      {"shares a stance on their goal",
       [&] { return SetStance(mother_, both_, mother_, v1::STANCE_KIND_OBJECTS, true).status(); }},
      {"shares a new goal",
       [&] { return Propose(mother_, GoalOf({mother_}, v1::GOAL_SCOPE_INDIVIDUAL)).status(); }},
      {"proposes one for both",
       [&] { return Propose(mother_, GoalOf({mother_, father_}, v1::GOAL_SCOPE_DYAD)).status(); }},
      {"accepts homework", [&] { return Respond(mother_, joint).status(); }},
      {"reports it", [&] { return Report(mother_, joint, 4).status(); }},
      {"declines homework", [&] { return Respond(mother_, declined, false).status(); }},
      {"counters homework",
       [&] { return Counter(mother_, countered, Terms(shared_, {mother_})).status(); }},
      {"closes their goal",
       [&] {
         v1::CloseGoalRequest close;
         close.set_name(shared_.name());
         close.set_closed_by(NameOf(mother_));
         close.set_ending(v1::GOAL_ENDING_DROPPED);
         return RunAs(mother_, &GoalsService::CloseGoal, close).status();
       }},
  };
  for (const auto& [what, does] : deeds) {
    Later();
    const absl::Status done = does();
    // Homework that somebody has yet to accept is not reported: that it was refused is seen, too.
    if (std::string_view(what) != "reports it") {
      EXPECT_TRUE(done.ok()) << what << ": " << done;
    }
    EXPECT_EQ(All(father_), before) << "she " << what;
  }
  EXPECT_EQ(GetGoal(therapist_, shared_)->goal().state(), v1::GOAL_STATE_CLOSED);
  EXPECT_EQ(Get(therapist_, declined).state(), v1::HOMEWORK_STATE_DECLINED);
  EXPECT_EQ(Get(therapist_, countered).state(), v1::HOMEWORK_STATE_COUNTERED);
}

// As they know the goal, not as it is: a refusal would tell.
TEST_F(ApartTest, I9_AStanceToAGoalThatTheOtherClosedSinceIsTaken) {
  Separate();
  v1::CloseGoalRequest close;
  close.set_name(shared_.name());
  close.set_closed_by(NameOf(mother_));
  close.set_ending(v1::GOAL_ENDING_REACHED);
  ASSERT_TRUE(RunAs(mother_, &GoalsService::CloseGoal, close).ok());
  const auto taken = SetStance(father_, shared_, father_, v1::STANCE_KIND_ACCEPTS);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->goal().state(), v1::GOAL_STATE_ACTIVE);
  EXPECT_EQ(ReasonOf(SetStance(daughter_, shared_, daughter_, v1::STANCE_KIND_ACCEPTS).status()),
            "GOAL_ENDED");
}

TEST_F(ApartTest, I9_ThatAGoalOfBothIsActiveByTheOthersAnswerSinceIsNotTold) {
  const v1::Goal waits = Proposed(father_, GoalOf({mother_, father_}, v1::GOAL_SCOPE_DYAD));
  ASSERT_EQ(waits.state(), v1::GOAL_STATE_PROPOSED);
  Separate();
  ASSERT_TRUE(SetStance(mother_, waits, mother_, v1::STANCE_KIND_ENDORSES).ok());
  EXPECT_EQ(GetGoal(therapist_, waits)->goal().state(), v1::GOAL_STATE_ACTIVE);
  EXPECT_EQ(GetGoal(father_, waits)->goal().state(), v1::GOAL_STATE_PROPOSED);
  EXPECT_FALSE(GetGoal(father_, waits)->goal().has_activate_time());
  EXPECT_EQ(GetGoal(mother_, waits)->goal().state(), v1::GOAL_STATE_ACTIVE);
}

TEST_F(ApartTest, G8_TheLastAcceptanceIsShownAsAgreedAndHeldForProfessionals) {
  const v1::Homework joint = Joint(), before = Joint();
  for (const v1::Homework& one : {joint, before}) ASSERT_TRUE(Respond(mother_, one).ok());
  const auto agreed = Respond(father_, before)->homework();
  Separate();
  const auto last = Respond(father_, joint);
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ(last->homework().state(), agreed.state());
  EXPECT_EQ(last->homework().state(), v1::HOMEWORK_STATE_AGREED);
  EXPECT_EQ(schema::ToMicros(last->homework().agree_time()), store_.clock.NowMicros());
  const v1::Homework held = Get(therapist_, joint);
  EXPECT_EQ(held.state(), v1::HOMEWORK_STATE_HELD);
  EXPECT_TRUE(held.not_available_together());
  EXPECT_TRUE(held.pending_professional());
  EXPECT_FALSE(held.has_agree_time());

  // He goes on as with what was agreed, and is refused alike.
  Later();
  for (const v1::Homework& one : {joint, before}) {
    EXPECT_EQ(ReasonOf(Respond(father_, one, false).status()), "ILLEGAL_TRANSITION");
    EXPECT_EQ(Report(father_, one, 4)->homework().state(), v1::HOMEWORK_STATE_ACTIVE);
  }
  EXPECT_EQ(Get(therapist_, joint).state(), v1::HOMEWORK_STATE_HELD);
  EXPECT_THAT(Get(therapist_, joint).reports(), SizeIs(1));

  v1::WithdrawHomeworkRequest withdraw;
  withdraw.set_name(joint.name());
  withdraw.set_reason("arranged otherwise");
  withdraw.set_etag(Get(therapist_, joint).etag());
  ASSERT_TRUE(RunAs(therapist_, &GoalsService::WithdrawHomework, withdraw).ok());
  EXPECT_EQ(Get(father_, joint).state(), v1::HOMEWORK_STATE_WITHDRAWN);
}

TEST_F(ApartTest, G8_NobodyIsRemindedOfWhatIsHeld) {
  const v1::Homework joint = Joint();
  ASSERT_TRUE(Respond(mother_, joint).ok());
  Separate();
  ASSERT_TRUE(Respond(father_, joint).ok());
  v1::ListDueHomeworkRequest due;
  due.set_parent(Family());
  *due.mutable_due_before_time() = In(30 * kDay);
  Call service(*this, "reminders", Viewer::kAgency);
  EXPECT_THAT(Run(service, &GoalsService::ListDueHomework, due)->homework(), IsEmpty());
  EXPECT_THAT(RunAs(father_, &GoalsService::ListDueHomework, due)->homework(), SizeIs(1));
}

// Each goes on from what they know; professionals see what both did.
TEST_F(ApartTest, G8_WhatOneAnswersAfterTheOtherDeclinedIsTakenAsTheyKnowIt) {
  const v1::Homework joint = Joint();
  Separate();
  ASSERT_TRUE(Respond(mother_, joint, false).ok());
  const auto accepted = Respond(father_, joint);
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->homework().state(), v1::HOMEWORK_STATE_PROPOSED);
  EXPECT_THAT(accepted->homework().pending_members(), ElementsAre(NameOf(mother_)));
  EXPECT_EQ(Get(mother_, joint).state(), v1::HOMEWORK_STATE_DECLINED);
  EXPECT_EQ(Get(therapist_, joint).state(), v1::HOMEWORK_STATE_DECLINED);
  EXPECT_THAT(Get(therapist_, joint).responses(), SizeIs(3)) << "theirs, and what both answered";
}

TEST_F(ApartTest, G8_ProfessionalsSeeTheNoOfOneAndTheReportOfTheOtherWhoIsNotTold) {
  const v1::Homework joint = Joint();
  ASSERT_TRUE(Respond(mother_, joint).ok());
  Separate();
  ASSERT_TRUE(Respond(father_, joint).ok());
  Later();
  ASSERT_TRUE(Respond(mother_, joint, /*accept=*/false).ok()) << "to her it was open";
  ASSERT_EQ(Get(father_, joint).state(), v1::HOMEWORK_STATE_AGREED) << "to him";
  Later();
  ASSERT_TRUE(Report(father_, joint, 4).ok());
  const v1::Homework shown = Get(therapist_, joint);
  EXPECT_EQ(shown.state(), v1::HOMEWORK_STATE_HELD);
  EXPECT_THAT(shown.pending_members(), ElementsAre(NameOf(mother_))) << "who said no since";
  ASSERT_THAT(shown.reports(), SizeIs(1));
  EXPECT_EQ(shown.reports(0).doer(), NameOf(father_));
  EXPECT_THAT(Get(mother_, joint).reports(), IsEmpty());

  v1::RespondToHomeworkRequest override = AnswerOf(shown, therapist_);
  override.mutable_together_override()->set_reason("both asked for it, each alone");
  const auto let = RunAs(therapist_, &GoalsService::RespondToHomework, override);
  ASSERT_TRUE(let.ok()) << let.status();
  EXPECT_EQ(let->homework().state(), v1::HOMEWORK_STATE_PROPOSED) << "not without her yes";
  EXPECT_THAT(let->homework().pending_members(), ElementsAre(NameOf(mother_)));
  ASSERT_TRUE(Respond(mother_, joint).ok());
  EXPECT_EQ(Get(therapist_, joint).state(), v1::HOMEWORK_STATE_AGREED);
}

TEST_F(ApartTest, G8_AnEndThatAProfessionalMakesIsEverybodys) {
  const v1::Homework joint = Joint(), declined = Joint();
  Separate();
  ASSERT_TRUE(Counter(mother_, joint, Terms(shared_, {mother_})).ok());
  EXPECT_EQ(Get(father_, joint).terms_revision(), 1);
  v1::WithdrawHomeworkRequest withdraw;
  withdraw.set_name(joint.name());
  withdraw.set_reason("arranged otherwise");
  withdraw.set_etag(Get(therapist_, joint).etag());
  ASSERT_TRUE(RunAs(therapist_, &GoalsService::WithdrawHomework, withdraw).ok());
  EXPECT_EQ(Get(father_, joint).state(), v1::HOMEWORK_STATE_WITHDRAWN);
  EXPECT_EQ(Get(father_, joint).terms_revision(), 1) << "her terms are not for him";

  ASSERT_TRUE(Respond(mother_, declined, false).ok());
  EXPECT_EQ(Get(father_, declined).state(), v1::HOMEWORK_STATE_PROPOSED);
  withdraw.set_name(declined.name());
  withdraw.set_etag(Get(therapist_, declined).etag());
  ASSERT_TRUE(RunAs(therapist_, &GoalsService::WithdrawHomework, withdraw).ok());
  EXPECT_EQ(Get(father_, declined).state(), v1::HOMEWORK_STATE_WITHDRAWN);
  EXPECT_EQ(Get(therapist_, declined).state(), v1::HOMEWORK_STATE_DECLINED);
  withdraw.set_etag(Get(therapist_, declined).etag());
  EXPECT_EQ(ReasonOf(RunAs(therapist_, &GoalsService::WithdrawHomework, withdraw).status()),
            "ILLEGAL_TRANSITION");
}

TEST_F(ApartTest, G1_AGoalOfSeveralIsEndedByAProfessional) {
  for (const std::string& who : {mother_, father_}) {
    v1::CloseGoalRequest close;
    close.set_name(both_.name());
    close.set_closed_by(NameOf(who));
    close.set_ending(v1::GOAL_ENDING_REACHED);
    EXPECT_EQ(ReasonOf(RunAs(who, &GoalsService::CloseGoal, close).status()), "NOT_SOLE_OWNER");
  }
  v1::CloseGoalRequest close;
  close.set_name(both_.name());
  close.set_ending(v1::GOAL_ENDING_REACHED);
  close.set_etag(GetGoal(therapist_, both_)->goal().etag());
  EXPECT_TRUE(RunAs(therapist_, &GoalsService::CloseGoal, close).ok());
}

}  // namespace
}  // namespace rapport::goals
