// Omega: the share of a scale's variance that one common factor explains.
//
// Called for an agency's report on a measure, beside alpha, which assumes that all items measure
// equally well. Method: one factor by minimum residuals (Harman and Jones 1966) of the correlation
// matrix, as psych's fa(nfactors = 1); omega total by McDonald 1999, formula 6.20a, for the sum of
// the items as they are. Pure, thread-safe.
#pragma once

#include "alliance/scoring/item_covariance.h"

namespace rapport::alliance {

struct Omega {
  double value = 0;              // 0 to 1
  std::vector<double> loadings;  // standardised, in the order of ItemCovariance::items
  int iterations = 0;
  // An item's loading came out above 1 and was held there (a Heywood case): too few raters or not
  // one factor. The value is then not to be shown without saying so.
  bool improper = false;
};

// (sum of sd * loading)^2 / (the same + sum of sd^2 * (1 - loading^2)). Three items have the exact
// solution loading_1^2 = r12 * r13 / r23. Absent: fewer than 3 items, no convergence within 10,000
// rounds, or items whose common and unique parts cancel out.
std::optional<Omega> OmegaOf(const ItemCovariance& covariance);

}  // namespace rapport::alliance
