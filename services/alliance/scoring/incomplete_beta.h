// The regularised incomplete beta function, from which the tails of Student's t and of F follow.
//
// Called by student_t and f_distribution only. Own code because the one library Debian has for it
// (Boost.Math) would bring some hundred megabytes of headers to every build for one function; the
// tests hold it against tabulated values. Good to about 1e-13. Pure, thread-safe.
#pragma once

namespace rapport::alliance {

// I_x(a, b) with `a`, `b` above 0, by the continued fraction of Abramowitz and Stegun 26.5.8,
// evaluated by Lentz's method. `y` is 1 - x, given apart so that neither tail loses its digits. 0
// at x <= 0, 1 at y <= 0.
double IncompleteBeta(double a, double b, double x, double y);

// The x in (0, infinity) where `tail`, which falls from 1 to 0 there, crosses `probability`, which
// is in (0, 1): by halving until the two ends are neighbouring doubles.
template <typename Tail>
double QuantileOfTail(const Tail& tail, double probability) {
  double low = 0;
  double high = 1;
  while (tail(high) > probability) high *= 2;
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    (tail(middle) > probability ? low : high) = middle;
  }
}

}  // namespace rapport::alliance
