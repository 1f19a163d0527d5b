// Report: a trial's results as a table for people and as JSON for programs.
//
// Every share stands with numerator, denominator and its 95 % interval over the seeds. Pure.
#pragma once

#include "bench/signals/trial.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace rapport::bench {

// Which detectors the targets speak of, by their place.
struct Roles {
  std::size_t above = 0, below = 0;  // bounds of the best possible
  std::size_t drop = 0, market = 0;
  int raised = -1;          // as the service raises, under the assumed figures; -1: none
  int raised_learned = -1;  // .. under those fitted to an agency's first families; -1: none
  int method =
      -1;  // by its posteriors, under the assumed figures, as a new agency has it; -1: none
  int learned = -1;  // under those fitted to an agency's first families; -1: none
};

// An estimate over all seeds; from `low` to `high` in 95 of 100 repetitions, by Student's t over
// the seeds' own.
struct Estimate {
  double numerator = 0, denominator = 0;
  double value = 0, low = 0, high = 0;
};
// Of sums over `Counts`. A seed without a denominator does not count.
Estimate Over(const std::vector<std::pair<double, double>>& seeds);
// Of a ratio of two detectors' shares, both found on the same families.
Estimate RatioOver(const std::vector<std::pair<double, double>>& numerators,
                   const std::vector<std::pair<double, double>>& denominators);

struct Target {
  std::string what;
  double value = 0, low = 0, high = 0, bound = 0;
  bool at_least = true;
  bool Met() const { return at_least ? value >= bound : value <= bound; }
};
// The targets of issue 4: of what the service raises, then of the method's posteriors, first as a
// new agency has it; none without one.
std::vector<Target> Targets(const Parameters& parameters, const Trial& trial, const Roles& roles);

std::string Table(const Parameters& parameters, const Trial& trial, const Roles& roles);
nlohmann::json Json(const Parameters& parameters, const Trial& trial, const Roles& roles);

// Where the method finds less than the best possible: shares by what the events were like.
std::string Breakdown(const Trial& trial, std::size_t best, std::size_t method);

}  // namespace rapport::bench
