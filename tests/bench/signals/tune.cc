// Where the service's thresholds come from: what it would raise at others.
#include "alliance/signals/codes.h"
#include "bench/signals/lineup.h"
#include "bench/signals/monitor_adapter.h"

#include <fmt/format.h>

#include <string_view>

namespace rapport::bench {
namespace {

constexpr double kPosteriors[] = {0.06, 0.07, 0.08, 0.09, 0.10, 0.11, 0.12,
                                  0.13, 0.14, 0.16, 0.18, 0.20, 0.25, 0.35};

Detector RaisingAt(double posterior) {
  alliance::MonitorParameters figures;
  alliance::RaisingParameters& raises = figures.decision.raises;
  raises.rupture = raises.split = raises.isolation = posterior;
  return {.name = fmt::format("{:.2f}", posterior),
          .state = [figures](const Family& family) { return AskMonitor(figures, family).raised; },
          .all_claims = true};
}

constexpr std::string_view kTriggers[] = {
    alliance::codes::kNoRoom,      alliance::codes::kBondAndRoom, alliance::codes::kLowBond,
    alliance::codes::kBelowCutoff, alliance::codes::kNoAlliance,  alliance::codes::kNoRating,
    alliance::codes::kAbsent};

Detector OfTrigger(std::string_view code) {
  return {.name = std::string(code),
          .state = [code](const Family& family) { return AskTrigger(code, family); },
          .claim = Claim::kIsolation};
}

// Kinds `from` to `to` - 1, whose false alarms stand at the first.
std::string Cells(const std::array<Counts, kKinds>& counts, int from, int to) {
  Counts sum;
  for (int kind = from; kind < to; ++kind) sum.Add(counts[static_cast<std::size_t>(kind)]);
  const auto events = static_cast<double>(std::max(sum.events, 1L));
  return fmt::format("{:>13.3f}{:>7.2f}", static_cast<double>(sum.found_1) / events,
                     sum.FalsePer100());
}

}  // namespace

std::string TuneTable(const Parameters& parameters) {
  Trial trial;
  for (const double posterior : kPosteriors) trial.detectors.push_back(RaisingAt(posterior));
  for (const std::string_view code : kTriggers) trial.detectors.push_back(OfTrigger(code));
  const std::vector<Course> courses = SimulateCourses(
      parameters, kTuning, parameters.tuning_seeds * parameters.sessions_a_seed, trial);
  std::string text = fmt::format(
      "{} families, {} sessions; found within one session of those to be found, and false alarms "
      "per 100 rated sessions\n{:13}{:>20}{:>20}{:>20}\n",
      trial.families, trial.sessions, "raised at", "ruptures", "splits", "isolation");
  for (std::size_t d = 0; d < trial.detectors.size(); ++d) {
    const std::array<Counts, kKinds> counts = Count(courses, d, {1, 1, 1});
    const bool all = trial.detectors[d].all_claims;
    text += fmt::format("{:13}{:>20}{:>20}{}\n", trial.detectors[d].name,
                        all ? Cells(counts, 0, 2) : "", all ? Cells(counts, 2, 3) : "",
                        Cells(counts, 3, 4));
  }
  return text;
}

}  // namespace rapport::bench
