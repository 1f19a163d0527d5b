#include "alliance/scoring/student_t.h"

#include "alliance/scoring/incomplete_beta.h"

#include <absl/hash/hash.h>

#include <array>
#include <cmath>

namespace rapport::alliance {

double StudentTwoSided(double t, double degrees) {
  if (std::isinf(t)) return 0;
  const double square = t * t;
  return IncompleteBeta(degrees / 2, 0.5, degrees / (degrees + square),
                        square / (degrees + square));
}

// Searching costs some hundred terms, and the same few are asked for again and again: one for each
// number of ratings in a chart.
double StudentQuantile(double two_sided, double degrees) {
  struct Known {
    double two_sided = 0, degrees = 0, t = 0;
  };
  thread_local std::array<Known, 256> all;
  Known& known = all[absl::HashOf(two_sided, degrees) % all.size()];
  if (known.two_sided != two_sided || known.degrees != degrees) {
    const auto tail = [&](double t) { return StudentTwoSided(t, degrees); };
    known = {two_sided, degrees, QuantileOfTail(tail, two_sided)};
  }
  return known.t;
}

}  // namespace rapport::alliance
