// Random calls of everybody in a family. Whatever they do, goals and homework move only as their
// tables say, and what must always hold holds.
#include "goals_fixture.h"

#include "goals/goal_rules.h"
#include "goals/homework_rules.h"

#include <map>
#include <random>

namespace rapport::goals {
namespace {

constexpr int kSteps = 400;

// A method takes this step of the table.
using Taken = std::optional<HomeworkStep>;

class RandomWalk : public GoalsTest {
 protected:
  int Below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  const std::string& Somebody() {
    static const std::vector<std::string> all = {mother_, father_, daughter_, therapist_,
                                                 colleague_};
    return all[static_cast<std::size_t>(Below(5))];
  }
  std::vector<std::string> SomeDoers() {
    std::vector<std::string> doers = {mother_};
    if (Below(2) == 0) doers.push_back(father_);
    if (Below(4) == 0) doers.push_back(daughter_);
    return doers;
  }
  // One of the ten newest.
  v1::Homework SomeHomework() {
    if (homework_.empty()) return {};
    return homework_[static_cast<std::size_t>(
        Below(std::min(10, static_cast<int>(homework_.size()))))];
  }
  v1::Goal SomeGoal() {
    return goals_[static_cast<std::size_t>(Below(std::min(6, static_cast<int>(goals_.size()))))];
  }
  // What is on file, newest first, as a professional sees it.
  void Look() {
    v1::ListHomeworkRequest homework;
    homework.set_parent(Family());
    homework.set_page_size(1'000);
    const auto found = RunAs(therapist_, &GoalsService::ListHomework, homework);
    ASSERT_TRUE(found.ok()) << found.status();
    homework_.assign(found->homework().begin(), found->homework().end());
    v1::ListGoalsRequest goals;
    goals.set_parent(Family());
    goals.set_order_by("create_time desc");
    goals.set_page_size(1'000);
    const auto listed = RunAs(therapist_, &GoalsService::ListGoals, goals);
    ASSERT_TRUE(listed.ok()) << listed.status();
    goals_.assign(listed->goals().begin(), listed->goals().end());
  }
  template <typename Resource>
  static const Resource* Named(const std::vector<Resource>& all, const std::string& name) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const Resource& one) { return one.name() == name; });
    return found == all.end() ? nullptr : &*found;
  }

  // One random call; the step of homework it takes when it is none of the others.
  Taken Act(absl::Status& outcome) {
    const std::string by = Somebody();
    const v1::Homework homework = SomeHomework();
    switch (Below(11)) {
      case 0:
      case 1:
        outcome = ProposeTask(by, Terms(SomeGoal(), SomeDoers()),
                              Below(2) == 0 && !IsMember(by) ? "with a helper in the room" : "")
                      .status();
        return std::nullopt;
      case 2:
        outcome = Counter(by, homework, Terms(SomeGoal(), SomeDoers())).status();
        return HomeworkStep::kCounter;
      case 3:
      case 4:
      case 5: {
        const bool accept = Below(6) != 0;
        outcome = Respond(by, homework, accept).status();
        return accept ? HomeworkStep::kAccept : HomeworkStep::kDecline;
      }
      case 6: {
        v1::WithdrawHomeworkRequest request;
        request.set_name(homework.name());
        request.set_etag(homework.etag());
        if (IsMember(by)) request.set_withdrawn_by(NameOf(by));
        if (IsMember(by)) request.clear_etag();
        if (Below(3) != 0) return std::nullopt;
        outcome = RunAs(by, &GoalsService::WithdrawHomework, request).status();
        return HomeworkStep::kWithdraw;
      }
      case 7:
        outcome = Report(by, homework, Below(6)).status();
        return HomeworkStep::kReport;
      case 8:
        outcome = Review(homework, static_cast<v1::HomeworkOutcome>(1 + Below(5)), Below(2) == 0)
                      .status();
        return HomeworkStep::kReview;
      case 9:
        store_.clock.Advance(std::chrono::hours(24 * Below(6) + 1));
        outcome = Hold("session-" + std::to_string(++sessions_ % 1000));
        return HomeworkStep::kSession;
      default:
        ActOnGoals(by, outcome);
        return std::nullopt;
    }
  }

