// A rater's scores of one target over sessions, and what the alliance map shows of them.
//
// Called by the map and by the signals: both look at the same points. Never mixes instruments: a
// point compares only with points of the same form and version. Pure, thread-safe.
#pragma once

#include "alliance/scoring/score.h"
#include "rapport/alliance/v1/alliance_map.pb.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rapport::alliance {

// One defined score with what is known of it.
struct ScorePoint {
  int session_number = 0;  // among the sessions held with the family, from 1
  std::string instrument;  // name
  double value = 0;
  double lowest = 0;  // ends of the score's range
  double highest = 0;
  std::optional<double> sd;               // between raters
  std::optional<double> standard_error;   // of measurement
  std::optional<double> reliable_change;  // 95 per cent, between two such scores
  bool lower_better = false;
  bool beyond_cutoff = false;
  bool provisional = false;  // error or cut-off rest on unchecked figures
};

// The point of one rating for one content, from the first score of it between rater and target
// (INTERPERSONAL_SELF) or, where `interpersonal` says so, on the other axis. Absent: the instrument
// has none, or it is not defined.
std::optional<ScorePoint> PointOf(const v1::Instrument& instrument, const Scores& scores,
                                  v1::Content content, v1::Interpersonal interpersonal,
                                  int session_number, int rater_age_years);

// The most ratings a slope rests on, newest first; below 3 there is none.
inline constexpr std::size_t kSlopeRatings = 6;

// The latest value with its standard error, and the slope over the last ratings with the latest
// one's instrument. `series` is oldest first. Absent: empty.
std::optional<v1::MapValue> Estimate(std::span<const ScorePoint> series);

}  // namespace rapport::alliance
