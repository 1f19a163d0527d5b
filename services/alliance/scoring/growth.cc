// One rater's V = s (I + W W') with W = Z L, Z = [1, ln t] and L the lower factor of the relative
// covariance of (u0, u1). By Woodbury V^-1 = (I - W (I + W' W)^-1 W') / s, so that an evaluation
// needs only Z'Z and Z'[X y] of each rater.
#include "alliance/scoring/growth.h"

#include "alliance/scoring/minimum.h"
#include "alliance/scoring/normal.h"
#include "alliance/scoring/numbers.h"
#include "alliance/scoring/symmetric.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <vector>

namespace rapport::alliance {
namespace {

constexpr std::size_t kEffects = 4;
constexpr std::size_t kColumns = kEffects + 1;  // and the value

// Sums of one rater.
struct RaterSums {
  double count = 0, logs = 0, squared_logs = 0;  // Z'Z
  std::array<double, kColumns> ones = {};        // 1'[X y]
  std::array<double, kColumns> by_logs = {};     // ln t'[X y]
};

struct GrowthFit {
  double criterion = INFINITY;  // -2 log restricted likelihood
  double residual = 0;
  std::vector<double> effects;
};

// The lower factor's entries from variables within (-1, 1).
struct Factor {
  explicit Factor(const std::vector<double>& at)
      : a(std::fabs(Spread(at[0]))), b(Spread(at[1])), c(std::fabs(Spread(at[2]))) {}
  static double Spread(double x) { return x / (1 - std::fabs(x)); }
  double a, b, c;  // L = [[a, 0], [b, c]]
};

class GrowthLikelihood {
 public:
  explicit GrowthLikelihood(double centre) : cross_(kColumns), centre_(centre) {}

  void Add(const GrowthCase& one) {
    RaterSums& rater = raters_.emplace_back();
    const double first = one.values.front() - centre_;
    for (std::size_t i = 1; i < one.values.size(); ++i) {
      const double log = std::log(static_cast<double>(i + 1));
      const std::array<double, kColumns> row = {1, first, log, first * log,
                                                one.values[i] - centre_};
      ++count_;
      rater.count += 1;
      rater.logs += log;
      rater.squared_logs += log * log;
      for (std::size_t k = 0; k < kColumns; ++k) {
        rater.ones[k] += row[k];
        rater.by_logs[k] += log * row[k];
        for (std::size_t j = 0; j <= k; ++j) cross_.at(k, j) += row[k] * row[j];
      }
    }
  }

  GrowthFit At(const std::vector<double>& variables) const {
    const Factor factor(variables);
    Square cross = cross_;
    double log_determinant = 0;
    for (const RaterSums& rater : raters_) Absorb(rater, factor, cross, log_determinant);
    Square fixed(kEffects);
    std::vector<double> right(kEffects);
    for (std::size_t i = 0; i < kEffects; ++i) {
      right[i] = cross.at(kEffects, i);
      for (std::size_t j = 0; j <= i; ++j) fixed.at(i, j) = cross.at(i, j);
    }
    GrowthFit fit;
    const auto information = Cholesky::Of(std::move(fixed));
    if (!information) return fit;
    fit.effects = information->Solve(right);
    double squares = cross.at(kEffects, kEffects);
    for (std::size_t i = 0; i < kEffects; ++i) squares -= fit.effects[i] * right[i];
    const double degrees = static_cast<double>(count_) - kEffects;
    if (!(squares > 0) || degrees <= 0) return fit;
    fit.residual = squares / degrees;
    fit.criterion = degrees * (1 + std::log(2 * std::numbers::pi * fit.residual)) +
                    log_determinant + information->LogDeterminant();
    return fit;
  }

  int raters() const { return static_cast<int>(raters_.size()); }
  int count() const { return count_; }

