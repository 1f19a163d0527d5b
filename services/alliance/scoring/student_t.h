// Student's t distribution: tail probability and quantile.
//
// Called by trends. By the incomplete beta function; good to about 1e-13. Pure, thread-safe.
#pragma once

namespace rapport::alliance {

// P(|T| >= |t|) with `degrees` > 0 of freedom. 1 at t = 0, 0 at infinity.
double StudentTwoSided(double t, double degrees);

// The t with P(|T| >= t) = `two_sided`, which is in (0, 1); above 0.
double StudentQuantile(double two_sided, double degrees);

}  // namespace rapport::alliance
