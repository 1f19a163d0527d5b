// Gaussian<N>: what is known of N numbers, as a mean and a covariance, and how one linear
// observation changes it.
//
// Called by the running estimate and the event filter. Kalman 1960 for exact observations; for
// answers at an end of the scale, which say only "at least" or "at most", the mean and covariance
// of the truncated normal (Tobin 1958; Minka 2001, assumed-density filtering). Pure.
#pragma once

#include "alliance/scoring/normal.h"

#include <array>
#include <cmath>
#include <cstddef>

namespace rapport::alliance {

template <std::size_t N>
struct Gaussian {
  using Vector = std::array<double, N>;

  Vector mean{};
  std::array<Vector, N> cov{};  // symmetric

  // How an observation h'x + error lies: its mean, variance and the gain towards it.
  struct View {
    Vector covariance{};  // of x with the observation
    double mean = 0;
    double variance = 0;
  };
  View Look(const Vector& h, double error_variance) const {
    View view;
    view.variance = error_variance;
    for (std::size_t j = 0; j < N; ++j) {  // most of h is often 0
      if (h[j] == 0) continue;
      for (std::size_t i = 0; i < N; ++i) view.covariance[i] += h[j] * cov[j][i];
      view.mean += h[j] * mean[j];
    }
    for (std::size_t i = 0; i < N; ++i) view.variance += h[i] * view.covariance[i];
    return view;
  }

  // The observation turned out to be y. Returns the log density of y before. `error_variance` > 0.
  double Observe(const Vector& h, double y, double error_variance) {
    const View view = Look(h, error_variance);
    const double surprise = y - view.mean;
    Shift(view, surprise, view.variance);
    return LogNormal(surprise, view.variance);
  }

  // It turned out to be at least `bound` (`side` 1) or at most (-1). Returns the log probability.
  double ObserveBeyond(const Vector& h, double bound, int side, double error_variance) {
    const View view = Look(h, error_variance);
    const double sd = std::sqrt(view.variance);
    const double a = side * (bound - view.mean) / sd;
    const double hazard = NormalHazard(a);
    Shift(view, side * sd * hazard, view.variance * hazard * (hazard - a));
    return LogUpperTail(a);
  }

 private:
  // Moves along the observation: its mean by `step`, its variance down by `less`.
  void Shift(const View& view, double step, double less) {
    const double scale = 1 / view.variance;
    const double share = scale * less;
    for (std::size_t i = 0; i < N; ++i) {
      const double gain = view.covariance[i] * scale;
      mean[i] += gain * step;
      const double down = gain * share;
      for (std::size_t j = 0; j < N; ++j) cov[i][j] -= down * view.covariance[j];
    }
  }
};

}  // namespace rapport::alliance
