// Internal consistency of a scale: Cronbach's alpha, and what each item adds to it.
//
// Called for an agency's report on a measure, never for one family. Where R's packages differ this
// follows psych: constant items are left out, and every figure of the pairwise variant comes from
// the one pairwise covariance matrix. Formulas: Cronbach 1951. Pure, thread-safe.
#pragma once

#include "alliance/scoring/item_covariance.h"

namespace rapport::alliance {

// What one item does in the scale.
struct ItemConsistency {
  std::size_t item = 0;                    // column of the rows
  std::optional<double> alpha_if_dropped;  // absent below 2 remaining items
  std::optional<double> item_rest_r;  // with the sum of the other items; absent: it is constant
};

struct Consistency {
  int rows = 0;
  int complete_rows = 0;
  // k / (k - 1) * (1 - trace / total) of the covariances. Below 0 is possible and is not clamped:
  // items then disagree more than unrelated ones. Absent: fewer than 2 varying items, or their sum
  // doesn't vary.
  std::optional<double> alpha;
  std::optional<double> standardised_alpha;  // of the correlations; absent likewise
  std::optional<double> average_r;           // mean correlation of two items; absent below 2
  std::vector<ItemConsistency> items;        // those that vary, in their order
};

// Absent where CovarianceOf is.
std::optional<Consistency> ConsistencyOf(ItemRows rows, MissingAnswers missing);

}  // namespace rapport::alliance
