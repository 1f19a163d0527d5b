// StageCourse: what a rater's earlier ratings and the other stages of today's say of where each
// stage of the pathway was to be expected.
//
// Called by the pathway. A stage lies at the rater's level and its own lasting distance to it; the
// day takes all stages along (METHOD.md). Normal, exact, constant time a rating. Pure.
#pragma once

#include "alliance/scoring/gaussian.h"
#include "alliance/signals/pathway.h"

namespace rapport::alliance {

// Variance of what is back after a session or a few: days, the rater's and the family's, and
// movement. SD between raters.
inline double ComesAndGoes(const LevelParameters& level) {
  return level.day_sd * level.day_sd + level.family_day_sd * level.family_day_sd +
         level.movement_sd * level.movement_sd;
}

class StageCourse {
 public:
  explicit StageCourse(const LevelParameters& level);

  // An earlier session's rating.
  void TakeIn(const StageValues& rating);

  // What `stage`, which `latest` measures, was to be before it was answered: by the course and by
  // the other stages of `latest`. SD between raters; the variance is of the answer, with its error.
  Normal Expected(const StageValues& latest, std::size_t stage) const;

 private:
  using State = Gaussian<kStages + 1>;  // the stages without the day, the day

  static void Observe(const StageValue& value, std::size_t stage, State& state);
  State WithDay() const;

  const LevelParameters level_;
  State state_;  // its day is not used
};

}  // namespace rapport::alliance
