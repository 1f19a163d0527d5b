#include "alliance/scoring/student_t.h"

#include "alliance/scoring/incomplete_beta.h"

#include <cmath>

namespace rapport::alliance {

double StudentTwoSided(double t, double degrees) {
  if (std::isinf(t)) return 0;
  const double square = t * t;
  return IncompleteBeta(degrees / 2, 0.5, degrees / (degrees + square),
                        square / (degrees + square));
}

double StudentQuantile(double two_sided, double degrees) {
  return QuantileOfTail([&](double t) { return StudentTwoSided(t, degrees); }, two_sided);
}

}  // namespace rapport::alliance
