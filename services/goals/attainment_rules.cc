#include "goals/attainment_rules.h"

#include <cmath>
#include <set>

namespace rapport::goals {
namespace {

using Ratings = std::vector<const v1::GoalRating*>;

constexpr double kMeanT = 50, kDeviationT = 10;
constexpr std::size_t kOutcomeGoals = 3;
constexpr double kReliableMean = 2.45, kReliableSingle = 3;

// What counts as `rater`'s: their own, or any professional's.
bool IsOf(std::string_view rater, const v1::GoalRating& rating) {
  return rater.empty() ? rating.rater().starts_with("professionals/") : rating.rater() == rater;
}

double WeightOf(const v1::Goal& goal) {
  const v1::AttainmentScale& scale = goal.attainment_scale();
  return scale.has_weight() ? scale.weight() : 1;
}

std::optional<double> NewestLevel(const v1::Goal& goal, std::string_view rater,
                                  const Ratings& ratings) {
  std::optional<double> level;
  for (const v1::GoalRating* one : ratings) {
    if (one->goal() == goal.name() && one->has_level() && IsOf(rater, *one)) level = one->level();
  }
  return level;
}

void AddTScores(const std::vector<const v1::Goal*>& goals, std::string_view rater,
                const Ratings& ratings, v1::Attainment& attainment) {
  std::vector<WeightedLevel> now, before;
  bool every_baseline = true;
  for (const v1::Goal* goal : goals) {
    const double weight = WeightOf(*goal);
    if (!goal->has_attainment_scale() || weight <= 0) continue;
    attainment.set_goals_set(attainment.goals_set() + 1);
    const auto level = NewestLevel(*goal, rater, ratings);
    if (!level) continue;
    attainment.set_goals_rated(attainment.goals_rated() + 1);
    now.push_back({weight, *level});
    before.push_back({weight, static_cast<double>(goal->attainment_scale().baseline())});
    every_baseline = every_baseline && goal->attainment_scale().has_baseline();
  }
  const auto t_score = TScore(now, attainment.rho());
  if (!t_score) return;
  attainment.set_t_score(*t_score);
  if (!every_baseline) return;
  attainment.set_baseline_t_score(*TScore(before, attainment.rho()));
  attainment.set_t_change(*t_score - attainment.baseline_t_score());
}

// False: none of the goals has an outcome.
bool AddOutcome(const std::vector<const v1::Goal*>& goals, std::string_view rater,
                const Ratings& ratings, v1::Attainment& attainment) {
  std::size_t with_outcome = 0;
  std::vector<OutcomePair> pairs;
  for (const v1::Goal* goal : goals) {
    std::vector<double> outcomes;
    for (const v1::GoalRating* one : ratings) {
      if (one->goal() != goal->name() || !one->has_outcome() || !IsOf(rater, *one)) continue;
      outcomes.push_back(one->outcome());
    }
    if (outcomes.empty()) continue;
    if (++with_outcome > kOutcomeGoals) break;
    if (outcomes.size() >= 2) pairs.push_back({outcomes.front(), outcomes.back()});
  }
  if (with_outcome == 0) return false;
  *attainment.mutable_outcome() = OutcomeOf(pairs);
  return true;
}

}  // namespace

std::optional<double> TScore(std::span<const WeightedLevel> goals, double rho) {
  double weighted = 0, sum = 0, squares = 0;
  for (const WeightedLevel& goal : goals) {
    weighted += goal.weight * goal.level;
    sum += goal.weight;
    squares += goal.weight * goal.weight;
  }
  if (sum <= 0) return std::nullopt;
  return kMeanT + kDeviationT * weighted / std::sqrt((1 - rho) * squares + rho * sum * sum);
}

double ReliableOutcomeChange(int goals) {
  if (goals == 0) return 0;
  return goals == 1 ? kReliableSingle : kReliableMean;
}

v1::GoalOutcome OutcomeOf(std::span<const OutcomePair> goals) {
  v1::GoalOutcome outcome;
  outcome.set_goals(static_cast<int>(goals.size()));
  outcome.set_threshold(ReliableOutcomeChange(outcome.goals()));
  if (goals.empty()) return outcome;
  double first = 0, newest = 0;
  for (const OutcomePair& goal : goals) {
    first += goal.first;
    newest += goal.newest;
  }
  const auto n = static_cast<double>(goals.size());
  outcome.set_first_mean(first / n);
  outcome.set_newest_mean(newest / n);
  outcome.set_change((newest - first) / n);
  outcome.set_reliable(std::fabs(outcome.change()) >= outcome.threshold());
  return outcome;
}

Faults FaultsOfScale(const v1::AttainmentScale& scale) {
  Faults faults;
  std::set<int> levels;
  std::set<std::string_view> words;
  for (int i = 0; i < scale.levels_size(); ++i) {
    const std::string field = "levels[" + std::to_string(i) + "]";
    if (!levels.insert(scale.levels(i).level()).second) {
      faults.push_back({field + ".level", "each level at most once"});
    }
    if (!words.insert(scale.levels(i).words()).second) {
      faults.push_back({field + ".words", "other words than the other levels have"});
    }
  }
  if (!levels.contains(0)) faults.push_back({"levels", "level 0, as expected, among them"});
  return faults;
}

Faults FaultsOfRating(const v1::GoalRating& rating) {
  if (rating.has_level() || rating.has_outcome()) return {};
  return {{"level", "a level, an outcome, or both"}};
}

std::vector<Unmet> UnmetForRating(const v1::Goal& goal, const v1::GoalRating& rating) {
  std::vector<Unmet> unmet;
  if (goal.state() != v1::GOAL_STATE_ACTIVE) {
    unmet.push_back({"GOAL_NOT_ACTIVE", goal.name(),
                     "every owner endorses or accepts the goal, and it has not ended"});
  }
  if (rating.has_level() && !goal.has_attainment_scale()) {
    unmet.push_back(
        {"NO_ATTAINMENT_SCALE", goal.name(), "its levels are set (SetAttainmentScale)"});
  }
  return unmet;
}

std::vector<Unmet> UnmetForScale(const v1::Goal& goal, const Actor& actor, const Ratings& ratings) {
  const bool rated = std::any_of(ratings.begin(), ratings.end(), [&](const auto* one) {
    return one->goal() == goal.name() && one->has_level();
  });
  // Whether somebody else rated is not for members to learn.
  const bool in_use = actor.called_by_professional ? rated : goal.has_attainment_scale();
  if (!in_use) return {};
  return {{"SCALE_IN_USE", goal.name(), "another goal takes its place (SucceedGoal)"}};
}

bool MaySee(const Onlooker& who, const v1::GoalRating& rating) {
  return who.IsMember() ? who.Is(rating.rater()) : who.kind == Onlooker::Kind::kProfessional;
}

std::vector<const v1::Goal*> GoalsThatCount(const Work& work, std::string_view rater) {
  std::vector<const v1::Goal*> goals;
  for (const v1::Goal* goal : work.goals) {
    if (!goal->has_activate_time() || goal->state() == v1::GOAL_STATE_SUCCEEDED ||
        goal->ending() == v1::GOAL_ENDING_MISTAKEN) {
      continue;
    }
    if (rater.empty() || Contains(goal->owners(), rater)) goals.push_back(goal);
  }
  return InOrderOf(std::move(goals), [](const auto* one) { return Micros(one->activate_time()); });
}

std::optional<v1::Attainment> AttainmentOf(const Work& work, std::string_view rater,
                                           const Ratings& ratings, double rho) {
  v1::Attainment attainment;
  attainment.set_rater(std::string(rater));
  attainment.set_rho(rho);
  const auto goals = GoalsThatCount(work, rater);
  AddTScores(goals, rater, ratings, attainment);
  const bool has_outcome = AddOutcome(goals, rater, ratings, attainment);
  if (attainment.goals_rated() == 0 && !has_outcome) return std::nullopt;
  return attainment;
}

std::vector<EndView> ViewsAtEnd(const v1::Goal& goal, const Ratings& ratings) {
  std::vector<EndView> views;
  for (const std::string& owner : goal.owners()) {
    EndView view{.owner = owner, .outcome = {}, .newest_level = {}};
    std::optional<double> first;
    for (const v1::GoalRating* one : ratings) {
      if (one->goal() != goal.name() || one->rater() != owner) continue;
      if (one->has_level()) view.newest_level = one->level();
      if (!one->has_outcome()) continue;
      if (first) view.outcome = OutcomePair{*first, static_cast<double>(one->outcome())};
      if (!first) first = one->outcome();
    }
    if (view.outcome || view.newest_level) views.push_back(std::move(view));
  }
  return views;
}

}  // namespace rapport::goals
