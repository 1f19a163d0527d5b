#include "alliance/signals/day_factor.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace rapport::alliance {
namespace {

using Matrix = std::vector<std::vector<double>>;

double Square(double value) { return value * value; }

// Of a symmetric positive definite matrix, by Gauss and Jordan; pivots stay above 0.
Matrix Inverse(Matrix a) {
  const std::size_t n = a.size();
  Matrix inverse(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) inverse[i][i] = 1;
  for (std::size_t column = 0; column < n; ++column) {
    const double pivot = 1 / a[column][column];
    for (std::size_t j = 0; j < n; ++j) {
      a[column][j] *= pivot;
      inverse[column][j] *= pivot;
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (i == column) continue;
      const double factor = a[i][column];
      for (std::size_t j = 0; j < n; ++j) {
        a[i][j] -= factor * a[column][j];
        inverse[i][j] -= factor * inverse[column][j];
      }
    }
  }
  return inverse;
}

// Probability that the surprise is an event's and not the day's, from its size alone.
double EventShare(const EventParameters& event, const Surprise& surprise, double variance) {
  const double size = std::copysign(event.size_mean, surprise.value);
  const double with =
      surprise.event * std::exp(LogNormal(surprise.value - size, variance + Square(event.size_sd)));
  const double without = (1 - surprise.event) * std::exp(LogNormal(surprise.value, variance));
  return with + without > 0 ? with / (with + without) : 1;
}

}  // namespace

std::vector<DayView> DayViews(const MonitorParameters& parameters,
                              std::span<const Surprise> surprises) {
  const double family = Square(parameters.level.family_day_sd);
  const std::size_t n = surprises.size();
  // Variance of each surprise beyond the day, and the same where it may be an event's.
  std::vector<double> plain(n);
  std::vector<double> doubted(n);
  Matrix covariance(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) {
    const Surprise& surprise = surprises[i];
    const double day = family + surprise.day_square;
    const double variance = day + surprise.variance;
    const double event = std::min(EventShare(parameters.rupture, surprise, variance), 0.999);
    plain[i] = surprise.variance;
    doubted[i] = variance / (1 - event) - day;
    for (std::size_t j = 0; j < n; ++j) {
      covariance[i][j] = family;
      if (surprises[j].rater == surprise.rater) covariance[i][j] += surprise.day_square;
    }
  }
  std::map<int, Matrix> precisions;  // by rater
  std::vector<DayView> views(n);
  for (std::size_t i = 0; i < n; ++i) {
    const int rater = surprises[i].rater;
    if (!precisions.contains(rater)) {
      Matrix with = covariance;
      for (std::size_t j = 0; j < n; ++j) {
        with[j][j] += surprises[j].rater == rater ? plain[j] : doubted[j];
      }
      precisions[rater] = Inverse(std::move(with));
    }
    const Matrix& precision = precisions[rater];
    double pull = 0;
    for (std::size_t j = 0; j < n; ++j) pull += precision[i][j] * surprises[j].value;
    const double day = family + surprises[i].day_square;
    const double left = std::clamp(1 / precision[i][i] - plain[i], 0.0, day);
    // What others explain is the family's day first, then the rater's own.
    const double explained = day - left;
    views[i] = {.mean = surprises[i].value - pull / precision[i][i],
                .own_variance = surprises[i].day_square - std::max(0.0, explained - family),
                .shared_variance = std::max(0.0, family - explained)};
  }
  return views;
}

}  // namespace rapport::alliance
