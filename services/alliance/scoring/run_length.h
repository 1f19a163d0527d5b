// How long a control chart runs, on average, before it signals.
//
// Called when limits are chosen for a wanted rate of false alarms. Solves the integral equation of
// the run length (Crowder 1987 for EWMA, Brook and Evans 1972 and Vance 1986 for CUSUM) at
// Gauss-Legendre nodes, as R's spc does. Values are standard normal with a shift of the mean, in
// standard deviations. Pure, thread-safe.
#pragma once

namespace rapport::alliance {

// Points until an EWMA with weight `lambda` in (0, 1], started at the target, leaves its
// asymptotic limits at +-`width` * sqrt(lambda / (2 - lambda)); `width` above 0.
double EwmaRunLength(double lambda, double width, double shift);

// The width whose run length without a shift is `run_length`, which is above 2.
double EwmaWidth(double lambda, double run_length);

// Points until one of the two sums max(0, sum + x - k) and max(0, sum - x - k), both started at 0,
// exceeds `h`; `k` and `h` above 0. The rates of the two sides add (Kemp 1961).
double CusumRunLength(double k, double h, double shift);

}  // namespace rapport::alliance
