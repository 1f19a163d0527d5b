// With V = I + sum over levels of lambda * Z Z' (in units of the residual variance), one group's
// part of V^-1 and of log det V follows from its children's by Sherman and Morrison's formula: a
// group that holds A = 1' V^-1 1 and v = 1' V^-1 [X y] before its own intercept takes
// lambda / (1 + lambda A) * v' v away from [X y]' V^-1 [X y], adds log(1 + lambda A), and passes
// A / (1 + lambda A) and v / (1 + lambda A) on. One evaluation is linear in the number of groups.
#include "alliance/scoring/variance_components.h"

#include "alliance/scoring/minimum.h"
#include "alliance/scoring/numbers.h"
#include "alliance/scoring/student_t.h"
#include "alliance/scoring/symmetric.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>

namespace rapport::alliance {
namespace {

// Nearly all variance in one level; beyond, the residual would be lost in rounding.
constexpr double kMostRatio = 1 - 1e-9;

class Model {
 public:
  // False: see FitVarianceComponents.
  bool Build(std::span<const NestedValue> values) {
    if (values.empty()) return false;
    levels_ = values.front().groups.size();
    columns_ = values.front().covariates.size() + 2;
    count_ = values.size();
    if (levels_ == 0 || count_ < columns_) return false;
    Centre(values);
    std::map<GroupPath, std::size_t> leaves;
    for (const NestedValue& value : values) {
      if (value.groups.size() != levels_ || value.covariates.size() + 2 != columns_) return false;
      leaves.emplace(value.groups, 0);
    }
    Number(leaves);
    sizes_.assign(leaves.size(), 0);
    sums_.assign(leaves.size() * columns_, 0);
    squares_ = Square(columns_);
    std::vector<double> first(leaves.size());
    bool varies = false;  // within some innermost group
    for (const NestedValue& value : values) {
      const std::size_t leaf = leaves.find(value.groups)->second;
      if (sizes_[leaf] == 0) first[leaf] = value.value;
      varies = varies || value.value != first[leaf];
      Add(value, leaf);
    }
    return varies && HasLevels();
  }

  // What the likelihood is at these shares; lambda = share / (1 - share).
  struct Fit {
    double criterion = INFINITY;  // -2 log restricted likelihood
    double residual = 0;
    std::vector<double> effects;
    std::optional<Cholesky> information;  // X' V^-1 X in units of 1 / residual
  };
  Fit At(const std::vector<double>& shares) const {
    Square cross = squares_;
    double log_determinant = 0;
    Absorb(shares, cross, log_determinant);
    const std::size_t p = columns_ - 1;
    Square fixed(p);
    std::vector<double> right(p);
    for (std::size_t i = 0; i < p; ++i) {
      right[i] = cross.at(p, i);
      for (std::size_t j = 0; j <= i; ++j) fixed.at(i, j) = cross.at(i, j);
    }
    Fit fit;
    fit.information = Cholesky::Of(std::move(fixed));
    if (!fit.information) return fit;
    fit.effects = fit.information->Solve(right);
    double squares = cross.at(p, p);
    for (std::size_t i = 0; i < p; ++i) squares -= fit.effects[i] * right[i];
    const double degrees = static_cast<double>(count_ - p);
    if (!(squares > 0)) return fit;
    fit.residual = squares / degrees;
    fit.criterion = degrees * (1 + std::log(2 * std::numbers::pi * fit.residual)) +
                    log_determinant + fit.information->LogDeterminant();
    return fit;
  }

  // The same with a residual variance of its own instead of the likeliest.
  double CriterionAt(const Fit& fit, double residual) const {
    const double degrees = static_cast<double>(count_ - (columns_ - 1));
    return fit.criterion +
           degrees * (std::log(residual / fit.residual) + fit.residual / residual - 1);
  }

  std::size_t levels() const { return levels_; }
  double centre() const { return centre_; }
  int groups(std::size_t level) const { return static_cast<int>(group_counts_[level]); }

 private:
  void Centre(std::span<const NestedValue> values) {
    std::vector<double> all;
    all.reserve(values.size());
    for (const NestedValue& value : values) all.push_back(value.value);
    centre_ = *Mean(all);
  }

