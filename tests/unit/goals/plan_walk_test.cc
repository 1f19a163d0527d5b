// Random walks of calls of everybody in a family whom nobody arranged separately, beside a model of
// goals and homework (plan_model.h): after each call everything stands where the model says, what
// is refused is refused for the model's reason, and leaves nothing behind. RAPPORT_SEED plays one
// walk alone, RAPPORT_LONG=1 many more. With separations: random_walk_test.cc.
#include "goals_fixture.h"
#include "support/long.h"
#include "unit/goals/plan_model.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <cstdlib>
#include <random>

namespace rapport::goals {
namespace {

class PlanWalk : public GoalsTest, public testing::WithParamInterface<int> {
 protected:
  int Below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  bool OneIn(int times) { return Below(times) == 0; }
  std::int64_t At() { return store_.clock.NowMicros(); }
  std::string Somebody() {
    const std::string all[] = {mother_, father_, daughter_, therapist_, colleague_};
    return all[Below(5)];
  }
  std::string SomeMember() {
    const std::string all[] = {mother_, father_, daughter_};
    return all[Below(3)];
  }
  template <typename Map>
  std::string Any(const Map& map) {
    return std::next(map.begin(), Below(static_cast<int>(map.size())))->first;
  }
  // Mostly one of these people (names), now and then anybody.
  std::string OneOf(const std::set<std::string>& names) {
    const std::string all[] = {mother_, father_, daughter_, therapist_};
    for (int tries = 0; tries < 8 && !OneIn(6); ++tries) {
      const std::string& one = all[Below(4)];
      if (names.contains(NameOf(one))) return one;
    }
    return Somebody();
  }
  // Mostly one that goes on.
  std::string SomeHomework() {
    for (int tries = 0; tries < 4; ++tries) {
      const std::string name = Any(plan_.homework);
      const model::Homework& one = plan_.homework[name];
      if (one.Waits() || one.IsOwed()) return name;
    }
    return Any(plan_.homework);
  }

  template <typename Request, typename Response>
  std::optional<Response> Try(
      const std::string& by,
      GoalsService::Answer<Response> (GoalsService::*use_case)(CallContext&, const Request&),
      const Request& request, const std::string& reason) {
    const auto digest = [&] {
      return std::pair(store_.Number("SELECT COUNT(*) FROM record"),
                       store_.Number("SELECT COALESCE(SUM(version), 0) FROM record"));
    };
    const auto before = digest();
    const auto answer = RunAs(by, use_case, request);
    told_.push_back(by + ": " + std::string(Request::descriptor()->name()) + " " +
                    request.ShortDebugString());
    EXPECT_EQ(answer.ok() ? "" : schema::ReasonOf(answer.status()), reason) << answer.status();
    ++outcomes_[reason];
    if (!answer.ok()) EXPECT_EQ(digest(), before) << "a refused call changed something";
    if (!answer.ok() || !reason.empty()) return std::nullopt;
    return *answer;
  }

  // ---- goals

  void ProposeOne() {
    const std::string by = Somebody();
    const bool both = OneIn(3);
    const std::string owner = IsMember(by) ? by : SomeMember();
    const std::string other = owner == father_ ? mother_ : father_;
    auto request = both ? GoalOf({owner, other}, v1::GOAL_SCOPE_DYAD)
                        : GoalOf({owner}, v1::GOAL_SCOPE_INDIVIDUAL);
    if (IsMember(by)) request.set_proposed_by(NameOf(by));
    const auto done = Try(by, &GoalsService::ProposeGoal, request, "");
    if (!done) return;
    model::Goal& goal = plan_.goals[done->goal().name()];
    goal.owners = {done->goal().owners().begin(), done->goal().owners().end()};
    if (IsMember(by)) goal.stances[NameOf(by)] = "ENDORSES";
    goal.Settle();
  }
  void TakeStance() {
    const std::string name = Any(plan_.goals);
    model::Goal& goal = plan_.goals[name];
    const std::string by = OneOf(goal.owners);
    const auto kind =
        OneIn(2) ? v1::STANCE_KIND_ENDORSES : static_cast<v1::StanceKind>(1 + Below(5));
    v1::SetStanceRequest request;
    request.set_name(name);
    request.mutable_stance()->set_holder(NameOf(by));
    request.mutable_stance()->set_kind(kind);
    if (!Try(by, &GoalsService::SetStance, request, goal.Goes() ? "" : "GOAL_ENDED")) return;
    goal.stances[NameOf(by)] = v1::StanceKind_Name(kind).substr(sizeof("STANCE_KIND"));
    goal.Settle();
  }
  void CloseOne() {
    const std::string name = Any(plan_.goals), by = Somebody();
    v1::CloseGoalRequest request;
    request.set_name(name);
    request.set_ending(v1::GOAL_ENDING_DROPPED);
    if (IsMember(by)) request.set_closed_by(NameOf(by));
    if (!IsMember(by)) {
      v1::GetGoalRequest get;
      get.set_name(name);
      request.set_etag(RunAs(by, &GoalsService::GetGoal, get)->goal().etag());
    }
    model::Goal& goal = plan_.goals[name];
    if (Try(by, &GoalsService::CloseGoal, request, goal.WhyNotClose(NameOf(by)))) {
      goal.state = "CLOSED";
    }
  }