  void ActOnGoals(const std::string& by, absl::Status& outcome) {
    if (Below(3) == 0) {
      outcome = Propose(by, GoalOf({mother_, father_}, v1::GOAL_SCOPE_DYAD)).status();
    } else if (Below(8) == 0) {
      const v1::Goal goal = SomeGoal();
      v1::CloseGoalRequest close;
      close.set_name(goal.name());
      close.set_ending(v1::GOAL_ENDING_DROPPED);
      close.set_etag(goal.etag());
      if (IsMember(by)) close.set_closed_by(NameOf(by));
      outcome = RunAs(by, &GoalsService::CloseGoal, close).status();
      MothersGoal();  // so that there is always one to work on
    } else {
      outcome = SetStance(by, SomeGoal(), by, static_cast<v1::StanceKind>(1 + Below(5))).status();
    }
  }

  void CheckGoals(const std::vector<v1::Goal>& before) {
    for (const v1::Goal& goal : goals_) {
      const v1::Goal* known = Named(before, goal.name());
      if (known == nullptr || known->state() == goal.state()) continue;
      EXPECT_TRUE(IsMove(known->state(), goal.state())) << known->state() << " to " << goal.state();
      EXPECT_EQ(known->words(), goal.words());
    }
  }
  void CheckHomework(const std::vector<v1::Homework>& before, Taken taken) {
    for (const v1::Homework& homework : homework_) {
      const v1::Homework* known = Named(before, homework.name());
      const bool moved = known != nullptr && known->state() != homework.state();
      if (known == nullptr) {
        EXPECT_TRUE(homework.state() == v1::HOMEWORK_STATE_DRAFTED ||
                    homework.state() == v1::HOMEWORK_STATE_PROPOSED);
      } else if (moved) {
        ASSERT_TRUE(taken) << known->state() << " to " << homework.state();
        EXPECT_TRUE(IsMove(known->state(), *taken, homework.state()))
            << known->state() << " to " << homework.state();
      }
      if (homework.state() == v1::HOMEWORK_STATE_AGREED) CheckAgreed(homework, moved);
      EXPECT_EQ(homework.state() == v1::HOMEWORK_STATE_REVIEWED ||
                    homework.state() == v1::HOMEWORK_STATE_CLOSED,
                homework.has_review());
    }
  }
  // Everybody accepted these terms; a pair that was apart when it was agreed has an override.
  void CheckAgreed(const v1::Homework& homework, bool now) {
    EXPECT_TRUE(HasProfessionalsAcceptance(homework));
    EXPECT_TRUE(PendingMembers(homework).empty());
    for (const v1::HomeworkResponse& answer : homework.responses()) {
      EXPECT_TRUE(answer.accepted());
      EXPECT_EQ(answer.terms_revision(), homework.terms_revision());
    }
    const auto named = [&](const std::string& member) {
      return Contains(homework.terms().doers(), NameOf(member)) ||
             Contains(homework.terms().approvers(), NameOf(member));
    };
    if (now && named(mother_) && named(father_) && !facts_.separated.empty()) {
      EXPECT_TRUE(homework.has_together_override());
    }
  }

  std::vector<v1::Homework> homework_;
  std::vector<v1::Goal> goals_;
  std::mt19937 random_;
  int sessions_ = 0;
};

TEST_F(RandomWalk, GoesOnlyWhereTheTablesGo) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  random_.seed(seed);
  MakeGoal();
  Look();
  std::map<int, int> outcomes;
  for (int step = 0; step < kSteps && !HasFailure(); ++step) {
    if (Below(25) == 0) facts_.separated.clear();
    if (Below(25) == 0) facts_.separated = {{mother_, father_}};
    const auto homework = homework_;
    const auto goals = goals_;
    absl::Status outcome;
    const Taken taken = Act(outcome);
    ++outcomes[static_cast<int>(outcome.code())];
    EXPECT_FALSE(absl::IsInternal(outcome) || absl::IsDataLoss(outcome)) << outcome;
    Look();
    CheckGoals(goals);
    CheckHomework(homework, taken);
  }
  EXPECT_GT(outcomes[static_cast<int>(absl::StatusCode::kOk)], kSteps / 10);
  EXPECT_GT(outcomes[static_cast<int>(absl::StatusCode::kFailedPrecondition)], 10);
}

}  // namespace
}  // namespace rapport::goals
