// Fisher's F distribution: upper tail and quantile.
//
// Called by the intraclass correlations. By the incomplete beta function; good to about 1e-13.
// Pure, thread-safe.
#pragma once

namespace rapport::alliance {

// P(F >= f) with `numerator` and `denominator` degrees of freedom, both above 0, whole or not. 1 at
// f <= 0, 0 at infinity.
double FUpperTail(double f, double numerator, double denominator);

// The f with P(F >= f) = `upper_tail`, which is in (0, 1); above 0. R's
// qf(1 - upper_tail, numerator, denominator).
double FQuantile(double upper_tail, double numerator, double denominator);

}  // namespace rapport::alliance
