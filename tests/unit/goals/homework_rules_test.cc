#include "goals/homework_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace rapport::goals {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

constexpr char kMother[] = "families/f/members/m", kFather[] = "families/f/members/v",
               kDaughter[] = "families/f/members/d", kStranger[] = "families/g/members/s",
               kTherapist[] = "professionals/t", kGoalName[] = "families/f/goals/g";
const Actor kByTherapist{kTherapist, kTherapist, true, true};
const Actor kByMother{kMother, kMother, false, false};
const Actor kByFather{kFather, kFather, false, false};
const Actor kForFather{kFather, kTherapist, false, true};
constexpr std::int64_t kNow = 1'000'000'000, kSecond = 1'000'000;

CaseView View() {
  return {.family = "families/f",
          .now_us = kNow,
          .open = true,
          .members = {kMother, kFather, kDaughter},
          .minors = {kDaughter},
          .helpers = {kTherapist}};
}

v1::HomeworkTerms Terms(const std::vector<std::string>& doers) {
  v1::HomeworkTerms terms;
  for (const std::string& doer : doers) terms.add_doers(doer);
  terms.add_goals()->set_goal(kGoalName);
  *terms.mutable_due_time() = Timestamp(kNow + 100 * kSecond);
  return terms;
}

// A file with one goal of the mother.
struct File {
  explicit File(v1::GoalState state = v1::GOAL_STATE_ACTIVE) {
    goal.set_name(kGoalName);
    goal.set_state(state);
    goal.add_owners(kMother);
  }
  Work View() const {
    Work work;
    work.goals = {&goal};
    for (const auto& one : stances) work.stances.push_back(&one);
    for (const auto& one : homework) work.homework.push_back(&one);
    return work;
  }
  v1::Goal goal;
  std::vector<v1::Stance> stances;
  std::vector<internal::v1::StoredHomework> homework;
};

v1::Homework HomeworkOf(const v1::HomeworkTerms& terms) {
  v1::Homework homework;
  homework.set_name("families/f/homework/h");
  *homework.mutable_terms() = terms;
  return homework;
}

std::vector<std::string> FieldsOf(const Faults& faults) {
  std::vector<std::string> fields;
  for (const Fault& fault : faults) fields.push_back(fault.field);
  return fields;
}
std::vector<std::string> TypesOf(const std::vector<Unmet>& unmet) {
  std::vector<std::string> types;
  for (const Unmet& one : unmet) types.push_back(one.type);
  return types;
}

internal::v1::StoredHomework Begun(const Actor& actor, const v1::HomeworkTerms& terms) {
  internal::v1::StoredHomework stored;
  SetTerms(terms, actor, kNow, &stored);
  MoveOnAcceptance(actor, {}, kNow, &stored);
  return stored;
}
void AcceptBy(const Actor& actor, internal::v1::StoredHomework& stored,
              const std::vector<Unmet>& unmet = {}) {
  v1::HomeworkResponse answer;
  answer.set_responder(actor.person);
  answer.set_accepted(true);
  PutResponse(answer, stored.mutable_homework());
  MoveOnAcceptance(actor, unmet, kNow + kSecond, &stored);
}