  // ---- homework

  std::pair<v1::HomeworkTerms, model::Terms> SomeTerms() {
    std::vector<std::string> doers = {SomeMember()};
    if (OneIn(2) && doers[0] != mother_) doers.push_back(mother_);
    v1::Goal goal;
    goal.set_name(Any(plan_.goals));
    v1::HomeworkTerms terms = Terms(goal, doers);
    model::Terms said{.goal = goal.name(), .due_us = schema::ToMicros(terms.due_time())};
    for (const std::string& doer : doers) said.doers.insert(NameOf(doer));
    return {terms, said};
  }
  void ProposeTaskOf() {
    const std::string by = Somebody();
    const auto [terms, said] = SomeTerms();
    v1::ProposeHomeworkRequest request;
    request.set_parent(Family());
    *request.mutable_homework()->mutable_terms() = terms;
    if (IsMember(by)) request.set_proposed_by(NameOf(by));
    const auto done = Try(by, &GoalsService::ProposeHomework, request,
                          plan_.WhyNotPropose(NameOf(by), said, At()));
    if (done) plan_.homework[done->homework().name()] = plan_.Proposed(NameOf(by), said, At());
  }
  void Answer(const std::string& name) {
    model::Homework& one = plan_.homework[name];
    std::set<std::string> asked = one.terms.doers;
    asked.insert(NameOf(therapist_));
    for (const std::string& who : one.accepted) asked.erase(who);
    const std::string by = OneOf(asked);
    const bool accept = !OneIn(10), stale = one.revision > 1 && OneIn(4);
    v1::RespondToHomeworkRequest request;
    request.set_name(name);
    request.set_responder(NameOf(by));
    request.set_answer(accept ? v1::HOMEWORK_ANSWER_ACCEPT : v1::HOMEWORK_ANSWER_DECLINE);
    request.set_terms_revision(one.revision - (stale ? 1 : 0));
    if (!Try(by, &GoalsService::RespondToHomework, request,
             plan_.WhyNotAnswer(one, NameOf(by), accept, stale, At()))) {
      return;
    }
    if (accept) return plan_.Accept(one, NameOf(by), At());
    one.state = "DECLINED";
  }
  void CounterIt(const std::string& name) {
    model::Homework& one = plan_.homework[name];
    const std::string by = Somebody();
    const auto [terms, said] = SomeTerms();
    v1::CounterHomeworkRequest request;
    request.set_name(name);
    *request.mutable_terms() = terms;
    if (IsMember(by)) request.set_countered_by(NameOf(by));
    if (!IsMember(by)) request.set_etag(EtagOf(name));
    if (Try(by, &GoalsService::CounterHomework, request,
            plan_.WhyNotCounter(one, NameOf(by), said, At()))) {
      plan_.Counter(one, NameOf(by), said, At());
    }
  }
  void Withdraw(const std::string& name) {
    model::Homework& one = plan_.homework[name];
    const std::string by = Somebody();
    v1::WithdrawHomeworkRequest request;
    request.set_name(name);
    if (IsMember(by)) request.set_withdrawn_by(NameOf(by));
    if (!IsMember(by)) request.set_etag(EtagOf(name));
    if (Try(by, &GoalsService::WithdrawHomework, request, plan_.WhyNotWithdraw(one, NameOf(by)))) {
      one.state = "WITHDRAWN";
    }
  }
  void ReportIt(const std::string& name) {
    model::Homework& one = plan_.homework[name];
    const std::string by = OneIn(4) ? SomeMember() : OneOf(one.terms.doers);
    if (!IsMember(by)) return;
    const int completion = OneIn(2) ? 4 : Below(5);
    v1::Homework homework;
    homework.set_name(name);
    if (Try(by, &GoalsService::ReportHomework, ReportOf(homework, by, completion),
            plan_.WhyNotReport(one, NameOf(by)))) {
      model::Plan::Report(one, NameOf(by), completion);
    }
  }
  void ReviewIt(const std::string& name) {
    model::Homework& one = plan_.homework[name];
    v1::ReviewHomeworkRequest request;
    request.set_name(name);
    request.mutable_review()->set_outcome(static_cast<v1::HomeworkOutcome>(1 + Below(5)));
    request.mutable_review()->set_session(names_.Session(family_, support::TestId("now")));
    request.set_etag(EtagOf(name));
    if (!Try(therapist_, &GoalsService::ReviewHomework, request, plan_.WhyNotReview(one))) return;
    one.state = "REVIEWED";
    one.reviewed_us = At();
  }
  std::string EtagOf(const std::string& name) {
    v1::Homework homework;
    homework.set_name(name);
    return Get(therapist_, homework).etag();
  }

