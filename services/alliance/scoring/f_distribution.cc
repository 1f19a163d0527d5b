#include "alliance/scoring/f_distribution.h"

#include "alliance/scoring/incomplete_beta.h"

#include <cmath>

namespace rapport::alliance {

double FUpperTail(double f, double numerator, double denominator) {
  if (f <= 0) return 1;
  if (std::isinf(f)) return 0;
  const double total = denominator + numerator * f;
  return IncompleteBeta(denominator / 2, numerator / 2, denominator / total, numerator * f / total);
}

double FQuantile(double upper_tail, double numerator, double denominator) {
  return QuantileOfTail([&](double f) { return FUpperTail(f, numerator, denominator); },
                        upper_tail);
}

}  // namespace rapport::alliance
