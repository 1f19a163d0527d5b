#include "bench/signals/lineup.h"

#include "bench/signals/monitor_adapter.h"
#include "bench/signals/optimum.h"
#include "bench/signals/rules.h"

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rapport::bench {
namespace {

constexpr int kFit = 2'000'000;  // a seed that is never reported, nor sets thresholds
constexpr int kFamilies = 300;   // as many as FitSignalFigures looks at

// Places among what the product states.
constexpr std::size_t kPosteriors = 0, kRaised = 1, kAlerts = 2;

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
  // The monitor is asked once for all that is made of what it says.
  const auto product = [](const alliance::MonitorParameters& figures) {
    return std::make_shared<const Panel>([figures](const Family& family) {
      Heard heard = AskMonitor(figures, family);
      std::vector<Statements> all;
      for (Statements* one : {&heard.posteriors, &heard.raised, &heard.alerts}) {
        all.push_back(std::move(*one));
      }
      return all;
    });
  };
  const auto posteriors = [&](const char* name, std::shared_ptr<const Panel> panel) {
    lineup.detectors.push_back({.name = name,
                                .panel = std::move(panel),
                                .place = kPosteriors,
                                .swept = true,
                                .posterior = true,
                                .all_claims = true});
    return static_cast<int>(lineup.detectors.size() - 1);
  };
  const auto signals = [&](const char* name, std::shared_ptr<const Panel> panel,
                           std::size_t place) {
    lineup.detectors.push_back(
        {.name = name, .panel = std::move(panel), .place = place, .all_claims = true});
    return static_cast<int>(lineup.detectors.size() - 1);
  };
  lineup.roles.above = optimum("best possible, above", Sight::kRaw);
  lineup.roles.below = optimum("best possible, below", Sight::kSeen);
  const auto assumed = product({});
  const auto fitted = product(FitMonitor({}, FamiliesOfTheFit(parameters)));
  lineup.roles.raised = signals("this product, new", assumed, kRaised);
  signals(".. its alerts alone", assumed, kAlerts);
  lineup.roles.raised_learned = signals("this product, fitted", fitted, kRaised);
  lineup.roles.method = posteriors("its posteriors, new", assumed);
  lineup.roles.learned = posteriors("its posteriors, fitted", fitted);
  if (why) {
    optimum("best, members apart", Sight::kRaw, Families::kMembersApart);
    optimum("best, apart, on forms", Sight::kSeen, Families::kMembersApart);
    posteriors("its posteriors, told noise", product(ToldTheNoise(parameters)));
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
