// How the members of one family rated one session: level, spread, who is lowest.
//
// Called for reports to clinicians. An aggregate over members: never for a member. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace rapport::alliance {

struct SessionStats {
  int n = 0;  // members with a defined score
  std::optional<double> mean;
  std::optional<double> sd;  // n - 1; absent for one rater
  std::optional<double> min;
  std::optional<double> max;
  std::optional<double> gap;          // max - min; 0 for one rater
  std::optional<std::size_t> lowest;  // index into the scores; the first of equals
  std::optional<double> change;       // of the mean since the session before
};

// `scores` in the order of the members, absent where not defined. `previous_mean` is the mean of
// the session before, absent for the first or where it had none. Two scores that differ by less
// than 1e-9 of their size are equal: they differ by how they were added, not by an answer.
SessionStats StatsOf(std::span<const std::optional<double>> scores,
                     std::optional<double> previous_mean);

}  // namespace rapport::alliance
