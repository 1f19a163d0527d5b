#include "bench/signals/report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rapport::bench {
namespace {

using Pairs = std::vector<std::pair<double, double>>;

// What is shown together: kinds `from` to `to` - 1, and whose false alarms stand beside them.
struct Group {
  const char* name;
  int from, to;
  Claim claim;
  bool pooled = false;
};
constexpr Group kGroups[] = {{"ruptures, sudden", 0, 1, Claim::kRupture},
                             {"ruptures, slow", 1, 2, Claim::kRupture},
                             {"splits", 2, 3, Claim::kSplit},
                             {"isolation", 3, 4, Claim::kIsolation},
                             {"all kinds", 0, kKinds, Claim::kRupture, true}};

bool SpeaksOf(const Detector& detector, const Group& group) {
  return detector.all_claims || (!group.pooled && group.claim == detector.claim);
}

Counts Sum(const std::array<Counts, kKinds>& seed, int from, int to) {
  Counts sum;
  for (int kind = from; kind < to; ++kind) sum.Add(seed[static_cast<std::size_t>(kind)]);
  return sum;
}

Pairs Collect(const Performance& performance, int from, int to, long Counts::* numerator,
              long Counts::* denominator) {
  Pairs pairs;
  for (const auto& seed : performance.seeds) {
    const Counts sum = Sum(seed, from, to);
    pairs.emplace_back(sum.*numerator, sum.*denominator);
  }
  return pairs;
}

struct Row {
  Estimate found_1, found_2, noticed_1, false_alarms, red;
  double delay = 0;  // mean of those found within five
};

Row Measure(const Performance& performance, const Group& group) {
  const int from = group.from, to = group.to;
  Row row;
  row.found_1 = Over(Collect(performance, from, to, &Counts::found_1, &Counts::events));
  row.found_2 = Over(Collect(performance, from, to, &Counts::found_2, &Counts::events));
  row.noticed_1 = Over(Collect(performance, from, to, &Counts::noticed_1, &Counts::events));
  // Alarms stand at the first kind of their claim.
  const int alarms = group.claim == Claim::kRupture ? 0 : from;
  const int end = group.pooled ? kKinds : alarms + 1;
  row.false_alarms = Over(Collect(performance, alarms, end, &Counts::false_alarms, &Counts::quiet));
  row.red = Over(Collect(performance, alarms, end, &Counts::red, &Counts::quiet));
  Counts total;
  for (const auto& seed : performance.seeds) total.Add(Sum(seed, from, to));
  row.delay = total.found_5 == 0 ? 0 : total.delay / static_cast<double>(total.found_5);
  return row;
}

std::string Share(const Estimate& e) {
  return fmt::format("{:.3f} [{:.3f}, {:.3f}] {:>6.0f}/{:<6.0f}", e.value, e.low, e.high,
                     e.numerator, e.denominator);
}

std::string Per100(const Estimate& e) {
  return fmt::format("{:6.2f} [{:5.2f}, {:5.2f}] {:>7.0f}/{:<8.0f}", 100 * e.value, 100 * e.low,
                     100 * e.high, e.numerator, e.denominator);
}

std::string GroupTable(const Trial& trial, const Group& group) {
  std::string text =
      fmt::format("\n{:26} {:36}{:36}{:38}{:>15}\n", group.name, "found within one session",
                  "within two", "false alarms per 100 rated sessions", "delay  noticed");
  for (std::size_t d = 0; d < trial.detectors.size(); ++d) {
    if (!SpeaksOf(trial.detectors[d], group)) continue;
    const Row row = Measure(trial.at_target[d], group);
    text += fmt::format("{:26} {:36}{:36}{:38}{:6.2f}{:9.3f}\n", trial.detectors[d].name,
                        Share(row.found_1), Share(row.found_2), Per100(row.false_alarms), row.delay,
                        row.noticed_1.value);
  }
  return text;
}

// A family's session is many subjects' sessions: what its clinician sees of all of them together.
std::string FamilyTable(const Trial& trial) {
  std::string text = fmt::format("\n{:26}{:>18}{:>18}\n", "per 100 sessions of a family",
                                 "signals opened", "of them false");
  for (std::size_t d = 0; d < trial.detectors.size(); ++d) {
    if (!trial.detectors[d].swept && !trial.detectors[d].all_claims) continue;
    const Counts counts = trial.at_target[d].Pooled();
    const auto per_100 = [&](long count) {
      return 100.0 * static_cast<double>(count) / static_cast<double>(trial.sessions);
    };
    text += fmt::format("{:26}{:>18.2f}{:>18.2f}  {}/{}\n", trial.detectors[d].name,
                        per_100(counts.opened), per_100(counts.false_alarms), counts.false_alarms,
                        trial.sessions);
  }
  return text;
}

std::string ThresholdTable(const Trial& trial) {
  std::string text = "\nthresholds set\n";
  for (std::size_t d = 0; d < trial.detectors.size(); ++d) {
    if (!trial.detectors[d].swept) continue;
    text += fmt::format("{:26}", trial.detectors[d].name);
    for (int claim = 0; claim < (trial.detectors[d].all_claims ? kClaims : 1); ++claim) {
      text += fmt::format(" {} {:.3f}", NameOf(static_cast<Claim>(claim)),
                          trial.at_target[d].thresholds[static_cast<std::size_t>(claim)]);
    }
    text += "\n";
  }
  return text;
}

std::string CalibrationTable(const Trial& trial) {
  std::string text = "\ncalibration: mean absolute error over 10 bins of equally many sessions\n";
  for (std::size_t d = 0; d < trial.detectors.size(); ++d) {
    if (!trial.detectors[d].posterior) continue;
    for (std::size_t claim = 0; claim < kClaims; ++claim) {
      const Calibration& calibration = trial.calibrations[d][claim];
      text += fmt::format("{:26} {:10} {:.4f}  top bin: said {:.3f}, true {:.3f} ({}/{})\n",
                          trial.detectors[d].name, NameOf(static_cast<Claim>(claim)),
                          calibration.error, calibration.bins.back().posterior,
                          static_cast<double>(calibration.bins.back().truths) /
                              static_cast<double>(std::max(calibration.bins.back().sessions, 1L)),
                          calibration.bins.back().truths, calibration.bins.back().sessions);
    }
  }
  return text;
}

nlohmann::json ToJson(const Estimate& e) {
  return {{"value", e.value},
          {"low", e.low},
          {"high", e.high},
          {"numerator", e.numerator},
          {"denominator", e.denominator}};
}

nlohmann::json ToJson(const Calibration& calibration) {
  nlohmann::json bins = nlohmann::json::array();
  for (const Calibration::Bin& bin : calibration.bins) {
    bins.push_back(
        {{"sessions", bin.sessions}, {"truths", bin.truths}, {"posterior", bin.posterior}});
  }
  return {{"error", calibration.error}, {"bins", bins}};
}

}  // namespace

