// Pathway: conditions, trust, willingness, agreement, in this order, and the first weak link.
//
// Called for the alliance map, once for what a member says of a helper and once, beside it, for
// what the helper says of the member. Shows a stage, never a cause (domain.md 0 and 12b.1). The
// stages share no item, since with shared ones a fall in trust shows everywhere. What counts as
// below is derived in METHOD.md. Pure.
#pragma once

#include "alliance/scoring/measure.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace rapport::alliance {

enum class Stage : std::uint8_t { kConditions, kTrust, kWillingness, kAgreement };
inline constexpr std::size_t kStages = 4;

// One stage in one session, on 0 to 10, with the standard error of its measurement, above 0, and
// the SD between raters.
struct StageValue {
  double value = 0;
  double error = 0;
  double sd = 10 * LevelParameters().sd_share;
};
// Absent: the form does not measure the stage, or too little was answered.
using StageValues = std::array<std::optional<StageValue>, kStages>;

enum class StageState : std::uint8_t {
  kNotMeasured,
  kFine,
  kBelowOwn,     // below the mean of up to three sessions before
  kBelowOthers,  // below the other stages of the session
};

struct Pathway {
  std::array<StageState, kStages> states{};
  std::optional<Stage> first_weak;
  // No stage stands out, and the mean of what is measured is below 6.
  bool low_overall = false;
};

inline constexpr double kLowOverall = 6;
inline constexpr std::size_t kPathwaySessions = 3;

// `before`: the earlier sessions, oldest first.
Pathway PathwayOf(const StageValues& latest, std::span<const StageValues> before,
                  const LevelParameters& level = {});

}  // namespace rapport::alliance