  void HoldOne() {
    store_.clock.Advance(std::chrono::hours(2 + (OneIn(2) ? 24 * Below(9) : 0)));
    told_.push_back("a session ends");
    EXPECT_TRUE(Hold("session-" + std::to_string(++sessions_)).ok());
    plan_.Hold(At());
  }

  void Step() {
    const int what = Below(40);
    if (what < 3 || plan_.goals.empty()) return ProposeOne();
    if (what < 7) return TakeStance();
    if (what < 8) return OneIn(4) ? CloseOne() : TakeStance();
    if (what < 13 || plan_.homework.empty()) return ProposeTaskOf();
    if (what < 15) return HoldOne();
    const std::string name = SomeHomework();
    if (what < 27) return Answer(name);
    if (what < 30) return CounterIt(name);
    if (what < 31) return OneIn(2) ? Withdraw(name) : Answer(name);
    if (what < 37) return ReportIt(name);
    ReviewIt(name);
  }
  // What a professional sees is where the model is.
  void Check() {
    v1::ListHomeworkRequest homework;
    homework.set_parent(Family());
    homework.set_page_size(1'000);
    const auto tasks = RunAs(therapist_, &GoalsService::ListHomework, homework);
    ASSERT_TRUE(tasks.ok()) << tasks.status();
    for (const v1::Homework& one : tasks->homework()) {
      ASSERT_EQ(v1::HomeworkState_Name(one.state()),
                "HOMEWORK_STATE_" + plan_.homework[one.name()].state);
      ++reached_[plan_.homework[one.name()].state];
    }
    v1::ListGoalsRequest goals;
    goals.set_parent(Family());
    goals.set_page_size(1'000);
    const auto listed = RunAs(therapist_, &GoalsService::ListGoals, goals);
    ASSERT_TRUE(listed.ok()) << listed.status();
    for (const v1::Goal& one : listed->goals()) {
      ASSERT_EQ(v1::GoalState_Name(one.state()), "GOAL_STATE_" + plan_.goals[one.name()].state);
    }
    for (const auto& [name, one] : plan_.homework) {
      v1::Homework named;
      named.set_name(name);
      const std::string who = SomeMember();
      ASSERT_EQ(Sees(who, named), one.Sees(NameOf(who))) << who << " " << name;
    }
  }

  static void TearDownTestSuite() {
    if (walks_ < 10) return;
    for (const char* state : {"DRAFTED", "PROPOSED", "COUNTERED", "AGREED", "DECLINED", "WITHDRAWN",
                              "ACTIVE", "DONE", "REVIEWED", "EXPIRED"}) {
      EXPECT_GT(reached_[state], 0) << state << ": the walks do not come there";
    }
    for (const char* reason : {"ILLEGAL_TRANSITION", "TERMS_CHANGED", "NOT_FOUND", "GOAL_ENDED",
                               "HOMEWORK_NOT_READY", "NOT_THE_PROPOSER"}) {
      EXPECT_GT(outcomes_[reason], 0) << reason << ": nobody is refused for it";
    }
  }

  std::mt19937 random_;
  model::Plan plan_;
  std::vector<std::string> told_;
  static inline std::map<std::string, int> outcomes_, reached_;  // of all walks
  static inline int walks_ = 0;
  int sessions_ = 0;
};

TEST_P(PlanWalk, G5_GoesAsTheModelSaysAndIsRefusedForItsReasons) {
  const char* given = std::getenv("RAPPORT_SEED");
  const std::uint32_t seed = given != nullptr
                                 ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
                                 : std::random_device{}();
  random_.seed(seed);
  for (int step = 0; step < 150 && !HasFailure(); ++step) {
    Step();
    if (!HasFailure()) Check();
  }
  ++walks_;
  if (!HasFailure()) return;
  std::string course;
  for (const std::string& one : told_) course += "\n  " + one;
  ADD_FAILURE() << "RAPPORT_SEED=" << seed << " walks it alone:" << course;
}

INSTANTIATE_TEST_SUITE_P(Walks, PlanWalk, testing::Range(0, support::Long() ? 2'000 : 20));

}  // namespace
}  // namespace rapport::goals