 private:
  static void Absorb(const RaterSums& rater, const Factor& l, Square& cross,
                     double& log_determinant) {
    // M = I + L' Z'Z L, and w = L' Z' [X y].
    const double z00 = rater.count, z01 = rater.logs, z11 = rater.squared_logs;
    const double m00 = 1 + l.a * l.a * z00 + 2 * l.a * l.b * z01 + l.b * l.b * z11;
    const double m01 = l.c * (l.a * z01 + l.b * z11);
    const double m11 = 1 + l.c * l.c * z11;
    const double determinant = m00 * m11 - m01 * m01;
    log_determinant += std::log(determinant);
    std::array<double, kColumns> w0, w1;
    for (std::size_t k = 0; k < kColumns; ++k) {
      w0[k] = l.a * rater.ones[k] + l.b * rater.by_logs[k];
      w1[k] = l.c * rater.by_logs[k];
    }
    for (std::size_t k = 0; k < kColumns; ++k) {
      for (std::size_t j = 0; j <= k; ++j) {
        cross.at(k, j) -=
            (m11 * w0[k] * w0[j] - m01 * (w0[k] * w1[j] + w1[k] * w0[j]) + m00 * w1[k] * w1[j]) /
            determinant;
      }
    }
  }

  std::vector<RaterSums> raters_;
  Square cross_;
  double centre_ = 0;
  int count_ = 0;
};

bool LongEnough(const GrowthCase& one) {
  return one.values.size() >= static_cast<std::size_t>(kFewestPoints);
}

}  // namespace

double GrowthModel::Expected(double first, int t) const {
  const double log = std::log(static_cast<double>(t));
  const double from = first - centre;
  return centre + effects[0] + effects[1] * from + (effects[2] + effects[3] * from) * log;
}

double GrowthModel::Variance(int t) const {
  const double log = std::log(static_cast<double>(t));
  return intercept_variance + 2 * covariance * log + slope_variance * log * log + residual;
}

double GrowthModel::Percentile(double first, int t, double share) const {
  return Expected(first, t) + NormalQuantile(share) * std::sqrt(Variance(t));
}

std::optional<GrowthModel> FitGrowth(std::span<const GrowthCase> cases) {
  std::vector<double> all;
  for (const GrowthCase& one : cases) {
    if (LongEnough(one)) all.insert(all.end(), one.values.begin(), one.values.end());
  }
  if (all.empty()) return std::nullopt;
  GrowthModel model{.centre = *Mean(all)};
  GrowthLikelihood likelihood(model.centre);
  for (const GrowthCase& one : cases) {
    if (LongEnough(one)) likelihood.Add(one);
  }
  if (likelihood.raters() < 5) return std::nullopt;
  constexpr double kMost = 1 - 1e-6;
  std::vector<double> variables = {0.4, 0, 0.2};
  const auto criterion = [&](const std::vector<double>& at) { return likelihood.At(at).criterion; };
  if (!std::isfinite(criterion(variables))) return std::nullopt;
  MinimumWithin(criterion, -kMost, kMost, 200, variables);
  const GrowthFit fit = likelihood.At(variables);
  const Factor factor(variables);
  model.raters = likelihood.raters();
  model.values = likelihood.count();
  std::ranges::copy(fit.effects, model.effects.begin());
  model.residual = fit.residual;
  model.intercept_variance = fit.residual * factor.a * factor.a;
  model.covariance = fit.residual * factor.a * factor.b;
  model.slope_variance = fit.residual * (factor.b * factor.b + factor.c * factor.c);
  model.log_likelihood = -fit.criterion / 2;
  return model;
}

int RatersOf(std::span<const GrowthCase> cases) {
  std::set<std::uint32_t> known;
  int unknown = 0;
  for (const GrowthCase& one : cases) {
    if (one.rater) {
      known.insert(*one.rater);
    } else {
      ++unknown;
    }
  }
  return static_cast<int>(known.size()) + unknown;
}

Trajectory TrajectoryOf(std::span<const GrowthCase> cases) {
  Trajectory trajectory;
  std::vector<GrowthCase> all, successful;
  for (const GrowthCase& one : cases) {
    if (!LongEnough(one)) continue;
    all.push_back(one);
    if (one.successful) successful.push_back(one);
  }
  trajectory.raters = RatersOf(all);
  trajectory.successful_raters = RatersOf(successful);
  trajectory.missing = std::max(0, kFewestRaters - trajectory.raters);
  if (trajectory.missing > 0) return trajectory;
  trajectory.all = FitGrowth(all);
  if (trajectory.successful_raters >= kFewestRaters) {
    trajectory.successful = FitGrowth(successful);
  }
  return trajectory;
}

}  // namespace rapport::alliance
