// The normal distribution's density, tail and hazard, exact far out where 1 - Phi is no longer.
//
// Called by scoring and signals. Pure, thread-safe.
#pragma once

namespace rapport::alliance {

// Log density of a normal with mean 0 and `variance` above 0 at x.
double LogNormal(double x, double variance);

// Log of P(Z >= a), for any a.
double LogUpperTail(double a);

// phi(a) / P(Z >= a): the mean of a standard normal above a. For any a.
double NormalHazard(double a);

// P(Z <= a).
double NormalBelow(double a);

// The a with P(Z <= a) = p, p in (0, 1). By Newton's method on LogUpperTail, to about 1e-13.
double NormalQuantile(double p);

}  // namespace rapport::alliance
