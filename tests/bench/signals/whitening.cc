#include "bench/signals/whitening.h"

#include <cmath>

namespace rapport::bench {

void InvertFactor(Triangle& matrix) {
  const std::size_t size = matrix.size();
  for (std::size_t i = 0; i < size; ++i) {
    double* row = matrix.Row(i);
    for (std::size_t j = 0; j <= i; ++j) {
      const double* other = matrix.Row(j);
      double sum = row[j];
      for (std::size_t k = 0; k < j; ++k) sum -= row[k] * other[k];
      row[j] = j == i ? std::sqrt(sum) : sum / other[j];
    }
  }
  // Row by row: L^-1[i] = (e_i - sum over k < i of L[i][k] L^-1[k]) / L[i][i].
  std::vector<double> factor(size);
  for (std::size_t i = 0; i < size; ++i) {
    double* row = matrix.Row(i);
    for (std::size_t k = 0; k <= i; ++k) {
      factor[k] = row[k];
      row[k] = 0;
    }
    for (std::size_t k = 0; k < i; ++k) {
      const double* above = matrix.Row(k);
      for (std::size_t j = 0; j <= k; ++j) row[j] -= factor[k] * above[j];
    }
    for (std::size_t j = 0; j < i; ++j) row[j] /= factor[i];
    row[i] = 1 / factor[i];
  }
}

}  // namespace rapport::bench
