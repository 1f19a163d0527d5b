#include "alliance/goal_ends.h"

#include "platform/schema/times.h"

#include <algorithm>
#include <array>
#include <limits>

namespace rapport::alliance {
namespace {

using View = internal::v1::EndedGoal::View;

GoalTurn TurnOf(const View& view) {
  const double change = view.newest_outcome() - view.first_outcome();
  if (change >= view.reliable_change()) return GoalTurn::kImproved;
  return change <= -view.reliable_change() ? GoalTurn::kWorse : GoalTurn::kUnchanged;
}

template <typename Shown>
void ShowWindow(const PublishedWindow& window, Shown& shown) {
  if (window.after_us != std::numeric_limits<std::int64_t>::min()) {
    *shown.mutable_recorded_after_time() = schema::ToTimestamp(window.after_us);
  }
  *shown.mutable_recorded_until_time() = schema::ToTimestamp(window.end_us);
}

double Share(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void KeepEndedGoal(const internal::v1::WorkChanged& told, std::int64_t now_us,
                   internal::v1::StoredWork& work) {
  if (!told.has_ended() || told.ended().views().empty()) return;
  const bool known = std::ranges::any_of(
      work.ended(), [&](const auto& one) { return one.goal().goal() == told.ended().goal(); });
  if (known) return;
  auto& ended = *work.add_ended();
  *ended.mutable_goal() = told.ended();
  ended.set_recorded_us(now_us);
}

void GoalEnds::Add(const internal::v1::StoredWork& work) {
  for (const auto& ended : work.ended()) {
    for (const View& view : ended.goal().views()) {
      GoalEnd& end = ends_.emplace_back(
          GoalEnd{.recorded_us = ended.recorded_us(), .person = people_.Of(view.member())});
      if (view.has_first_outcome() && view.has_newest_outcome()) {
        end.outcome = GoalEnd::Outcome{.first = static_cast<double>(view.first_outcome()),
                                       .newest = static_cast<double>(view.newest_outcome()),
                                       .turn = TurnOf(view)};
      }
      if (view.has_newest_level()) end.level = view.newest_level();
    }
  }
}

std::vector<Contribution> GoalEnds::Outcomes() const {
  std::vector<Contribution> all;
  for (const GoalEnd& end : ends_) {
    if (!end.outcome) continue;
    const GoalTurn turn = end.outcome->turn;
    all.push_back({.at_us = end.recorded_us,
                   .person = end.person,
                   .answered = turn == GoalTurn::kImproved,
                   .part = static_cast<std::uint8_t>(turn)});
  }
  std::ranges::sort(all, {}, &Contribution::at_us);
  return all;
}

std::vector<Contribution> GoalEnds::Levels() const {
  std::vector<Contribution> all;
  for (const GoalEnd& end : ends_) {
    if (!end.level) continue;
    all.push_back({.at_us = end.recorded_us, .person = end.person, .answered = *end.level >= 0});
  }
  std::ranges::sort(all, {}, &Contribution::at_us);
  return all;
}

std::optional<v1::GoalOutcomes> GoalEnds::ShowOutcomes(
    const std::optional<PublishedWindow>& window,
    const std::optional<PublishedWindow>& divided) const {
  if (!window) return std::nullopt;
  std::int64_t outcomes = 0, improved = 0, apart = 0;
  std::array<std::int64_t, 3> turns{};
  double first = 0, newest = 0;
  for (const GoalEnd& end : ends_) {
    if (!end.outcome) continue;
    if (window->Contains(end.recorded_us)) {
      ++outcomes;
      improved += end.outcome->turn == GoalTurn::kImproved ? 1 : 0;
      first += end.outcome->first;
      newest += end.outcome->newest;
    }
    if (divided && divided->Contains(end.recorded_us)) {
      ++apart;
      ++turns.at(static_cast<std::size_t>(end.outcome->turn));
    }
  }
  if (outcomes == 0) return std::nullopt;
  v1::GoalOutcomes shown;
  ShowWindow(*window, shown);
  shown.set_outcomes(outcomes);
  shown.set_improved_share(Share(improved, outcomes));
  shown.set_first_mean(first / static_cast<double>(outcomes));
  shown.set_newest_mean(newest / static_cast<double>(outcomes));
  if (apart == 0) return shown;
  const auto share = [&](GoalTurn turn) {
    return Share(turns.at(static_cast<std::size_t>(turn)), apart);
  };
  v1::GoalChange& change = *shown.mutable_change();
  ShowWindow(*divided, change);
  change.set_outcomes(apart);
  change.set_improved_share(share(GoalTurn::kImproved));
  change.set_unchanged_share(share(GoalTurn::kUnchanged));
  change.set_worse_share(share(GoalTurn::kWorse));
  return shown;
}

std::optional<v1::GoalLevels> GoalEnds::ShowLevels(
    const std::optional<PublishedWindow>& window) const {
  if (!window) return std::nullopt;
  std::int64_t levels = 0, expected = 0;
  for (const GoalEnd& end : ends_) {
    if (!end.level || !window->Contains(end.recorded_us)) continue;
    ++levels;
    expected += *end.level >= 0 ? 1 : 0;
  }
  if (levels == 0) return std::nullopt;
  v1::GoalLevels shown;
  ShowWindow(*window, shown);
  shown.set_levels(levels);
  shown.set_expected_share(Share(expected, levels));
  return shown;
}

}  // namespace rapport::alliance
