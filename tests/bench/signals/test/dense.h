// DensePosterior: the posterior of every claim by brute force, for families small enough.
//
// The covariance of every single answer is written down from the model at the head of simulate.cc,
// and every hypothesis is given its multivariate normal density: none of the decomposition, none of
// the running sums, none of the closed forms of the detector that it checks.
#pragma once

#include "bench/signals/course.h"

namespace rapport::bench {

// After the last session. By subject.
std::vector<double> DensePosterior(const Parameters& parameters, const Family& family);

// Every event that can have begun, with its prior probability; shared with other brute forces.
struct Hypothesis {
  Event event;
  double prior = 0;
};
std::vector<Hypothesis> AllHypotheses(const Parameters& parameters, const Family& family);
double QuietPrior(const Parameters& parameters, const Family& family);

}  // namespace rapport::bench
