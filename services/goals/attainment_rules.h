// How far goals are reached: the T-score of goal attainment scaling and the change of goal-based
// outcomes, and what a scale or a rating must be. Pure: messages and numbers in, faults and scores
// out.
#pragma once

#include "goals/values.h"

#include <rapport/goals/v1/attainment.pb.h>
#include <rapport/goals/v1/progress.pb.h>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace rapport::goals {

inline constexpr double kUsualRho = 0.3;

// One goal of a T-score.
struct WeightedLevel {
  double weight = 1;  // 0 or more; 0: it drops out
  double level = 0;   // -2 to 2
};

// T = 50 + 10 * sum(w x) / sqrt((1 - rho) * sum(w^2) + rho * sum(w)^2), rho in [0, 1). Kiresuk and
// Sherman 1968; the guide of Turner-Stokes 2009 prints it wrongly and is corrected by its erratum.
// 50 when every level is 0, whatever the weights; the same when all weights are multiplied by one
// number; with rho = 0 and n equal weights 50 + 10 * sum(x) / sqrt(n). Nullopt: no weight is above
// 0.
std::optional<double> TScore(std::span<const WeightedLevel> goals, double rho);

// Outcomes of one goal, 0 to 10.
struct OutcomePair {
  double first = 0;
  double newest = 0;
};
// |change| that is more than chance: 2.45 for the mean of two or three goals (Edbrooke-Childs et
// al. 2015, parents' ratings), 3 for a single goal (the rounded rule of thumb). 0 goals: 0.
double ReliableOutcomeChange(int goals);
// Means and change of goals rated twice or more. Without any: no mean, no change, not reliable.
v1::GoalOutcome OutcomeOf(std::span<const OutcomePair> goals);

// Levels without repeats, in different words, 0 among them.
Faults FaultsOfScale(const v1::AttainmentScale& scale);
// It says something; a session is the caller's to check.
Faults FaultsOfRating(const v1::GoalRating& rating);
// GOAL_NOT_ACTIVE; NO_ATTAINMENT_SCALE for a level.
std::vector<Unmet> UnmetForRating(const v1::Goal& goal, const v1::GoalRating& rating);
// SCALE_IN_USE: a member's when there is one, a professional's when some rating has a level of it.
std::vector<Unmet> UnmetForScale(const v1::Goal& goal, const Actor& actor,
                                 const std::vector<const v1::GoalRating*>& ratings);

// A member's ratings are theirs and professionals' to see, professionals' are professionals'.
bool MaySee(const Onlooker& who, const v1::GoalRating& rating);

// Goals that count for `rater` (a member's name; empty: the professionals together): not succeeded,
// not a mistake, the member's own. In the order they became active.
std::vector<const v1::Goal*> GoalsThatCount(const Work& work, std::string_view rater);
// `ratings` are of the family, oldest first. Nullopt: `rater` rated none of the goals that count.
std::optional<v1::Attainment> AttainmentOf(const Work& work, std::string_view rater,
                                           const std::vector<const v1::GoalRating*>& ratings,
                                           double rho);

// What `owner` (a member's name) rated of one goal, at its end.
struct EndView {
  std::string owner;
  std::optional<OutcomePair> outcome;  // rated two times or more
  std::optional<int> newest_level;
};
// Of owners who have one of the two. `ratings` are of the family, oldest first.
std::vector<EndView> ViewsAtEnd(const v1::Goal& goal,
                                const std::vector<const v1::GoalRating*>& ratings);

}  // namespace rapport::goals
