#include "bench/signals/lineup.h"

#include "bench/signals/monitor_adapter.h"
#include "bench/signals/optimum.h"
#include "bench/signals/rules.h"

namespace rapport::bench {

Lineup MakeLineup(const Parameters& parameters) {
  Lineup lineup;
  const auto optimum = [&](Sight sight, const char* name) {
    lineup.detectors.push_back({.name = name,
                                .state = [optimum = Optimum(parameters, sight)](
                                             const Family& family) { return optimum.Of(family); },
                                .swept = true,
                                .posterior = true,
                                .all_claims = true});
    return lineup.detectors.size() - 1;
  };
  lineup.roles.above = optimum(Sight::kRaw, "best possible, above");
  lineup.roles.below = optimum(Sight::kSeen, "best possible, below");
  lineup.roles.method = static_cast<int>(lineup.detectors.size());
  lineup.detectors.push_back({.name = "this product",
                              .state = AskMonitor,
                              .swept = true,
                              .posterior = true,
                              .all_claims = true});
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
