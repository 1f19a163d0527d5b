// Optimum: the best possible detector, which knows every parameter of the simulation.
//
// For each session it sums up, over all that may have happened to the family until then (nothing,
// or one event: its kind, subject, focus, shape, size and onset), the exact likelihood of
// everything observed so far times the prior probability. Nothing is sampled, merged or dropped,
// but terms that are e^-20 of the sum or less (together under 1e-5). What is exact: with
// Sight::kRaw, the posterior of every claim given the values before the form's ends and steps,
// given which days are odd, and given which raters always mark the highest. That is more than
// anybody has, so that it bounds the best possible detector from above. With Sight::kSeen the same
// sum is taken of the values on the form as if they were normal: a detector that exists, so that it
// bounds the best possible one from below. Thread-safe.
#pragma once

#include "bench/signals/course.h"
#include "bench/signals/decomposition.h"

namespace rapport::bench {

class Optimum {
 public:
  // `parameters` must outlive it.
  Optimum(const Parameters& parameters, Sight sight) : p_(parameters), sight_(sight) {}

  // The score is the posterior: P(the claim is true now).
  Statements Of(const Family& family) const;

 private:
  const Parameters& p_;
  Sight sight_;
};

}  // namespace rapport::bench
