// How an event that was raised ends: back to where it was, half way, or not; and in what shape.
//
// Called by the family monitor with the rater's values since the event was raised. Rules:
// METHOD.md; shapes after Gumz and others 2012. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <span>

namespace rapport::alliance {

enum class RepairResult : std::uint8_t {
  kNone,        // not decided yet
  kRepaired,    // back within a quarter SD of the level before
  kPartly,      // at least half of the fall regained
  kUnrepaired,  // neither, after five rated sessions
};

enum class RepairShape : std::uint8_t {
  kNone,
  kV,     // one low session, then back
  kU,     // two or more, then back
  kStep,  // fell over several sessions, came back in one
  kSlow,  // came back over several sessions
  kL,     // did not come back
};

struct RepairView {
  RepairResult result = RepairResult::kNone;
  RepairShape shape = RepairShape::kNone;
};

struct RepairRule {
  double tolerance = 0;        // above or equal 0, in the unit of the values
  int sessions = 5;            // rated after the onset; then it is decided
  bool beyond_cutoff = false;  // the last value lies beyond a published cut-off: not repaired
};

// `course`: the values from the onset on, oldest first; not empty. `reference`: the level before.
// kNone while sessions are left and the last value is not back.
RepairView JudgeRepair(std::span<const double> course, double reference, const RepairRule& rule);

// The same when it has to be decided now: the event is over or the family left.
RepairView CloseRepair(std::span<const double> course, double reference, const RepairRule& rule);

}  // namespace rapport::alliance