  // Gives the groups of every level numbers in their order, and each its parent's number.
  void Number(std::map<GroupPath, std::size_t>& leaves) {
    parents_.assign(levels_, {});
    group_counts_.assign(levels_, 0);
    const GroupPath* previous = nullptr;
    for (auto& [path, number] : leaves) {
      std::size_t same = 0;
      while (previous != nullptr && same < levels_ && path[same] == (*previous)[same]) ++same;
      for (std::size_t level = same; level < levels_; ++level) {
        parents_[level].push_back(level == 0 ? 0 : group_counts_[level - 1] - 1);
        ++group_counts_[level];
      }
      number = group_counts_[levels_ - 1] - 1;
      previous = &path;
    }
  }

  void Add(const NestedValue& value, std::size_t leaf) {
    std::vector<double> row = {1};
    row.insert(row.end(), value.covariates.begin(), value.covariates.end());
    row.push_back(value.value - centre_);
    ++sizes_[leaf];
    for (std::size_t i = 0; i < columns_; ++i) {
      sums_[leaf * columns_ + i] += row[i];
      for (std::size_t j = 0; j <= i; ++j) squares_.at(i, j) += row[i] * row[j];
    }
  }

  bool HasLevels() const {
    for (std::size_t level = 0; level < levels_; ++level) {
      const std::size_t below = level + 1 < levels_ ? group_counts_[level + 1] : count_;
      if (group_counts_[level] < 2 || group_counts_[level] == below) return false;
    }
    return true;
  }

  // From the innermost level out. See the head of this file.
  void Absorb(const std::vector<double>& shares, Square& cross, double& log_determinant) const {
    std::vector<double> sizes = sizes_;
    std::vector<double> sums = sums_;
    for (std::size_t level = levels_; level-- > 0;) {
      const double lambda = shares[level] / (1 - shares[level]);
      const std::size_t outer_count = level == 0 ? 1 : group_counts_[level - 1];
      std::vector<double> outer_sizes(outer_count);
      std::vector<double> outer_sums(outer_count * columns_);
      for (std::size_t group = 0; group < group_counts_[level]; ++group) {
        const double scale = 1 + lambda * sizes[group];
        const double* v = &sums[group * columns_];
        log_determinant += std::log(scale);
        for (std::size_t i = 0; i < columns_; ++i) {
          for (std::size_t j = 0; j <= i; ++j) cross.at(i, j) -= lambda / scale * v[i] * v[j];
        }
        const std::size_t outer = parents_[level][group];
        outer_sizes[outer] += sizes[group] / scale;
        for (std::size_t i = 0; i < columns_; ++i) outer_sums[outer * columns_ + i] += v[i] / scale;
      }
      sizes = std::move(outer_sizes);
      sums = std::move(outer_sums);
    }
  }

  std::size_t levels_ = 0;
  std::size_t columns_ = 0;  // intercept, covariates, value
  std::size_t count_ = 0;
  double centre_ = 0;  // taken from the values, given back to the intercept
  std::vector<std::size_t> group_counts_;
  std::vector<std::vector<std::size_t>> parents_;
  std::vector<double> sizes_;  // of the innermost groups
  std::vector<double> sums_;   // of their columns
  Square squares_{0};          // of all rows; lower half
};

// The degrees of freedom of an effect's t: 2 v^2 / var(v) for its variance v, with var(v) by the
// delta method from the curvature of the likelihood in the logarithms of the variances. A level
// without variance is held at 0.
class Satterthwaite {
 public:
  Satterthwaite(const Model& model, const VarianceComponents& at) : model_(model), at_(at) {
    for (std::size_t level = 0; level < at.variances.size(); ++level) {
      if (at.variances[level] > 0) moved_.push_back(level);
    }
    moved_.push_back(at.variances.size());  // the residual
  }