std::string Table(const Parameters& parameters, const Trial& trial, const Roles& roles) {
  std::string text =
      fmt::format("{} families, {} sessions, {} seeds from {}; thresholds set on other families\n",
                  trial.families, trial.sessions, parameters.seeds, parameters.seed);
  for (const Group& group : kGroups) text += GroupTable(trial, group);
  const Estimate red = Measure(trial.at_target[roles.market], kGroups[0]).red;
  text += fmt::format("\nmarket rule, every red session counted: {} per 100 quiet sessions\n",
                      Per100(red));
  text += FamilyTable(trial);
  text += ThresholdTable(trial);
  text += CalibrationTable(trial);
  const std::vector<Target> targets = Targets(parameters, trial, roles);
  text += "\n";
  for (const Target& target : targets) {
    text += fmt::format("{}  {:.3f} [{:.3f}, {:.3f}] {} {:.2f}  {}\n",
                        target.Met() ? "PASS" : "FAIL", target.value, target.low, target.high,
                        target.at_least ? ">=" : "<=", target.bound, target.what);
  }
  for (std::size_t d = 0; d < trial.detectors.size(); ++d) {
    text +=
        fmt::format("{}{} {:.0f} us", d == 0 ? "CPU a session: " : ", ", trial.detectors[d].name,
                    1e6 * trial.seconds[d] / static_cast<double>(trial.sessions));
  }
  return text + "\n";
}

nlohmann::json Json(const Parameters& parameters, const Trial& trial, const Roles& roles) {
  nlohmann::json json = {{"seed", parameters.seed},
                         {"seeds", parameters.seeds},
                         {"families", trial.families},
                         {"sessions", trial.sessions}};
  for (std::size_t d = 0; d < trial.detectors.size(); ++d) {
    nlohmann::json detector = {{"name", trial.detectors[d].name},
                               {"thresholds", trial.at_target[d].thresholds}};
    for (const Group& group : kGroups) {
      if (!SpeaksOf(trial.detectors[d], group)) continue;
      const Row row = Measure(trial.at_target[d], group);
      detector["kinds"][group.name] = {
          {"found_within_1", ToJson(row.found_1)},     {"found_within_2", ToJson(row.found_2)},
          {"noticed_within_1", ToJson(row.noticed_1)}, {"false_alarms", ToJson(row.false_alarms)},
          {"red_sessions", ToJson(row.red)},           {"delay", row.delay}};
    }
    if (trial.detectors[d].posterior) {
      for (std::size_t claim = 0; claim < kClaims; ++claim) {
        detector["calibration"][NameOf(static_cast<Claim>(claim))] =
            ToJson(trial.calibrations[d][claim]);
      }
    }
    json["detectors"].push_back(std::move(detector));
  }
  for (const Target& target : Targets(parameters, trial, roles)) {
    json["targets"].push_back({{"what", target.what},
                               {"value", target.value},
                               {"low", target.low},
                               {"high", target.high},
                               {"bound", target.bound},
                               {"at_least", target.at_least},
                               {"met", target.Met()}});
  }
  return json;
}

}  // namespace rapport::bench
