// Parameters of simulated families, read from a file: see default.yaml, which explains each.
//
// Read once by the bench; shared by the simulator and by the best possible detector, never by what
// is under test. Plain values.
#pragma once

#include <absl/status/statusor.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace rapport::bench {

// What a rating answers: one score, on its form's scale.
enum class Construct : std::uint8_t { kTask, kGoal, kBond, kAlliance };

struct Form {
  std::string name;
  double lowest = 0, highest = 0, step = 0;
  double mean = 0, sd = 0;
  std::vector<Construct> constructs;
  std::vector<double> error;  // of each construct, variance as a share of sd * sd
  double room_error = 0;      // of "there was room for me"; 0: the form does not ask
};

enum class Kind : std::uint8_t { kRuptureSudden, kRuptureSlow, kSplit, kIsolation };
inline constexpr int kKinds = 4;
const char* NameOf(Kind kind);

// The share of an event's effect in its first, second, .. session; after the last it stays.
struct Shape {
  double weight = 0;
  std::vector<double> effect;

  double At(int age) const {
    if (age < 0) return 0;
    return effect[std::min<std::size_t>(static_cast<std::size_t>(age), effect.size() - 1)];
  }
};

struct Parameters {
  std::uint64_t seed = 0;
  int seeds = 0, sessions_a_seed = 0, tuning_seeds = 0;
  double false_alarms_per_100 = 0;

  std::vector<double> members, helpers;  // probability of 1, 2, ..
  int sessions_least = 0, sessions_most = 0;
  double children = 0, srs = 0, ceiling_raters = 0, no_event = 0;

  Form pulse_adult, pulse_child, srs_form;

  struct {
    double family, rater, pair, construct, room, family_drift, mean_drift, rater_walk;
  } levels{};
  struct {
    double family, rater, odd, odd_factor;
  } days{};
  struct Shares {
    double absent, skipped, homework, noted;
  };
  Shares gaps{}, isolated{};

  int first_session = 0;      // from 1
  std::vector<double> sizes;  // SD; equally likely
  std::array<double, kKinds> hazard{};
  std::array<double, 4> focus{};  // task, goal, bond, all
  double split_rise = 0;
  std::array<std::vector<Shape>, kKinds> shapes;
};

// Says which entry is missing, unknown or out of its range.
absl::StatusOr<Parameters> ReadParameters(const std::string& path);

}  // namespace rapport::bench