TEST(HomeworkLife, IsTheOneWritten) {
  // Every pair of states that some step connects, written out once more by hand.
  const std::set<std::string> wanted = {
      "DRAFTED accept DRAFTED",
      "DRAFTED accept PROPOSED",
      "DRAFTED accept AGREED",
      "PROPOSED accept PROPOSED",
      "PROPOSED accept AGREED",
      "COUNTERED accept COUNTERED",
      "COUNTERED accept PROPOSED",
      "COUNTERED accept AGREED",
      "DRAFTED decline DECLINED",
      "PROPOSED decline DECLINED",
      "COUNTERED decline DECLINED",
      "DRAFTED counter DRAFTED",
      "DRAFTED counter PROPOSED",
      "PROPOSED counter PROPOSED",
      "PROPOSED counter COUNTERED",
      "COUNTERED counter PROPOSED",
      "COUNTERED counter COUNTERED",
      "DRAFTED withdraw WITHDRAWN",
      "PROPOSED withdraw WITHDRAWN",
      "COUNTERED withdraw WITHDRAWN",
      "EXPIRED report EXPIRED",
      "AGREED review REVIEWED",
      "ACTIVE review REVIEWED",
      "DONE review REVIEWED",
      "PARTLY review REVIEWED",
      "NOT_DONE review REVIEWED",
      "CHANGED review REVIEWED",
      "BLOCKED review REVIEWED",
      "EXPIRED review REVIEWED",
      "AGREED session ACTIVE",
      "AGREED session EXPIRED",
      "ACTIVE session EXPIRED",
      "DONE session EXPIRED",
      "PARTLY session EXPIRED",
      "NOT_DONE session EXPIRED",
      "CHANGED session EXPIRED",
      "BLOCKED session EXPIRED",
      "REVIEWED session CLOSED",
      "PROPOSED accept HELD",
      "HELD accept HELD",
      "HELD accept PROPOSED",
      "HELD accept AGREED",
      "HELD decline DECLINED",
      "HELD counter PROPOSED",
      "HELD counter COUNTERED",
      "HELD withdraw WITHDRAWN",
      "HELD report HELD",
      "HELD review REVIEWED",
  };
  const auto name = [](int state) {
    return v1::HomeworkState_Name(static_cast<v1::HomeworkState>(state)).substr(15);
  };
  std::set<std::string> found;
  for (int from = 0; from < v1::HomeworkState_ARRAYSIZE; ++from) {
    for (int step = 0; step < 7; ++step) {
      for (int to = 0; to < v1::HomeworkState_ARRAYSIZE; ++to) {
        if (!IsMove(static_cast<v1::HomeworkState>(from), static_cast<HomeworkStep>(step),
                    static_cast<v1::HomeworkState>(to))) {
          continue;
        }
        const std::string row =
            name(from) + " " + std::string(kHomeworkStepNames[step]) + " " + name(to);
        // Reports: from AGREED and ACTIVE to themselves and all five, from the five to each other.
        const bool report = row.find(" report ") != std::string::npos && from < 15;
        if (report) {
          EXPECT_TRUE(from >= 4 && from <= 10) << row;
          EXPECT_TRUE(to == from || (to >= 6 && to <= 10)) << row;
        } else {
          found.insert(row);
        }
      }
    }
  }
  EXPECT_EQ(found, wanted);
}

TEST(HomeworkLife, EndsForGoodWhenClosedDeclinedOrWithdrawn) {
  for (const auto end : {v1::HOMEWORK_STATE_CLOSED, v1::HOMEWORK_STATE_DECLINED,
                         v1::HOMEWORK_STATE_WITHDRAWN, v1::HOMEWORK_STATE_UNSPECIFIED}) {
    for (int step = 0; step < 7; ++step) {
      EXPECT_FALSE(MayTake(end, static_cast<HomeworkStep>(step)));
    }
  }
}

TEST(HomeworkLife, EveryMoveHasAMeaningAndEveryStateIsReached) {
  unsigned reached = 1u << v1::HOMEWORK_STATE_DRAFTED;
  for (const HomeworkMove& move : HomeworkMoves()) {
    EXPECT_NE(std::string_view(move.meaning), "");
    reached |= move.to;
  }
  EXPECT_EQ(reached, (1u << v1::HomeworkState_ARRAYSIZE) - 2);
}

TEST(HomeworkLife, ARefusedStepSaysFromWhereItIsTaken) {
  v1::Homework homework = HomeworkOf(Terms({kMother}));
  homework.set_state(v1::HOMEWORK_STATE_REVIEWED);
  const auto unmet = UnmetForStep(homework, HomeworkStep::kWithdraw);
  ASSERT_THAT(TypesOf(unmet), ElementsAre("ILLEGAL_TRANSITION"));
  EXPECT_EQ(unmet[0].description, "it is DRAFTED, PROPOSED, COUNTERED");
  EXPECT_EQ(unmet[0].subject, homework.name());
}

