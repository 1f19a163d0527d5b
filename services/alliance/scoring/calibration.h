// Whether probabilities are right: compares the method's own with what people found, and corrects
// them.
//
// Called by the fit of an agency's signal figures, one kind of signals at a time. The correction is
// logistic with two numbers, P = 1 / (1 + exp(-intercept - slope logit(p))) (Platt 1999, with the
// targets of Lin, Lin and Weng 2007): with a few hundred judgements isotonic regression follows
// chance (Niculescu-Mizil and Caruana 2005). Judgements count as independent; several of one family
// are not quite. Pure, thread-safe.
#pragma once

#include <optional>
#include <span>

namespace rapport::alliance {

// One signal that somebody judged.
struct JudgedSignal {
  double posterior = 0;  // in (0, 1): the method's own probability when it was raised
  bool confirmed = false;
};

struct CalibrationCurve {
  double intercept = 0;
  double slope = 1;
  // `posterior` in [0, 1], below .01 and above .99 as there; the answer is in (0, 1).
  double At(double posterior) const;
};

// domain.md 12b.2: no probability is shown before so many, and a passed check.
inline constexpr int kFewestJudged = 200;
// Of either verdict: with fewer the curve rests on one side only.
inline constexpr int kFewestOfAVerdict = 20;

inline constexpr double kMostError = 0.05;

struct Calibration {
  int judged = 0;
  int confirmed = 0;
  // Fitted to all. Nullopt: too few were judged; everything below is 0 then.
  std::optional<CalibrationCurve> curve;
  // Of predictions by fits to the other nine tenths. Mean distance of predicted and observed shares
  // over five bins of equal size.
  double error = 0;
  // Spiegelhalter 1986: sum (x - p)(1 - 2p) / sqrt(sum (1 - 2p)^2 p (1 - p)), standard normal where
  // the predictions are calibrated.
  double z = 0;
  // The curve rises, z is within 1.96, and the error within kMostError beyond what chance alone
  // gives bins of this size.
  bool passed = false;
};

// The order of `judged` is of no meaning.
Calibration CalibrationOf(std::span<const JudgedSignal> judged);

}  // namespace rapport::alliance
