#include "goals/homework_rules.h"

#include <iterator>
#include <set>

namespace rapport::goals {
namespace {

using Step = HomeworkStep;

constexpr unsigned Bit(v1::HomeworkState state) { return 1u << state; }

constexpr unsigned kDrafted = Bit(v1::HOMEWORK_STATE_DRAFTED);
constexpr unsigned kProposed = Bit(v1::HOMEWORK_STATE_PROPOSED);
constexpr unsigned kCountered = Bit(v1::HOMEWORK_STATE_COUNTERED);
constexpr unsigned kAgreed = Bit(v1::HOMEWORK_STATE_AGREED);
constexpr unsigned kActive = Bit(v1::HOMEWORK_STATE_ACTIVE);
constexpr unsigned kReported = Bit(v1::HOMEWORK_STATE_DONE) | Bit(v1::HOMEWORK_STATE_PARTLY) |
                               Bit(v1::HOMEWORK_STATE_NOT_DONE) | Bit(v1::HOMEWORK_STATE_CHANGED) |
                               Bit(v1::HOMEWORK_STATE_BLOCKED);
constexpr unsigned kReviewed = Bit(v1::HOMEWORK_STATE_REVIEWED);
constexpr unsigned kClosed = Bit(v1::HOMEWORK_STATE_CLOSED);
constexpr unsigned kDeclined = Bit(v1::HOMEWORK_STATE_DECLINED);
constexpr unsigned kWithdrawn = Bit(v1::HOMEWORK_STATE_WITHDRAWN);
constexpr unsigned kExpired = Bit(v1::HOMEWORK_STATE_EXPIRED);
constexpr unsigned kHeld = Bit(v1::HOMEWORK_STATE_HELD);

constexpr HomeworkMove kMoves[] = {
    {kDrafted, Step::kAccept, kDrafted | kProposed | kAgreed,
     "waits for a professional; with theirs it is open to all, or agreed"},
    {kProposed, Step::kAccept, kProposed | kAgreed | kHeld,
     "agreed with the last acceptance; held where people in it are apart by then"},
    {kHeld, Step::kAccept, kHeld | kAgreed | kProposed,
     "agreed with a professional's override; open again where somebody took their yes back"},
    {kCountered, Step::kAccept, kCountered | kProposed | kAgreed,
     "waits for a professional; with theirs it is open to all, or agreed"},
    {kDrafted | kProposed | kCountered | kHeld, Step::kDecline, kDeclined, "somebody said no"},
    {kDrafted, Step::kCounter, kDrafted | kProposed, "a member's stay a draft"},
    {kProposed | kCountered | kHeld, Step::kCounter, kProposed | kCountered,
     "a professional's are proposed, a member's wait for one"},
    {kDrafted | kProposed | kCountered | kHeld, Step::kWithdraw, kWithdrawn, "taken back"},
    {kAgreed, Step::kReport, kAgreed | kReported, "some, or every doer reported"},
    {kActive, Step::kReport, kActive | kReported, "some, or every doer reported"},
    {kReported, Step::kReport, kReported, "somebody reported again"},
    {kExpired, Step::kReport, kExpired, "late, and kept"},
    {kHeld, Step::kReport, kHeld, "kept: it was not agreed"},
    {kAgreed | kActive | kReported | kExpired | kHeld, Step::kReview, kReviewed, "talked over"},
    {kAgreed, Step::kSession, kActive, "a session ended since"},
    {kAgreed | kActive | kReported, Step::kSession, kExpired,
     "two sessions began since it was due"},
    {kReviewed, Step::kSession, kClosed, "a later session was held"},
};

constexpr int kDoneAsAgreed = 4, kDoneDifferently = 3, kAttempted = 1;

std::string ShortName(v1::HomeworkState state) {
  return v1::HomeworkState_Name(state).substr(sizeof("HOMEWORK_STATE_") - 1);
}

std::string Indexed(std::string_view field, int index) {
  return std::string(field) + "[" + std::to_string(index) + "]";
}

void CheckPeople(std::string_view field,
                 const google::protobuf::RepeatedPtrField<std::string>& people,
                 const CaseView& view, Faults& faults) {
  std::set<std::string_view> seen;
  for (int i = 0; i < people.size(); ++i) {
    if (!Contains(view.members, people[i])) {
      faults.push_back({Indexed(field, i), "a member of the client system now"});
    }
    if (!seen.insert(people[i]).second) {
      faults.push_back({Indexed(field, i), "each member at most once"});
    }
  }
}

bool OwnsOrEndorses(const std::string& member, const v1::Goal& goal, const Work& work) {
  if (Contains(goal.owners(), member)) return true;
  const v1::Stance* stance = work.Stance(goal.name(), member);
  return stance != nullptr && stance->kind() == v1::STANCE_KIND_ENDORSES;
}

bool SomeGoalIsADoers(const v1::HomeworkTerms& terms, const Work& work) {
  return std::any_of(terms.goals().begin(), terms.goals().end(), [&](const v1::GoalLink& link) {
    const v1::Goal* goal = work.Goal(link.goal());
    return goal != nullptr && goal->state() == v1::GOAL_STATE_ACTIVE &&
           std::any_of(terms.doers().begin(), terms.doers().end(),
                       [&](const auto& doer) { return OwnsOrEndorses(doer, *goal, work); });
  });
}

// Each doer's newest report, in the order of the doers; shorter when some have not reported.
std::vector<const v1::HomeworkReport*> NewestReports(const v1::Homework& homework) {
  std::vector<const v1::HomeworkReport*> newest;
  for (const std::string& doer : homework.terms().doers()) {
    const v1::HomeworkReport* report = nullptr;
    for (const v1::HomeworkReport& one : homework.reports()) {
      if (one.doer() == doer) report = &one;
    }
    if (report != nullptr) newest.push_back(report);
  }
  return newest;
}

bool IsNamed(const v1::HomeworkTerms& terms, const std::string& person) {
  return Contains(terms.doers(), person) || Contains(terms.approvers(), person);
}

bool NamesAnObstacleOutside(const v1::HomeworkReport& report) {
  return std::any_of(report.obstacles().begin(), report.obstacles().end(), [](int obstacle) {
    return obstacle == v1::OBSTACLE_OTHER_REFUSED || obstacle == v1::OBSTACLE_FELT_UNSAFE ||
           obstacle == v1::OBSTACLE_CRISIS || obstacle == v1::OBSTACLE_LACK_OF_RESOURCE;
  });
}

}  // namespace

std::span<const HomeworkMove> HomeworkMoves() { return kMoves; }

std::string HomeworkLifeDot() {
  std::string dot = "digraph homework {\n  rankdir=LR;\n";
  for (const HomeworkMove& move : kMoves) {
    for (int from = 1; from < v1::HomeworkState_ARRAYSIZE; ++from) {
      for (int to = 1; to < v1::HomeworkState_ARRAYSIZE; ++to) {
        if ((move.from >> from & 1u) == 0 || (move.to >> to & 1u) == 0) continue;
        dot += "  " + ShortName(static_cast<v1::HomeworkState>(from)) + " -> " +
               ShortName(static_cast<v1::HomeworkState>(to)) + " [label=\"" +
               std::string(kHomeworkStepNames[static_cast<std::size_t>(move.step)]) + ": " +
               move.meaning + "\"];\n";
      }
    }
  }
  return dot + "}\n";
}

bool IsMove(v1::HomeworkState from, HomeworkStep step, v1::HomeworkState to) {
  return std::any_of(std::begin(kMoves), std::end(kMoves), [&](const HomeworkMove& move) {
    return move.step == step && (move.from & Bit(from)) != 0 && (move.to & Bit(to)) != 0;
  });
}

bool MayTake(v1::HomeworkState from, HomeworkStep step) {
  return std::any_of(std::begin(kMoves), std::end(kMoves), [&](const HomeworkMove& move) {
    return move.step == step && (move.from & Bit(from)) != 0;
  });
}

std::vector<Unmet> UnmetForStep(const v1::Homework& homework, HomeworkStep step) {
  if (MayTake(homework.state(), step)) return {};
  std::string legal;
  for (int state = v1::HOMEWORK_STATE_DRAFTED; state < v1::HomeworkState_ARRAYSIZE; ++state) {
    // Not HELD, which members are told nothing of.
    if (state == v1::HOMEWORK_STATE_HELD) continue;
    if (!MayTake(static_cast<v1::HomeworkState>(state), step)) continue;
    legal += (legal.empty() ? "" : ", ") + ShortName(static_cast<v1::HomeworkState>(state));
  }
  return {{"ILLEGAL_TRANSITION", homework.name(), "it is " + legal}};
}

bool IsWaiting(v1::HomeworkState state) {
  return (Bit(state) & (kDrafted | kProposed | kCountered)) != 0;
}

bool HasReportOfAll(v1::HomeworkState state) { return (Bit(state) & kReported) != 0; }

bool IsOwed(v1::HomeworkState state) { return (Bit(state) & (kAgreed | kActive | kReported)) != 0; }

Faults FaultsOfTerms(const v1::HomeworkTerms& terms, const Actor& actor, const CaseView& view,
                     const std::vector<std::string>& visible_goals) {
  Faults faults;
  CheckPeople("doers", terms.doers(), view, faults);
  CheckPeople("approvers", terms.approvers(), view, faults);
  for (int i = 0; i < terms.approvers_size(); ++i) {
    const std::string& approver = terms.approvers(i);
    if (Contains(terms.doers(), approver)) {
      faults.push_back(
          {Indexed("approvers", i), "somebody who doesn't do it: doers accept anyway"});
    }
    if (Contains(view.minors, approver)) {
      faults.push_back({Indexed("approvers", i), "an adult"});
    }
  }
  if (!actor.is_professional && !Contains(terms.doers(), actor.person) &&
      !Contains(terms.approvers(), actor.person)) {
    faults.push_back({"doers", "the member who proposes it among them, or among the approvers"});
  }
  if (Micros(terms.due_time()) <= view.now_us) faults.push_back({"due_time", "in the future"});
  std::set<std::string_view> seen;
  for (int i = 0; i < terms.goals_size(); ++i) {
    const std::string& goal = terms.goals(i).goal();
    if (!Contains(visible_goals, goal)) {
      faults.push_back({Indexed("goals", i) + ".goal", "a goal of the family"});
    }
    if (!seen.insert(goal).second) {
      faults.push_back({Indexed("goals", i) + ".goal", "each goal at most once"});
    }
  }
  return faults;
}

std::vector<Unmet> UnmetForAgreement(const v1::Homework& homework, const CaseView& view,
                                     const Work& work) {
  const v1::HomeworkTerms& terms = homework.terms();
  std::vector<Unmet> unmet;
  if (!view.open)
    unmet.push_back({"CASE_NOT_OPEN", view.family, "the case is opened first (TransitionFamily)"});
  const auto left = [&](const std::string& one) { return !Contains(view.members, one); };
  if (std::any_of(terms.doers().begin(), terms.doers().end(), left) ||
      std::any_of(terms.approvers().begin(), terms.approvers().end(), left)) {
    unmet.push_back({"MEMBER_LEFT", "", "doers and approvers are in the client system"});
  }
  if (Micros(terms.due_time()) <= view.now_us) {
    unmet.push_back({"DUE_TIME_PASSED", homework.name(), "terms that are due in the future"});
  }
  for (const v1::GoalLink& link : terms.goals()) {
    const v1::Goal* goal = work.Goal(link.goal());
    if (goal == nullptr || goal->state() != v1::GOAL_STATE_ACTIVE) {
      unmet.push_back({"GOAL_NOT_ACTIVE", link.goal(),
                       "every owner endorses or accepts the goal, "
                       "and it has not ended"});
    }
  }
  if (!SomeGoalIsADoers(terms, work)) {
    unmet.push_back({"GOAL_NOT_OF_A_DOER", homework.name(),
                     "some linked active goal is owned or endorsed by somebody who does it"});
  }
  if (LacksOverride(homework, view)) {
    unmet.push_back(
        {"NOT_AVAILABLE_TOGETHER", "", "the clinician arranges it (together_override)"});
  }
  return unmet;
}

bool NeedsOverride(const v1::HomeworkTerms& terms, const CaseView& view) {
  return std::any_of(view.separated.begin(), view.separated.end(), [&](const auto& pair) {
    return IsNamed(terms, pair.first) && IsNamed(terms, pair.second);
  });
}

bool LacksOverride(const v1::Homework& homework, const CaseView& view) {
  return NeedsOverride(homework.terms(), view) && !homework.has_together_override();
}

std::int64_t RemindFromUs(const v1::Homework& homework, const CaseView& view) {
  const v1::HomeworkTerms& terms = homework.terms();
  std::int64_t from_us = Micros(terms.due_time());
  if (homework.has_together_override()) return from_us;
  for (const CaseView::Reunion& pair : view.reunited) {
    if (IsNamed(terms, pair.first) && IsNamed(terms, pair.second)) {
      from_us = std::max(from_us, pair.until_us);
    }
  }
  return from_us;
}

std::vector<std::string> PendingMembers(const v1::Homework& homework) {
  std::vector<std::string> pending;
  const auto add_pending = [&](const auto& people) {
    for (const std::string& person : people) {
      const bool accepted =
          std::any_of(homework.responses().begin(), homework.responses().end(),
                      [&](const auto& one) { return one.responder() == person && one.accepted(); });
      if (!accepted) pending.push_back(person);
    }
  };
  add_pending(homework.terms().doers());
  add_pending(homework.terms().approvers());
  return pending;
}

bool HasProfessionalsAcceptance(const v1::Homework& homework) {
  return std::any_of(homework.responses().begin(), homework.responses().end(), [](const auto& one) {
    return one.accepted() && one.responder().starts_with("professionals/");
  });
}

void SetTerms(const v1::HomeworkTerms& terms, const Actor& actor, std::int64_t now_us,
              internal::v1::StoredHomework* stored) {
  v1::Homework& homework = *stored->mutable_homework();
  if (homework.terms_revision() == 0) {
    stored->set_first_proposed_by(actor.person);
    stored->set_proposed_us(now_us);
  }
  *homework.mutable_terms() = terms;
  homework.set_terms_revision(homework.terms_revision() + 1);
  const bool draft =
      homework.terms_revision() == 1 || homework.state() == v1::HOMEWORK_STATE_DRAFTED;
  homework.set_state(draft ? v1::HOMEWORK_STATE_DRAFTED : v1::HOMEWORK_STATE_COUNTERED);
  homework.set_proposed_by(actor.person);
  homework.clear_responses();
  homework.clear_together_override();
  v1::HomeworkResponse response;
  response.set_responder(actor.person);
  response.set_accepted(true);
  response.set_terms_revision(homework.terms_revision());
  response.set_recorded_for_responder(actor.RecordedFor());
  *response.mutable_respond_time() = Timestamp(now_us);
  PutResponse(response, &homework);
}

void PutResponse(const v1::HomeworkResponse& response, v1::Homework* homework) {
  auto& all = *homework->mutable_responses();
  all.erase(
      std::remove_if(all.begin(), all.end(),
                     [&](const auto& one) { return one.responder() == response.responder(); }),
      all.end());
  *all.Add() = response;
}

void MoveOnAcceptance(const Actor& actor, const std::vector<Unmet>& unmet_for_agreement,
                      std::int64_t now_us, internal::v1::StoredHomework* stored) {
  v1::Homework& homework = *stored->mutable_homework();
  if (actor.is_professional) {
    const auto release = [&](const auto& people) {
      for (const std::string& person : people) {
        if (!Contains(stored->released_to(), person)) stored->add_released_to(person);
      }
    };
    release(homework.terms().doers());
    release(homework.terms().approvers());
    homework.set_state(v1::HOMEWORK_STATE_PROPOSED);
  }
  // A draft or a counter waits for a professional, whoever else accepts it.
  if (homework.state() != v1::HOMEWORK_STATE_PROPOSED) return;
  if (!HasProfessionalsAcceptance(homework) || !PendingMembers(homework).empty()) return;
  if (!unmet_for_agreement.empty()) {
    // Where nothing else stands against it, a member's answer must not tell: see DECISIONS.md, 17.
    const bool apart_only = std::ranges::all_of(
        unmet_for_agreement, [](const Unmet& one) { return one.type == "NOT_AVAILABLE_TOGETHER"; });
    if (apart_only) homework.set_state(v1::HOMEWORK_STATE_HELD);
    return;
  }
  homework.set_state(v1::HOMEWORK_STATE_AGREED);
  *homework.mutable_agree_time() = Timestamp(now_us);
}

Faults FaultsOfReport(const v1::HomeworkReport& report, const v1::Homework& homework) {
  Faults faults;
  if (!Contains(homework.terms().doers(), report.doer())) {
    faults.push_back({"doer", "somebody who does it"});
  }
  std::set<int> seen;
  for (int i = 0; i < report.obstacles_size(); ++i) {
    if (report.obstacles(i) == v1::OBSTACLE_UNSPECIFIED ||
        !seen.insert(report.obstacles(i)).second) {
      faults.push_back({Indexed("obstacles", i), "an obstacle, each at most once"});
    }
  }
  return faults;
}

Faults FaultsOfReview(const v1::HomeworkReview& review, const v1::Homework& homework,
                      const std::vector<HeldSession>& sessions) {
  const std::int64_t agreed_us = Micros(homework.agree_time());
  const bool earlier = std::any_of(sessions.begin(), sessions.end(), [&](const HeldSession& one) {
    return one.name == review.session() && one.ended_us <= agreed_us;
  });
  return earlier ? Faults{{"session", "one that ended after the homework was agreed"}} : Faults{};
}

v1::HomeworkState StateOfReports(const v1::Homework& homework) {
  const auto reports = NewestReports(homework);
  if (static_cast<int>(reports.size()) < homework.terms().doers_size()) {
    return homework.state();
  }
  const auto all = [&](auto holds) { return std::all_of(reports.begin(), reports.end(), holds); };
  if (all([](const auto* one) { return one->completion() >= kDoneAsAgreed; })) {
    return v1::HOMEWORK_STATE_DONE;
  }
  if (all([](const auto* one) { return one->completion() >= kDoneDifferently; })) {
    return v1::HOMEWORK_STATE_CHANGED;
  }
  if (!all([](const auto* one) { return one->completion() <= kAttempted; })) {
    return v1::HOMEWORK_STATE_PARTLY;
  }
  return all([](const auto* one) { return !NamesAnObstacleOutside(*one); })
             ? v1::HOMEWORK_STATE_NOT_DONE
             : v1::HOMEWORK_STATE_BLOCKED;
}

int MissesBefore(const v1::Homework& homework, const Work& work) {
  const v1::Homework* before = work.Homework(homework.repeats());
  return before == nullptr ? 0 : before->misses_in_row();
}

bool AskAgreement(const v1::Homework& homework, const Work& work) {
  if (homework.has_review()) return homework.misses_in_row() >= 2;
  return homework.state() == v1::HOMEWORK_STATE_NOT_DONE && MissesBefore(homework, work) >= 1;
}

bool Counts(const HeldSession& session, const v1::Homework& homework) {
  const auto& doers = homework.terms().doers();
  return session.invited.empty() ||
         std::all_of(doers.begin(), doers.end(),
                     [&](const std::string& doer) { return Contains(session.invited, doer); });
}

v1::HomeworkState StateAfterSessions(const v1::Homework& homework,
                                     const std::vector<HeldSession>& sessions) {
  const auto some = [&](auto holds) {
    return std::any_of(sessions.begin(), sessions.end(),
                       [&](const HeldSession& one) { return Counts(one, homework) && holds(one); });
  };
  const v1::HomeworkState state = homework.state();
  if (state == v1::HOMEWORK_STATE_REVIEWED) {
    const std::int64_t review_us = Micros(homework.review().review_time());
    const bool later = some([&](const HeldSession& one) {
      return one.started_us > review_us && one.name != homework.review().session();
    });
    return later ? v1::HOMEWORK_STATE_CLOSED : state;
  }
  if (!IsOwed(state)) return state;
  const std::int64_t due_us = Micros(homework.terms().due_time());
  const auto since_due = std::count_if(sessions.begin(), sessions.end(), [&](const auto& one) {
    return Counts(one, homework) && one.started_us >= due_us;
  });
  if (since_due >= 2) return v1::HOMEWORK_STATE_EXPIRED;
  const std::int64_t agreed_us = Micros(homework.agree_time());
  const bool ended = some([&](const HeldSession& one) { return one.ended_us > agreed_us; });
  return ended && state == v1::HOMEWORK_STATE_AGREED ? v1::HOMEWORK_STATE_ACTIVE : state;
}

}  // namespace rapport::goals
