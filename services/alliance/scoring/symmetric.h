// Small positive definite systems: Cholesky's factor, solutions, the determinant, the inverse.
//
// Called by the mixed models, whose matrices have 2 to 8 rows. Pure.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

namespace rapport::alliance {

// A square matrix of `n` rows, row by row.
struct Square {
  explicit Square(std::size_t rows) : n(rows), values(rows * rows) {}
  double& at(std::size_t i, std::size_t j) { return values[i * n + j]; }
  double at(std::size_t i, std::size_t j) const { return values[i * n + j]; }
  std::size_t n = 0;
  std::vector<double> values;
};

// The lower factor L with L * L' = the matrix, of which only the lower half is read.
class Cholesky {
 public:
  // Absent: not positive definite, or so nearly not that nothing can be divided by it.
  static std::optional<Cholesky> Of(Square matrix) {
    for (std::size_t j = 0; j < matrix.n; ++j) {
      const double whole = matrix.at(j, j);
      for (std::size_t i = j; i < matrix.n; ++i) {
        double value = matrix.at(i, j);
        for (std::size_t k = 0; k < j; ++k) value -= matrix.at(i, k) * matrix.at(j, k);
        if (i == j) {
          if (!(value > 1e-13 * whole)) return std::nullopt;
          matrix.at(j, j) = std::sqrt(value);
        } else {
          matrix.at(i, j) = value / matrix.at(j, j);
        }
      }
    }
    return Cholesky(std::move(matrix));
  }

  double LogDeterminant() const {
    double sum = 0;
    for (std::size_t i = 0; i < lower_.n; ++i) sum += 2 * std::log(lower_.at(i, i));
    return sum;
  }

  // The x with matrix * x = `right`.
  std::vector<double> Solve(std::vector<double> right) const {
    for (std::size_t i = 0; i < lower_.n; ++i) {
      for (std::size_t k = 0; k < i; ++k) right[i] -= lower_.at(i, k) * right[k];
      right[i] /= lower_.at(i, i);
    }
    for (std::size_t i = lower_.n; i-- > 0;) {
      for (std::size_t k = i + 1; k < lower_.n; ++k) right[i] -= lower_.at(k, i) * right[k];
      right[i] /= lower_.at(i, i);
    }
    return right;
  }

  // One column of the inverse.
  std::vector<double> InverseColumn(std::size_t column) const {
    std::vector<double> unit(lower_.n);
    unit[column] = 1;
    return Solve(std::move(unit));
  }

 private:
  explicit Cholesky(Square lower) : lower_(std::move(lower)) {}
  Square lower_;
};

}  // namespace rapport::alliance
