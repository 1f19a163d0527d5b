#include "bench/signals/trial.h"

#include <ctime>
#include <map>
#include <utility>

namespace rapport::bench {
namespace {

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void SetThresholds(const Parameters& parameters, const std::vector<Course>& tuning,
                   std::size_t drop, Trial& trial) {
  for (std::size_t d = 0; d < trial.detectors.size(); ++d) {
    const Detector& detector = trial.detectors[d];
    if (!detector.swept) continue;
    for (int claim = 0; claim < (detector.all_claims ? kClaims : 1); ++claim) {
      trial.at_target[d].thresholds[static_cast<std::size_t>(claim)] = ThresholdAtFalseAlarms(
          tuning, d, static_cast<Claim>(claim), parameters.false_alarms_per_100);
    }
  }
  const auto counts = Count(tuning, drop, trial.at_target[drop].thresholds);
  Counts ruptures = counts[0];
  ruptures.Add(counts[1]);
  const double share =
      static_cast<double>(ruptures.found_1) / static_cast<double>(std::max(ruptures.events, 1L));
  for (std::size_t d = 0; d < trial.detectors.size(); ++d) {
    if (!trial.detectors[d].posterior) continue;
    trial.at_share[d].thresholds[0] = ThresholdAtShare(tuning, d, share);
  }
}

void KeepEvents(const std::vector<Course>& courses, Trial& trial) {
  for (const Course& course : courses) {
    if (!course.own || course.session_0 < 0) continue;
    EventResult& event = trial.events.emplace_back();
    event.facts = course.event;
    for (std::size_t d = 0; d < trial.detectors.size(); ++d) {
      const double threshold =
          trial.at_target[d].thresholds[static_cast<std::size_t>(course.claim)];
      event.found_after.push_back(FoundAfter(course, d, threshold));
    }
  }
}

}  // namespace

Counts Performance::Total(int kind) const {
  Counts total;
  for (const auto& seed : seeds) total.Add(seed[static_cast<std::size_t>(kind)]);
  return total;
}

Counts Performance::Ruptures() const {
  Counts total = Total(0);
  total.Add(Total(1));
  return total;
}

Counts Performance::Pooled() const {
  Counts total;
  for (int kind = 0; kind < kKinds; ++kind) total.Add(Total(kind));
  return total;
}

std::vector<Course> SimulateCourses(const Parameters& parameters, int seed, int sessions,
                                    Trial& trial) {
  std::vector<Course> courses;
  Random random(parameters.seed, static_cast<std::uint64_t>(seed));
  trial.seconds.resize(trial.detectors.size());
  for (int number = 0; sessions > 0; ++number) {
    const Family family = Simulate(parameters, random);
    sessions -= family.Sessions();
    ++trial.families;
    trial.sessions += family.Sessions();
    std::vector<Statements> said;
    std::map<const Panel*, std::vector<Statements>> panels;
    for (std::size_t d = 0; d < trial.detectors.size(); ++d) {
      const Detector& detector = trial.detectors[d];
      const double start = CpuSeconds();
      if (detector.state) {
        said.push_back(detector.state(family));
      } else {
        const Panel* panel = detector.panel.get();
        const auto [at, fresh] = panels.try_emplace(panel);
        if (fresh) at->second = (*panel)(family);
        said.push_back(std::move(at->second[detector.place]));
      }
      trial.seconds[d] += CpuSeconds() - start;
    }
    AddCourses(family, number, said, courses);
  }
  return courses;
}

Trial RunTrial(const Parameters& parameters, std::vector<Detector> detectors, std::size_t drop) {
  Trial trial;
  trial.detectors = std::move(detectors);
  const std::size_t count = trial.detectors.size();
  trial.at_target.resize(count);
  trial.at_share.resize(count);
  {
    Trial aside{.detectors = trial.detectors};
    const std::vector<Course> tuning = SimulateCourses(
        parameters, kTuning, parameters.tuning_seeds * parameters.sessions_a_seed, aside);
    SetThresholds(parameters, tuning, drop, trial);
  }
  std::vector<std::array<std::vector<Forecast>, kClaims>> forecasts(count);
  for (int seed = 1; seed <= parameters.seeds; ++seed) {
    const std::vector<Course> courses =
        SimulateCourses(parameters, seed, parameters.sessions_a_seed, trial);
    for (std::size_t d = 0; d < count; ++d) {
      trial.at_target[d].seeds.push_back(Count(courses, d, trial.at_target[d].thresholds));
      if (!trial.detectors[d].posterior) continue;
      trial.at_share[d].seeds.push_back(Count(courses, d, trial.at_share[d].thresholds));
      for (int claim = 0; claim < kClaims; ++claim) {
        AddForecasts(courses, d, static_cast<Claim>(claim),
                     forecasts[d][static_cast<std::size_t>(claim)]);
      }
    }
    KeepEvents(courses, trial);
  }
  trial.calibrations.resize(count);
  for (std::size_t d = 0; d < count; ++d) {
    for (std::size_t claim = 0; claim < kClaims; ++claim) {
      trial.calibrations[d][claim] = Calibrate(std::move(forecasts[d][claim]));
    }
  }
  return trial;
}

}  // namespace rapport::bench
