// Which cells of a breakdown may be shown without telling of somebody.
//
// Called by everything that counts people for a report to an agency. Rule: no cell of 1 to 10 is
// shown, nor anything from which one follows by subtraction. For breakdowns in one direction with
// their total; tables in two directions need more and are not made. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rapport::alliance {

// The fewest people a shown cell tells of.
inline constexpr std::int64_t kFewest = 11;

// A number of different people, or of what people are in, as it stands beside figures: in whole
// elevens, so that no two answers differ by fewer.
constexpr std::int64_t WholeElevens(std::int64_t count) { return count - count % kFewest; }

struct ShownCells {
  std::vector<bool> cells;  // true: may be shown
  bool total = false;
};

// `counts` are people in disjoint cells, none below 0; their sum is the total that would stand
// beside them. Hidden are all cells of 1 to 10; then, from the first on, as many more as it takes
// that the hidden ones are two or more, together at least 11, so that the total less the shown ones
// is no small cell either, and not, where none covers them, all 1 or all 10, which their sum would
// tell. Which cells cover does not depend on how large they are: if they were the smallest others,
// as is often done, who knows the rule would learn that they are no larger than what is shown, and
// of 11, 11 and 10 work out the 10. Empty cells are shown, and never hidden as cover: they tell of
// nobody and cover nothing. Where there are not enough others the total is hidden too.
ShownCells SuppressSmall(std::span<const std::int64_t> counts);

}  // namespace rapport::alliance
