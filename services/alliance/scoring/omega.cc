#include "alliance/scoring/omega.h"

#include <algorithm>
#include <cmath>

namespace rapport::alliance {
namespace {

constexpr int kMaxRounds = 10'000;
constexpr double kPrecision = 1e-13;  // largest change of a loading in the last round

class OneFactor {
 public:
  explicit OneFactor(const ItemCovariance& covariance)
      : covariance_(covariance), deviations_(covariance.size()) {
    for (std::size_t i = 0; i < covariance.size(); ++i) {
      deviations_[i] = std::sqrt(covariance.at(i, i));
    }
    // The centroid: every loading in the direction of the sum.
    double total = 0;
    for (std::size_t i = 0; i < size(); ++i) total += RowSum(i);
    for (std::size_t i = 0; i < size(); ++i) {
      omega_.loadings.push_back(total > 0 ? RowSum(i) / std::sqrt(total) : 0.5);
    }
  }

  std::optional<Omega> Fit() {
    for (omega_.iterations = 1; omega_.iterations <= kMaxRounds; ++omega_.iterations) {
      if (Round() < kPrecision) return Finish();
    }
    return std::nullopt;
  }

 private:
  std::size_t size() const { return covariance_.size(); }
  double R(std::size_t i, std::size_t j) const {
    return covariance_.at(i, j) / (deviations_[i] * deviations_[j]);
  }
  double RowSum(std::size_t i) const {
    double sum = 0;
    for (std::size_t j = 0; j < size(); ++j) sum += R(i, j);
    return sum;
  }

  // With the others held, the loading of item i that leaves the least squared residuals.
  double Best(std::size_t i) const {
    double product = 0;
    double square = 0;
    for (std::size_t j = 0; j < size(); ++j) {
      if (j == i) continue;
      product += R(i, j) * omega_.loadings[j];
      square += omega_.loadings[j] * omega_.loadings[j];
    }
    return square > 0 ? product / square : 0;
  }

  double Round() {
    double change = 0;
    omega_.improper = false;
    for (std::size_t i = 0; i < size(); ++i) {
      const double free = Best(i);
      const double loading = std::clamp(free, -1.0, 1.0);
      omega_.improper = omega_.improper || std::fabs(free) > 1 + 1e-9;
      change = std::max(change, std::fabs(loading - omega_.loadings[i]));
      omega_.loadings[i] = loading;
    }
    return change;
  }

  std::optional<Omega> Finish() {
    double common = 0;
    double unique = 0;
    for (std::size_t i = 0; i < size(); ++i) {
      const double loading = omega_.loadings[i];
      common += deviations_[i] * loading;
      unique += deviations_[i] * deviations_[i] * (1 - loading * loading);
    }
    if (!(common * common + unique > 0)) return std::nullopt;
    omega_.value = common * common / (common * common + unique);
    return omega_;
  }

  const ItemCovariance& covariance_;
  std::vector<double> deviations_;
  Omega omega_;
};

}  // namespace

std::optional<Omega> OmegaOf(const ItemCovariance& covariance) {
  if (covariance.size() < 3) return std::nullopt;
  return OneFactor(covariance).Fit();
}

}  // namespace rapport::alliance