TEST(G4HomeworkTerms, NameEachFault) {
  const std::vector<std::string> goals = {kGoalName};
  EXPECT_THAT(FaultsOfTerms(Terms({kMother, kFather}), kByMother, View(), goals), IsEmpty());
  v1::HomeworkTerms terms = Terms({kMother, kMother, kStranger});
  terms.add_approvers(kMother);    // does it anyway
  terms.add_approvers(kDaughter);  // a minor approves nothing
  *terms.mutable_due_time() = Timestamp(kNow);
  terms.add_goals()->set_goal("families/f/goals/hidden");
  terms.add_goals()->set_goal(kGoalName);
  EXPECT_THAT(FieldsOf(FaultsOfTerms(terms, kByTherapist, View(), goals)),
              ElementsAre("doers[1]", "doers[2]", "approvers[0]", "approvers[1]", "due_time",
                          "goals[1].goal", "goals[2].goal"));
  EXPECT_THAT(FieldsOf(FaultsOfTerms(Terms({kFather}), kByMother, View(), goals)),
              ElementsAre("doers"));
  v1::HomeworkTerms approved = Terms({kDaughter});
  approved.add_approvers(kMother);
  EXPECT_THAT(FaultsOfTerms(approved, kByMother, View(), goals), IsEmpty());
}

TEST(G4HomeworkGate, IsOpenForAnActiveGoalThatADoerOwnsOrEndorses) {
  File file;
  EXPECT_THAT(UnmetForAgreement(HomeworkOf(Terms({kMother})), View(), file.View()), IsEmpty());
  const v1::Homework fathers = HomeworkOf(Terms({kFather}));
  v1::Stance stance;
  stance.set_goal(kGoalName);
  stance.set_holder(kFather);
  for (int kind = 0; kind < v1::StanceKind_ARRAYSIZE; ++kind) {
    stance.set_kind(static_cast<v1::StanceKind>(kind));
    file.stances = {stance};
    const auto unmet = TypesOf(UnmetForAgreement(fathers, View(), file.View()));
    if (kind == v1::STANCE_KIND_ENDORSES) {
      EXPECT_THAT(unmet, IsEmpty());
    } else {
      EXPECT_THAT(unmet, ElementsAre("GOAL_NOT_OF_A_DOER")) << kind;
    }
  }
}

TEST(G4HomeworkGate, ListsEverythingThatIsNotMet) {
  File file(v1::GOAL_STATE_PROPOSED);
  CaseView view = View();
  view.open = false;
  view.members = {kMother};
  view.separated = {{kFather, kMother}};
  view.now_us = kNow + 200 * kSecond;
  EXPECT_THAT(TypesOf(UnmetForAgreement(HomeworkOf(Terms({kMother, kFather})), view, file.View())),
              ElementsAre("CASE_NOT_OPEN", "MEMBER_LEFT", "DUE_TIME_PASSED", "GOAL_NOT_ACTIVE",
                          "GOAL_NOT_OF_A_DOER", "NOT_AVAILABLE_TOGETHER"));
}

TEST(G8HomeworkGate, IsClosedToAPairApartUnlessOverriddenAndNamesNobody) {
  File file;
  CaseView view = View();
  view.separated = {{kFather, kMother}};
  v1::Homework homework = HomeworkOf(Terms({kMother, kFather}));
  const auto unmet = UnmetForAgreement(homework, view, file.View());
  ASSERT_THAT(unmet, ElementsAre(Field(&Unmet::type, "NOT_AVAILABLE_TOGETHER")));
  EXPECT_EQ(unmet[0].subject, "");
  EXPECT_TRUE(NeedsOverride(homework.terms(), view));
  homework.mutable_together_override()->set_reason("supervised");
  EXPECT_THAT(UnmetForAgreement(homework, view, file.View()), IsEmpty());
  EXPECT_FALSE(NeedsOverride(Terms({kMother, kDaughter}), view));
  EXPECT_FALSE(NeedsOverride(Terms({kMother}), view));
}

