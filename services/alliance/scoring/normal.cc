#include "alliance/scoring/normal.h"

#include <cmath>
#include <numbers>

namespace rapport::alliance {
namespace {

constexpr double kLogTwoPi = 1.8378770664093454836;
// From here on erfc loses digits; the continued fraction of Mills' ratio has converged to 1e-13
// with kTerms terms (Abramowitz and Stegun 26.2.14).
constexpr double kFar = 6;
constexpr int kTerms = 40;

// P(Z >= a) / phi(a) for a >= kFar.
double MillsRatio(double a) {
  double tail = a;
  for (int k = kTerms; k > 0; --k) tail = a + k / tail;
  return 1 / tail;
}

double UpperTail(double a) { return 0.5 * std::erfc(a / std::numbers::sqrt2); }

}  // namespace

double LogNormal(double x, double variance) {
  return -0.5 * (kLogTwoPi + std::log(variance) + x * x / variance);
}

double LogUpperTail(double a) {
  if (a < kFar) return std::log(UpperTail(a));
  return LogNormal(a, 1) + std::log(MillsRatio(a));
}

double NormalHazard(double a) {
  if (a >= kFar) return 1 / MillsRatio(a);
  return std::exp(LogNormal(a, 1)) / UpperTail(a);
}

double NormalBelow(double a) { return UpperTail(-a); }

double NormalQuantile(double p) {
  // On the upper half, where the log tail is concave and Newton's method cannot run away.
  if (p < 0.5) return -NormalQuantile(1 - p);
  const double target = std::log1p(-p);
  double a = 0;
  for (int i = 0; i < 60; ++i) {
    const double step = (LogUpperTail(a) - target) / NormalHazard(a);
    a += step;
    if (std::fabs(step) < 1e-14) break;
  }
  return a;
}

}  // namespace rapport::alliance
