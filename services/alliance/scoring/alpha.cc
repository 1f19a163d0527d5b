#include "alliance/scoring/alpha.h"

#include <cmath>

namespace rapport::alliance {
namespace {

// A square matrix without one row and column; `kNone` leaves nothing out.
inline constexpr std::size_t kNone = static_cast<std::size_t>(-1);

struct Sums {
  int items = 0;
  double trace = 0;
  double total = 0;
  double size = 0;  // of the absolute values: what rounding is measured against
};

Sums SumsOf(const ItemCovariance& matrix, std::size_t without) {
  Sums sums;
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    if (i == without) continue;
    ++sums.items;
    sums.trace += matrix.at(i, i);
    for (std::size_t j = 0; j < matrix.size(); ++j) {
      if (j == without) continue;
      sums.total += matrix.at(i, j);
      sums.size += std::fabs(matrix.at(i, j));
    }
  }
  return sums;
}

// Covariances of items that cancel add to 0 but for rounding; a ratio to that would be noise.
bool Vanishes(double total, double size) { return std::fabs(total) <= 1e-12 * size; }

std::optional<double> Alpha(const Sums& sums) {
  if (sums.items < 2 || Vanishes(sums.total, sums.size)) return std::nullopt;
  const double k = sums.items;
  return k / (k - 1) * (1 - sums.trace / sums.total);
}

ItemCovariance Correlations(ItemCovariance matrix) {
  const ItemCovariance covariance = matrix;
  const std::size_t n = matrix.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const double scale = std::sqrt(covariance.at(i, i)) * std::sqrt(covariance.at(j, j));
      matrix.values[i * n + j] = i == j ? 1 : covariance.at(i, j) / scale;
    }
  }
  return matrix;
}

std::optional<double> ItemRest(const ItemCovariance& matrix, std::size_t item) {
  const Sums rest = SumsOf(matrix, item);
  if (rest.items < 1 || rest.total <= 0 || Vanishes(rest.total, rest.size)) return std::nullopt;
  double with_rest = 0;
  for (std::size_t j = 0; j < matrix.size(); ++j) {
    if (j != item) with_rest += matrix.at(item, j);
  }
  return with_rest / (std::sqrt(matrix.at(item, item)) * std::sqrt(rest.total));
}

}  // namespace

std::optional<Consistency> ConsistencyOf(ItemRows rows, MissingAnswers missing) {
  const std::optional<ItemCovariance> covariance = CovarianceOf(rows, missing);
  if (!covariance) return std::nullopt;
  const Sums correlation = SumsOf(Correlations(*covariance), kNone);
  Consistency result{.rows = covariance->rows,
                     .complete_rows = covariance->complete_rows,
                     .alpha = Alpha(SumsOf(*covariance, kNone)),
                     .standardised_alpha = Alpha(correlation)};
  if (const double k = correlation.items; k >= 2) {
    result.average_r = (correlation.total - k) / (k * (k - 1));
  }
  for (std::size_t i = 0; i < covariance->size(); ++i) {
    result.items.push_back({.item = covariance->items[i],
                            .alpha_if_dropped = Alpha(SumsOf(*covariance, i)),
                            .item_rest_r = ItemRest(*covariance, i)});
  }
  return result;
}

}  // namespace rapport::alliance
