// RunningEstimate: where one rater's alliance with one target stands now, and how sure that is.
//
// Updated with each rating in constant time; read by maps and lists. A linear Gaussian state-space
// model: each part has a level of its own that drifts slowly, a movement common to the parts
// reverts to it, and every answer adds the rater's day and the instrument's error. The day is gone
// with the session, so the estimate is of level and movement. Missed sessions widen it. Another
// form's answers count up to an offset that is learned. Derivation: signals/METHOD.md. Pure; a
// value.
#pragma once

#include "alliance/scoring/gaussian.h"
#include "alliance/scoring/measure.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance {

// How much higher a second form's answers lie than the first's, in SD.
struct FormOffset {
  std::string instrument;
  Normal offset;
};
// The offset of this form; a new form's is known by its prior, the first one's is 0.
FormOffset& FormOf(const LevelParameters& level, std::string_view instrument,
                   std::vector<FormOffset>& forms);
// What all answers of the session turned out to share is shared out between the day and the form by
// their variances: `before` and `after` are its distribution, the form's offset included.
void LearnForm(Normal before, Normal after, FormOffset& form);

// Where a rater begins: at the family's level as far as the `others` in it tell, each an estimate
// of one other rater's level. Without others: the agency's typical level. The partial pooling of a
// three-level normal model (Gelman and Hill 2007, chapter 12).
Normal PooledLevel(const LevelParameters& level, std::span<const Normal> others);

class RunningEstimate {
 public:
  RunningEstimate(const LevelParameters& level, Normal prior);

  // Takes in the measures of the session with this number, later than those before. Empty ones: the
  // session was held and not rated.
  void Observe(const LevelParameters& level, int session, std::string_view instrument,
               std::span<const Measure> measures);

  // As of the last session: one part, or their mean, in SD about the form's typical score.
  Normal Part(std::size_t part) const;
  Normal Whole() const;
  // The mean of the parts after `sessions` more without a rating; 0 or less: as of now.
  Normal WholeAfter(const LevelParameters& level, int sessions) const;
  // The rater's own level, to which the movement reverts.
  Normal Level() const;
  int last_session() const { return last_session_; }
  int ratings() const { return ratings_; }

 private:
  // Task, goal, bond, movement, day.
  static constexpr std::size_t kMovement = 3, kDay = 4;
  using State = Gaussian<5>;
  static void Pass(const LevelParameters& level, int sessions, State& state);

  State state_;
  std::vector<FormOffset> forms_;
  int last_session_ = 0;
  int ratings_ = 0;
};

}  // namespace rapport::alliance