TEST(G8HomeworkGate, CountsApproversAsPartOfThePair) {
  CaseView view = View();
  view.separated = {{kFather, kMother}};
  v1::HomeworkTerms terms = Terms({kMother});
  terms.add_approvers(kFather);
  EXPECT_TRUE(NeedsOverride(terms, view)) << "a doer and an approver";
  terms = Terms({kDaughter});
  terms.add_approvers(kFather);
  EXPECT_FALSE(NeedsOverride(terms, view));
  terms.add_approvers(kMother);
  EXPECT_TRUE(NeedsOverride(terms, view)) << "two approvers";
}

TEST(G5HomeworkAgreement, NeedsEveryDoerEveryApproverAndAProfessional) {
  // Whoever comes last makes it agreed; nobody before does.
  const Actor all[] = {kByTherapist, kByMother, kByFather};
  v1::HomeworkTerms terms = Terms({kMother});
  terms.add_approvers(kFather);
  std::vector<int> order = {0, 1, 2};
  do {
    internal::v1::StoredHomework stored = Begun(all[order[0]], terms);
    EXPECT_NE(stored.homework().state(), v1::HOMEWORK_STATE_AGREED);
    AcceptBy(all[order[1]], stored);
    EXPECT_NE(stored.homework().state(), v1::HOMEWORK_STATE_AGREED);
    AcceptBy(all[order[2]], stored);
    EXPECT_EQ(stored.homework().state(), v1::HOMEWORK_STATE_AGREED);
    EXPECT_EQ(Micros(stored.homework().agree_time()), kNow + kSecond);
    EXPECT_THAT(PendingMembers(stored.homework()), IsEmpty());
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(G5HomeworkAgreement, ListsWhoIsPendingInTheOrderOfTheTerms) {
  v1::HomeworkTerms terms = Terms({kDaughter, kMother});
  terms.add_approvers(kFather);
  internal::v1::StoredHomework stored = Begun(kByTherapist, terms);
  EXPECT_THAT(PendingMembers(stored.homework()), ElementsAre(kDaughter, kMother, kFather));
  AcceptBy(kByMother, stored);
  EXPECT_THAT(PendingMembers(stored.homework()), ElementsAre(kDaughter, kFather));
}

TEST(G5HomeworkAgreement, WaitsForAProfessionalWhileItIsADraftOrCountered) {
  internal::v1::StoredHomework draft = Begun(kByMother, Terms({kMother}));
  EXPECT_EQ(draft.homework().state(), v1::HOMEWORK_STATE_DRAFTED);
  EXPECT_EQ(draft.first_proposed_by(), kMother);
  EXPECT_THAT(draft.released_to(), IsEmpty());
  AcceptBy(kByTherapist, draft);
  EXPECT_EQ(draft.homework().state(), v1::HOMEWORK_STATE_AGREED);

  internal::v1::StoredHomework proposed = Begun(kByTherapist, Terms({kMother, kFather}));
  EXPECT_THAT(proposed.released_to(), ElementsAre(kMother, kFather));
  AcceptBy(kByMother, proposed);
  SetTerms(Terms({kMother, kFather}), kByFather, kNow, &proposed);
  EXPECT_EQ(proposed.homework().state(), v1::HOMEWORK_STATE_COUNTERED);
  EXPECT_EQ(proposed.homework().terms_revision(), 2);
  EXPECT_EQ(proposed.homework().proposed_by(), kFather);
  EXPECT_EQ(proposed.first_proposed_by(), kTherapist);
  EXPECT_THAT(PendingMembers(proposed.homework()), ElementsAre(kMother));
  AcceptBy(kByMother, proposed);
  EXPECT_EQ(proposed.homework().state(), v1::HOMEWORK_STATE_COUNTERED);
  AcceptBy(kByTherapist, proposed);
  EXPECT_EQ(proposed.homework().state(), v1::HOMEWORK_STATE_AGREED);
}

TEST(G5HomeworkAgreement, DoesNotComeWhileSomethingStandsAgainstIt) {
  const Unmet apart{"NOT_AVAILABLE_TOGETHER", "", ""}, late{"DUE_TIME_PASSED", "", ""};
  internal::v1::StoredHomework stored = Begun(kByTherapist, Terms({kMother}));
  AcceptBy(kByMother, stored, {late, apart});
  EXPECT_EQ(stored.homework().state(), v1::HOMEWORK_STATE_PROPOSED);
  stored = Begun(kByTherapist, Terms({kMother}));
  AcceptBy(kByMother, stored, {apart});
  EXPECT_EQ(stored.homework().state(), v1::HOMEWORK_STATE_HELD);
  EXPECT_THAT(PendingMembers(stored.homework()), IsEmpty());
  AcceptBy(kByTherapist, stored);
  EXPECT_EQ(stored.homework().state(), v1::HOMEWORK_STATE_AGREED);
}

TEST(G5HomeworkAgreement, NewTermsEndAnswersAndOverride) {
  internal::v1::StoredHomework stored = Begun(kByTherapist, Terms({kMother, kFather}));
  stored.mutable_homework()->mutable_together_override()->set_reason("supervised");
  AcceptBy(kByMother, stored);
  SetTerms(Terms({kMother}), kForFather, kNow, &stored);
  EXPECT_FALSE(stored.homework().has_together_override());
  ASSERT_EQ(stored.homework().responses_size(), 1);
  EXPECT_EQ(stored.homework().responses(0).responder(), kFather);
  EXPECT_EQ(stored.homework().responses(0).terms_revision(), 2);
  EXPECT_TRUE(stored.homework().responses(0).recorded_for_responder());
}

TEST(G6HomeworkReports, MakeTheStateOfTheProto) {
  using Obstacles = std::vector<v1::Obstacle>;
  const struct {
    std::vector<int> completions;  // one a doer; -1: not reported
    Obstacles obstacles;           // of the first
    v1::HomeworkState state;
  } rows[] = {
      {{4}, {}, v1::HOMEWORK_STATE_DONE},
      {{5}, {}, v1::HOMEWORK_STATE_DONE},
      {{3}, {}, v1::HOMEWORK_STATE_CHANGED},
      {{2}, {}, v1::HOMEWORK_STATE_PARTLY},
      {{1}, {}, v1::HOMEWORK_STATE_NOT_DONE},
      {{0}, {}, v1::HOMEWORK_STATE_NOT_DONE},
      {{4, -1}, {}, v1::HOMEWORK_STATE_AGREED},
      {{-1, 0}, {}, v1::HOMEWORK_STATE_AGREED},
      {{4, 5}, {}, v1::HOMEWORK_STATE_DONE},
      {{4, 3}, {}, v1::HOMEWORK_STATE_CHANGED},
      {{3, 3}, {}, v1::HOMEWORK_STATE_CHANGED},
      {{5, 2}, {}, v1::HOMEWORK_STATE_PARTLY},
      {{4, 0}, {}, v1::HOMEWORK_STATE_PARTLY},
      {{3, 1}, {}, v1::HOMEWORK_STATE_PARTLY},
      {{1, 0}, {}, v1::HOMEWORK_STATE_NOT_DONE},
      {{1, 0}, {v1::OBSTACLE_FORGOT, v1::OBSTACLE_TOO_HARD}, v1::HOMEWORK_STATE_NOT_DONE},
      {{1, 0}, {v1::OBSTACLE_CRISIS}, v1::HOMEWORK_STATE_BLOCKED},
      {{0, 0}, {v1::OBSTACLE_OTHER_REFUSED}, v1::HOMEWORK_STATE_BLOCKED},
      {{0}, {v1::OBSTACLE_FELT_UNSAFE}, v1::HOMEWORK_STATE_BLOCKED},
      {{0}, {v1::OBSTACLE_LACK_OF_RESOURCE}, v1::HOMEWORK_STATE_BLOCKED},
      {{0, 4}, {v1::OBSTACLE_CRISIS}, v1::HOMEWORK_STATE_PARTLY},
      {{4}, {v1::OBSTACLE_CRISIS}, v1::HOMEWORK_STATE_DONE},
  };
  const char* const doers[] = {kMother, kFather};
  for (const auto& row : rows) {
    v1::Homework homework;
    homework.set_state(v1::HOMEWORK_STATE_AGREED);
    for (std::size_t i = 0; i < row.completions.size(); ++i) {
      homework.mutable_terms()->add_doers(doers[i]);
      if (row.completions[i] < 0) continue;
      auto& report = *homework.add_reports();
      report.set_doer(doers[i]);
      report.set_completion(row.completions[i]);
      if (i == 0) report.mutable_obstacles()->Assign(row.obstacles.begin(), row.obstacles.end());
    }
    EXPECT_EQ(StateOfReports(homework), row.state) << homework.DebugString();
  }
}

TEST(G6HomeworkReports, CountByEachDoersNewest) {
  v1::Homework homework = HomeworkOf(Terms({kMother}));
  for (const int completion : {0, 4}) {
    auto& report = *homework.add_reports();
    report.set_doer(kMother);
    report.set_completion(completion);
  }
  EXPECT_EQ(StateOfReports(homework), v1::HOMEWORK_STATE_DONE);
}

TEST(G6HomeworkReports, AreOfADoerWithEachObstacleOnce) {
  const v1::Homework homework = HomeworkOf(Terms({kMother}));
  v1::HomeworkReport report;
  report.set_doer(kFather);
  for (const auto obstacle : {v1::OBSTACLE_FORGOT, v1::OBSTACLE_FORGOT, v1::OBSTACLE_UNSPECIFIED}) {
    report.add_obstacles(obstacle);
  }
  EXPECT_THAT(FieldsOf(FaultsOfReport(report, homework)),
              ElementsAre("doer", "obstacles[1]", "obstacles[2]"));
}

TEST(G6HomeworkMisses, AskForAgreementAtTheSecondInARow) {
  File file;
  internal::v1::StoredHomework first;
  first.mutable_homework()->set_name("families/f/homework/1");
  first.mutable_homework()->set_misses_in_row(1);
  file.homework = {first};
  v1::Homework second = HomeworkOf(Terms({kMother}));
  second.set_state(v1::HOMEWORK_STATE_NOT_DONE);
  EXPECT_FALSE(AskAgreement(second, file.View()));
  second.set_repeats("families/f/homework/1");
  EXPECT_EQ(MissesBefore(second, file.View()), 1);
  EXPECT_TRUE(AskAgreement(second, file.View()));
  second.set_state(v1::HOMEWORK_STATE_BLOCKED);
  EXPECT_FALSE(AskAgreement(second, file.View()));
  second.mutable_review();
  second.set_misses_in_row(2);
  EXPECT_TRUE(AskAgreement(second, file.View()));
}

TEST(G6HomeworkAndSessions, FollowTheClock) {
  constexpr std::int64_t kAgreed = 10, kDue = 20, kReview = 30;
  const HeldSession before{"s0", 1, 9}, across{"s1", 8, 12}, later{"s2", 15, 16},
      on_due{"s3", 20, 22}, after_due{"s4", 25, 26}, review{"s5", 31, 32}, next{"s6", 40, 41};
  const struct {
    v1::HomeworkState from;
    std::vector<HeldSession> sessions;
    v1::HomeworkState to;
  } rows[] = {
      {v1::HOMEWORK_STATE_AGREED, {}, v1::HOMEWORK_STATE_AGREED},
      {v1::HOMEWORK_STATE_AGREED, {before}, v1::HOMEWORK_STATE_AGREED},
      {v1::HOMEWORK_STATE_AGREED, {across}, v1::HOMEWORK_STATE_ACTIVE},
      {v1::HOMEWORK_STATE_AGREED, {later}, v1::HOMEWORK_STATE_ACTIVE},
      {v1::HOMEWORK_STATE_AGREED, {on_due}, v1::HOMEWORK_STATE_ACTIVE},
      {v1::HOMEWORK_STATE_AGREED, {on_due, after_due}, v1::HOMEWORK_STATE_EXPIRED},
      {v1::HOMEWORK_STATE_ACTIVE, {later, on_due}, v1::HOMEWORK_STATE_ACTIVE},
      {v1::HOMEWORK_STATE_ACTIVE, {after_due, on_due}, v1::HOMEWORK_STATE_EXPIRED},
      {v1::HOMEWORK_STATE_DONE, {on_due}, v1::HOMEWORK_STATE_DONE},
      {v1::HOMEWORK_STATE_NOT_DONE, {on_due, after_due}, v1::HOMEWORK_STATE_EXPIRED},
      {v1::HOMEWORK_STATE_EXPIRED, {on_due, after_due, next}, v1::HOMEWORK_STATE_EXPIRED},
      {v1::HOMEWORK_STATE_REVIEWED, {on_due, after_due}, v1::HOMEWORK_STATE_REVIEWED},
      {v1::HOMEWORK_STATE_REVIEWED, {review}, v1::HOMEWORK_STATE_REVIEWED},
      {v1::HOMEWORK_STATE_REVIEWED, {review, next}, v1::HOMEWORK_STATE_CLOSED},
      {v1::HOMEWORK_STATE_PROPOSED, {on_due, after_due}, v1::HOMEWORK_STATE_PROPOSED},
      {v1::HOMEWORK_STATE_DECLINED, {on_due, after_due}, v1::HOMEWORK_STATE_DECLINED},
  };
  for (const auto& row : rows) {
    v1::Homework homework;
    homework.set_state(row.from);
    *homework.mutable_agree_time() = Timestamp(kAgreed);
    *homework.mutable_terms()->mutable_due_time() = Timestamp(kDue);
    if (row.from == v1::HOMEWORK_STATE_REVIEWED) {
      *homework.mutable_review()->mutable_review_time() = Timestamp(kReview);
      homework.mutable_review()->set_session("s5");
    }
    const v1::HomeworkState to = StateAfterSessions(homework, row.sessions);
    EXPECT_EQ(to, row.to) << row.from << " after " << row.sessions.size();
    if (to != row.from) EXPECT_TRUE(IsMove(row.from, HomeworkStep::kSession, to));
  }
}

TEST(G6HomeworkAndSessions, CountOnlyWithEveryDoer) {
  v1::Homework homework = HomeworkOf(Terms({kMother, kFather}));
  homework.set_state(v1::HOMEWORK_STATE_AGREED);
  *homework.mutable_agree_time() = Timestamp(10);
  *homework.mutable_terms()->mutable_due_time() = Timestamp(100);
  const HeldSession alone{"s1", 11, 12, {kFather}}, without{"s2", 13, 14, {kFather, kDaughter}},
      all{"s3", 15, 16, {kMother, kFather, kDaughter}}, unknown{"s4", 17, 18};
  EXPECT_EQ(StateAfterSessions(homework, {alone, without}), v1::HOMEWORK_STATE_AGREED);
  EXPECT_EQ(StateAfterSessions(homework, {alone, all}), v1::HOMEWORK_STATE_ACTIVE);
  EXPECT_EQ(StateAfterSessions(homework, {unknown}), v1::HOMEWORK_STATE_ACTIVE);
  *homework.mutable_terms()->mutable_due_time() = Timestamp(11);
  EXPECT_EQ(StateAfterSessions(homework, {alone, without, all}), v1::HOMEWORK_STATE_ACTIVE);
  EXPECT_EQ(StateAfterSessions(homework, {all, without, unknown}), v1::HOMEWORK_STATE_EXPIRED);
}

}  // namespace
}  // namespace rapport::goals
