#include "alliance/scoring/suppression.h"

#include <cstddef>

namespace rapport::alliance {

ShownCells SuppressSmall(std::span<const std::int64_t> counts) {
  ShownCells shown{.cells = std::vector<bool>(counts.size(), true)};
  std::int64_t hidden = 0;
  std::int64_t hidden_people = 0;
  std::int64_t people = 0;
  const auto hide = [&](std::size_t cell) {
    shown.cells[cell] = false;
    ++hidden;
    hidden_people += counts[cell];
  };
  for (std::size_t cell = 0; cell < counts.size(); ++cell) {
    people += counts[cell];
    if (counts[cell] > 0 && counts[cell] < kFewest) hide(cell);
  }
  const std::int64_t small = hidden;
  const std::int64_t small_people = hidden_people;
  const auto covered = [&] {
    const bool told_by_sum =
        hidden == small && (small_people == small || small_people == (kFewest - 1) * small);
    return hidden == 0 || (hidden >= 2 && hidden_people >= kFewest && !told_by_sum);
  };
  for (std::size_t cell = 0; cell < counts.size() && !covered(); ++cell) {
    if (counts[cell] >= kFewest) hide(cell);
  }
  shown.total = covered() && (people == 0 || people >= kFewest);
  return shown;
}

}  // namespace rapport::alliance
