// The targets of issue 4, and where the method loses against the best possible.
#include "bench/signals/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace rapport::bench {
namespace {

using Pairs = std::vector<std::pair<double, double>>;

Pairs Found(const Performance& performance, int from, int to) {
  Pairs pairs;
  for (const auto& seed : performance.seeds) {
    Counts sum;
    for (int kind = from; kind < to; ++kind) sum.Add(seed[static_cast<std::size_t>(kind)]);
    pairs.emplace_back(sum.found_1, sum.events);
  }
  return pairs;
}

Pairs FalseRuptures(const Performance& performance) {
  Pairs pairs;
  for (const auto& seed : performance.seeds) {
    pairs.emplace_back(seed[0].false_alarms, seed[0].quiet);
  }
  return pairs;
}

Target AtLeast(std::string what, const Estimate& estimate, double bound) {
  return {std::move(what), estimate.value, estimate.low, estimate.high, bound, true};
}

const char* FocusName(const EventFacts& event) {
  constexpr const char* kNames[] = {"task", "goal", "bond", "all"};
  return kNames[event.focus];
}

std::string Before(int rated) {
  if (rated <= 2) return "0-2";
  if (rated <= 4) return "3-4";
  return rated <= 8 ? "5-8" : "9-";
}

// Beside the best possible, which raises as many false alarms as the file says.
void AddFound(const Parameters& parameters, const Trial& trial, const Roles& roles,
              std::size_t method, std::vector<Target>& targets) {
  const Performance& own = trial.at_target[method];
  for (const auto& [best, name] :
       {std::pair(roles.above, "the bound above"), std::pair(roles.below, "the bound below")}) {
    const Performance& other = trial.at_target[best];
    targets.push_back(
        AtLeast(fmt::format("found of what the best possible finds ({}) at {:g} per 100, pooled",
                            name, parameters.false_alarms_per_100),
                RatioOver(Found(own, 0, kKinds), Found(other, 0, kKinds)), 0.9));
    for (int kind = 0; kind < kKinds; ++kind) {
      targets.push_back(AtLeast(fmt::format("  .. {}", NameOf(static_cast<Kind>(kind))),
                                RatioOver(Found(own, kind, kind + 1), Found(other, kind, kind + 1)),
                                0.8));
    }
  }
}

void PutName(const std::string& name, std::size_t first, std::vector<Target>& targets) {
  for (std::size_t i = first; i < targets.size(); ++i) {
    targets[i].what = fmt::format("{}: {}", name, targets[i].what);
  }
}

// What the service raises, at its own rates of false alarms.
void AddRaised(const Parameters& parameters, const Trial& trial, const Roles& roles,
               std::size_t raised, std::vector<Target>& targets) {
  const std::size_t first = targets.size();
  AddFound(parameters, trial, roles, raised, targets);
  const Performance& own = trial.at_target[raised];
  PutName(fmt::format("{} ({:.1f}, {:.1f}, {:.1f} per 100)", trial.detectors[raised].name,
                      own.Total(0).FalsePer100(), own.Total(2).FalsePer100(),
                      own.Total(3).FalsePer100()),
          first, targets);
}

// Of one detector that gives posteriors, named first.
void AddTargets(const Parameters& parameters, const Trial& trial, const Roles& roles,
                std::size_t method, std::vector<Target>& targets) {
  const std::size_t first = targets.size();
  AddFound(parameters, trial, roles, method, targets);
  const Performance& at_share = trial.at_share[method];
  const Performance& drop = trial.at_target[roles.drop];
  const Estimate ratio = RatioOver(FalseRuptures(at_share), FalseRuptures(drop));
  const Estimate share = Over(Found(at_share, 0, 2)), drops = Over(Found(drop, 0, 2));
  targets.push_back({fmt::format("false alarms of drop-since-last's, where both find ruptures "
                                 "({:.3f} and {:.3f})",
                                 share.value, drops.value),
                     ratio.value, ratio.low, ratio.high, 0.5, false});
  for (int claim = 0; claim < kClaims; ++claim) {
    const double error = trial.calibrations[method][static_cast<std::size_t>(claim)].error;
    targets.push_back({fmt::format("calibration error, {}", NameOf(static_cast<Claim>(claim))),
                       error, error, error, 0.05, false});
  }
  PutName(trial.detectors[method].name, first, targets);
}

}  // namespace

std::vector<Target> Targets(const Parameters& parameters, const Trial& trial, const Roles& roles) {
  std::vector<Target> targets;
  for (const int one : {roles.raised, roles.raised_learned}) {
    if (one < 0) continue;
    AddRaised(parameters, trial, roles, static_cast<std::size_t>(one), targets);
  }
  for (const int one : {roles.method, roles.learned}) {
    if (one < 0) continue;
    AddTargets(parameters, trial, roles, static_cast<std::size_t>(one), targets);
  }
  return targets;
}

std::string Breakdown(const Trial& trial, std::size_t best, std::size_t method) {
  struct Cell {
    int events = 0, best = 0, method = 0;
  };
  std::map<std::string, Cell> cells;
  for (const EventResult& event : trial.events) {
    const EventFacts& facts = event.facts;
    const auto found = [&](std::size_t detector) {
      return event.found_after[detector] >= 0 && event.found_after[detector] <= 1;
    };
    for (const std::string& what :
         {fmt::format("members {}", facts.members), fmt::format("helpers {}", facts.helpers),
          fmt::format("rated before {}", Before(facts.rated_before)),
          fmt::format("focus {}", FocusName(facts)), fmt::format("size {:.2f}", facts.size),
          fmt::format("form {}", facts.form->name),
          std::string(facts.ceiling ? "rater at ceiling" : "other raters")}) {
      Cell& cell = cells[fmt::format("{:15} {}", NameOf(facts.kind), what)];
      ++cell.events;
      cell.best += found(best);
      cell.method += found(method);
    }
  }
  std::string text =
      fmt::format("{:45}{:>8}{:>8}{:>8}\n", "found within one session", "events", "best", "method");
  for (const auto& [what, cell] : cells) {
    text += fmt::format("{:45}{:>8}{:>8.3f}{:>8.3f}\n", what, cell.events,
                        static_cast<double>(cell.best) / cell.events,
                        static_cast<double>(cell.method) / cell.events);
  }
  return text;
}

}  // namespace rapport::bench
