// The scores of one session as measures in SD units, by rater and target.
//
// Called by the family monitor first thing. Answers with different forms are comparable only as
// distances in SD units, and even then only up to an offset that the series learns. Pure.
#pragma once

#include "alliance/signals/family_state.h"

#include <map>
#include <span>
#include <vector>

namespace rapport::alliance {

// What one rating says of one target.
struct RatedSeries {
  std::vector<Measure> measures;             // what the event filter sees
  std::vector<const Observation*> measured;  // what each is of
  std::vector<const Observation*> contents;  // every content of the series
  std::string instrument;  // with several forms: the one that the others are measured against
  bool has_parts = false;
  bool provisional = false;

  double Average() const;                         // of the measures, SD
  double AverageError() const;                    // its error variance
  Parts AverageWeights() const;                   // what it is an average of
  Normal AverageOf(std::string_view form) const;  // of that form's measures, with its error
};

// SD between raters of one score: as stated, or by convention from its range. Above 0.
double SdOf(const LevelParameters& level, const Observation& observation);
// Higher is better, 0 is the assumed typical score.
double Standardized(const LevelParameters& level, const Observation& observation, double value);
// Error variance in SD units, rounding included. Above 0.
double ErrorVariance(const LevelParameters& level, const Observation& observation);

// Ratings with an alliance in them: task, goal and bond where told apart, else their total. The
// observations must outlive the result.
std::map<SeriesKey, RatedSeries> RatedSeriesOf(const LevelParameters& level,
                                               std::span<const Observation> observations);

// Where one rating has several forms, their measures are made comparable: the form that is known
// best stays, the others are moved by what their offset from it is known to be, and it is learned.
void AlignForms(const LevelParameters& level, std::map<SeriesKey, RatedSeries>& rated,
                FamilyMonitor& monitor);

}  // namespace rapport::alliance