  std::optional<double> Degrees(std::size_t effect) const {
    const std::size_t n = moved_.size();
    std::vector<double> none(n);
    const double variance = At(none, effect).variance;
    std::vector<double> gradient(n);
    Square curvature(n);
    for (std::size_t i = 0; i < n; ++i) {
      const Point up = At(Moved({i}, {kStep}), effect);
      const Point down = At(Moved({i}, {-kStep}), effect);
      gradient[i] = (up.variance - down.variance) / (2 * kStep);
      curvature.at(i, i) =
          (up.criterion - 2 * At(none, effect).criterion + down.criterion) / (kStep * kStep);
      for (std::size_t j = 0; j < i; ++j) {
        const auto corner = [&](double a, double b) {
          return At(Moved({i, j}, {a, b}), effect).criterion;
        };
        curvature.at(i, j) = (corner(kStep, kStep) - corner(kStep, -kStep) - corner(-kStep, kStep) +
                              corner(-kStep, -kStep)) /
                             (4 * kStep * kStep);
      }
    }
    const auto factor = Cholesky::Of(std::move(curvature));
    if (!factor) return std::nullopt;
    const std::vector<double> solved = factor->Solve(gradient);
    double spread = 0;  // half the variance of the variance
    for (std::size_t i = 0; i < n; ++i) spread += gradient[i] * solved[i];
    if (!(spread > 0)) return std::nullopt;
    return variance * variance / spread;
  }

 private:
  static constexpr double kStep = 1e-3;
  struct Point {
    double criterion = 0;
    double variance = 0;  // of the effect
  };

  std::vector<double> Moved(std::vector<std::size_t> which, std::vector<double> by) const {
    std::vector<double> moves(moved_.size());
    for (std::size_t i = 0; i < which.size(); ++i) moves[which[i]] = by[i];
    return moves;
  }

  Point At(const std::vector<double>& moves, std::size_t effect) const {
    std::vector<double> variances = at_.variances;
    variances.push_back(at_.residual);
    for (std::size_t i = 0; i < moves.size(); ++i) variances[moved_[i]] *= std::exp(moves[i]);
    const double residual = variances.back();
    variances.pop_back();
    for (double& variance : variances) variance /= variance + residual;
    const Model::Fit fit = model_.At(variances);
    return {.criterion = model_.CriterionAt(fit, residual),
            .variance = residual * fit.information->InverseColumn(effect)[effect]};
  }

  const Model& model_;
  const VarianceComponents& at_;
  std::vector<std::size_t> moved_;
};

}  // namespace

double VarianceComponents::total() const {
  return std::accumulate(variances.begin(), variances.end(), residual);
}

std::optional<VarianceComponents> FitVarianceComponents(std::span<const NestedValue> values) {
  Model model;
  if (!model.Build(values)) return std::nullopt;
  std::vector<double> shares(model.levels(), 0.25);
  const auto criterion = [&](const std::vector<double>& at) { return model.At(at).criterion; };
  if (!std::isfinite(criterion(shares))) return std::nullopt;
  MinimumWithin(criterion, 0, kMostRatio, 500, shares);
  VarianceComponents result{.values = static_cast<int>(values.size())};
  for (double& share : shares) {
    // Brent's method comes near an end and never stands on it.
    const double found = share;
    const double inside = criterion(shares);
    share = 0;
    if (criterion(shares) > inside) share = found;
    result.singular = result.singular || share == 0;
  }
  const Model::Fit fit = model.At(shares);
  result.residual = fit.residual;
  result.log_likelihood = -fit.criterion / 2;
  for (std::size_t level = 0; level < shares.size(); ++level) {
    result.groups.push_back(model.groups(level));
    result.variances.push_back(fit.residual * shares[level] / (1 - shares[level]));
  }
  for (std::size_t i = 0; i < fit.effects.size(); ++i) {
    const double variance = fit.residual * fit.information->InverseColumn(i)[i];
    result.fixed.push_back({.estimate = fit.effects[i] + (i == 0 ? model.centre() : 0),
                            .standard_error = std::sqrt(variance)});
  }
  const Satterthwaite satterthwaite(model, result);
  for (std::size_t i = 0; i < result.fixed.size(); ++i) {
    FixedEffect& effect = result.fixed[i];
    effect.degrees = satterthwaite.Degrees(i);
    if (!effect.degrees) continue;
    effect.p = StudentTwoSided(effect.estimate / effect.standard_error, *effect.degrees);
  }
  return result;
}

}  // namespace rapport::alliance
