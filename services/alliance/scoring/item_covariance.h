// Covariances of the items of a scale, from complete rows or from pairs.
//
// Called by alpha and omega. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rapport::alliance {

// One row a rating, one column an item after reversal; absent where it was not answered.
using ItemRows = std::span<const std::vector<std::optional<double>>>;

// What happens to rows with an unanswered item.
enum class MissingAnswers : std::uint8_t {
  kListwise,  // only rows with every item count
  kPairwise,  // each covariance is of the rows that have both items
};

// Covariances with n - 1, of the items that vary.
struct ItemCovariance {
  int rows = 0;                    // given
  int complete_rows = 0;           // with every item answered
  std::vector<std::size_t> items;  // columns kept, in order
  std::vector<double> values;      // row by row, items.size() squared
  std::size_t size() const { return items.size(); }
  double at(std::size_t i, std::size_t j) const { return values[i * items.size() + j]; }
};

// An item whose known answers are all equal says nothing about consistency and is left out, as
// R's psych does (psy and psychometric keep it). Absent: rows of different length, no item varies,
// or two kept items have fewer than 2 rows in common.
std::optional<ItemCovariance> CovarianceOf(ItemRows rows, MissingAnswers missing);

}  // namespace rapport::alliance
