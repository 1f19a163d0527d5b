// What alliance keeps of goals that ended, and what figures of an agency are made of it.
//
// Filled by the event handler, read for GetAgencyInsight. An end is told once and never changes
// (goals refuses ratings of a closed goal), so what was published of it stays true. Pure; not
// thread-safe.
#pragma once

#include "alliance/insight_rows.h"
#include "alliance/publication.h"

#include <rapport/alliance/v1/insight.pb.h>
#include <rapport/internal/v1/alliance_records.pb.h>
#include <rapport/internal/v1/event.pb.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace rapport::alliance {

// Adds the goal whose end `told` tells, if it does and nobody told it before.
void KeepEndedGoal(const internal::v1::WorkChanged& told, std::int64_t now_us,
                   internal::v1::StoredWork& work);

// How a goal-based outcome changed. The numbers are those of Contribution::part.
enum class GoalTurn : std::uint8_t { kUnchanged = 0, kWorse = 1, kImproved = 2 };

// One goal as one owner saw it at its end.
struct GoalEnd {
  std::int64_t recorded_us = 0;
  std::uint32_t person = 0;
  // Outcomes, 0 to 10; nullopt: rated fewer than two times.
  struct Outcome {
    double first = 0, newest = 0;
    GoalTurn turn = GoalTurn::kUnchanged;
  };
  std::optional<Outcome> outcome;
  std::optional<int> level;  // -2 to 2
};

class GoalEnds {
 public:
  void Add(const internal::v1::StoredWork& work);

  // By time. Answered: improved reliably.
  std::vector<Contribution> Outcomes() const;
  // By time. Answered: as expected or better.
  std::vector<Contribution> Levels() const;

  // Of the outcomes of `window`, and of those of `divided` told apart. Both nullopt: none.
  std::optional<v1::GoalOutcomes> ShowOutcomes(const std::optional<PublishedWindow>& window,
                                               const std::optional<PublishedWindow>& divided) const;
  std::optional<v1::GoalLevels> ShowLevels(const std::optional<PublishedWindow>& window) const;

 private:
  Numbers people_;
  std::vector<GoalEnd> ends_;
};

}  // namespace rapport::alliance
