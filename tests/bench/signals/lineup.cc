#include "bench/signals/lineup.h"

#include "bench/signals/monitor_adapter.h"
#include "bench/signals/optimum.h"
#include "bench/signals/rules.h"

#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace rapport::bench {
namespace {

constexpr int kFit = 2'000'000;  // a seed that is never reported, nor sets thresholds
constexpr int kFamilies = 300;   // as many as FitSignalFigures looks at

std::vector<Family> FamiliesOfTheFit(const Parameters& parameters) {
  std::vector<Family> families;
  Random random(parameters.seed, kFit);
  for (int f = 0; f < kFamilies; ++f) families.push_back(Simulate(parameters, random));
  return families;
}

// The method told what no agency is: what comes and goes between sessions, and that all raters have
// the same noise.
alliance::MonitorParameters ToldTheNoise(const Parameters& parameters) {
  const auto& days = parameters.days;
  alliance::MonitorParameters told;
  told.level.day_sd = std::sqrt(days.rater * (1 + days.odd * (days.odd_factor - 1)));
  told.level.family_day_sd = std::sqrt(days.family);
  told.level.movement_sd = std::sqrt(parameters.levels.rater_walk);
  told.noise_shares = {0, 1, 0};
  return told;
}

}  // namespace

Lineup MakeLineup(const Parameters& parameters, bool why) {
  Lineup lineup;
  const auto add = [&](std::string name, std::function<Statements(const Family&)> state) {
    lineup.detectors.push_back({.name = std::move(name),
                                .state = std::move(state),
                                .swept = true,
                                .posterior = true,
                                .all_claims = true});
    return lineup.detectors.size() - 1;
  };
  const auto optimum = [&](const char* name, Sight sight,
                           Families families = Families::kAsSimulated) {
    return add(name, [best = Optimum(parameters, sight, families)](const Family& family) {
      return best.Of(family);
    });
  };
  const auto posteriors = [&](const char* name, const alliance::MonitorParameters& figures) {
    return add(name, [figures](const Family& family) { return AskMonitor(figures, family); });
  };
  lineup.roles.above = optimum("best possible, above", Sight::kRaw);
  lineup.roles.below = optimum("best possible, below", Sight::kSeen);
  const alliance::MonitorParameters fitted = FitMonitor({}, FamiliesOfTheFit(parameters));
  const auto as_raised = [&](const char* name, const alliance::MonitorParameters& figures,
                             Told told) {
    lineup.detectors.push_back(
        {.name = name,
         .state = [=](const Family& family) { return AskAsRaised(figures, family, told); },
         .all_claims = true});
    return lineup.detectors.size() - 1;
  };
  lineup.roles.raised = static_cast<int>(as_raised("this product, new", {}, Told::kAll));
  as_raised(".. its alerts alone", {}, Told::kAlerts);
  as_raised("this product, fitted", fitted, Told::kAll);
  lineup.roles.method = static_cast<int>(posteriors("its posteriors, new", {}));
  lineup.roles.learned = static_cast<int>(posteriors("its posteriors, fitted", fitted));
  if (why) {
    optimum("best, members apart", Sight::kRaw, Families::kMembersApart);
    optimum("best, apart, on forms", Sight::kSeen, Families::kMembersApart);
    posteriors("its posteriors, told noise", ToldTheNoise(parameters));
  }
  for (const Rule rule : {Rule::kDropSinceLast, Rule::kMarket, Rule::kR0, Rule::kR1, Rule::kR2,
                          Rule::kR3a, Rule::kR3b, Rule::kR4, Rule::kR6}) {
    lineup.detectors.push_back(
        {.name = NameOf(rule),
         .state = [rule](const Family& family) { return Apply(rule, family); },
         .swept = rule == Rule::kDropSinceLast});
    if (rule == Rule::kDropSinceLast) lineup.roles.drop = lineup.detectors.size() - 1;
    if (rule == Rule::kMarket) lineup.roles.market = lineup.detectors.size() - 1;
  }
  return lineup;
}

}  // namespace rapport::bench
