#include "alliance/scoring/item_covariance.h"

#include "alliance/scoring/numbers.h"

#include <algorithm>

namespace rapport::alliance {
namespace {

using Row = std::vector<std::optional<double>>;

bool Complete(const Row& row) {
  return std::ranges::all_of(row, [](const auto& answer) { return answer.has_value(); });
}

bool Varies(std::span<const Row* const> rows, std::size_t item) {
  std::optional<double> first;
  for (const Row* row : rows) {
    const std::optional<double>& answer = (*row)[item];
    if (!answer) continue;
    if (first && *answer != *first) return true;
    first = answer;
  }
  return false;
}

// About the means of the rows that have both.
std::optional<double> Covariance(std::span<const Row* const> rows, std::size_t i, std::size_t j) {
  std::vector<double> left;
  std::vector<double> right;
  for (const Row* row : rows) {
    if (!(*row)[i] || !(*row)[j]) continue;
    left.push_back(*(*row)[i]);
    right.push_back(*(*row)[j]);
  }
  if (left.size() < 2) return std::nullopt;
  const double left_mean = *Mean(left);
  const double right_mean = *Mean(right);
  double products = 0;
  for (std::size_t n = 0; n < left.size(); ++n) {
    products += (left[n] - left_mean) * (right[n] - right_mean);
  }
  return products / static_cast<double>(left.size() - 1);
}

}  // namespace

std::optional<ItemCovariance> CovarianceOf(ItemRows rows, MissingAnswers missing) {
  if (rows.empty()) return std::nullopt;
  ItemCovariance result{.rows = static_cast<int>(rows.size())};
  std::vector<const Row*> used;
  for (const Row& row : rows) {
    if (row.size() != rows.front().size()) return std::nullopt;
    const bool complete = Complete(row);
    result.complete_rows += complete ? 1 : 0;
    if (complete || missing == MissingAnswers::kPairwise) used.push_back(&row);
  }
  for (std::size_t item = 0; item < rows.front().size(); ++item) {
    if (Varies(used, item)) result.items.push_back(item);
  }
  const std::size_t n = result.size();
  if (n == 0) return std::nullopt;
  result.values.resize(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const auto covariance = Covariance(used, result.items[i], result.items[j]);
      if (!covariance) return std::nullopt;
      result.values[i * n + j] = result.values[j * n + i] = *covariance;
    }
  }
  return result;
}

}  // namespace rapport::alliance
