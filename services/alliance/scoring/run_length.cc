#include "alliance/scoring/run_length.h"

#include "alliance/scoring/normal.h"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

namespace rapport::alliance {
namespace {

constexpr std::size_t kNodes = 80;

double Density(double x) {
  return std::exp(-x * x / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}

// Nodes and weights on [low, high]: roots of Legendre's polynomial by Newton's method.
struct Quadrature {
  Quadrature(double low, double high) {
    const double n = kNodes;
    for (std::size_t i = 0; i < kNodes; ++i) {
      double x = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (n + 0.5));
      double slope = 1;
      for (int step = 0; step < 100; ++step) {
        double previous = 1;
        double value = x;
        for (std::size_t k = 2; k <= kNodes; ++k) {
          const double order = static_cast<double>(k);
          previous =
              std::exchange(value, ((2 * order - 1) * x * value - (order - 1) * previous) / order);
        }
        slope = n * (x * value - previous) / (x * x - 1);
        const double move = value / slope;
        x -= move;
        if (std::fabs(move) < 1e-16) break;
      }
      nodes.push_back((high + low) / 2 - (high - low) / 2 * x);
      weights.push_back((high - low) / ((1 - x * x) * slope * slope));
    }
  }
  std::vector<double> nodes;
  std::vector<double> weights;
};

// Gauss's elimination with row exchange; the matrix is I minus a contraction, so never singular.
std::vector<double> Solve(std::vector<std::vector<double>> matrix, std::vector<double> right) {
  const std::size_t n = right.size();
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < n; ++i) {
      if (std::fabs(matrix[i][k]) > std::fabs(matrix[pivot][k])) pivot = i;
    }
    std::swap(matrix[k], matrix[pivot]);
    std::swap(right[k], right[pivot]);
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = matrix[i][k] / matrix[k][k];
      for (std::size_t j = k; j < n; ++j) matrix[i][j] -= factor * matrix[k][j];
      right[i] -= factor * right[k];
    }
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = i + 1; j < n; ++j) right[i] -= matrix[i][j] * right[j];
    right[i] /= matrix[i][i];
  }
  return right;
}

// Of the upper sum alone.
double OneSidedRunLength(double k, double h, double shift) {
  const Quadrature grid(0, h);
  // The first unknown is the length from 0, where the sum stays with a probability of its own.
  const std::size_t n = kNodes + 1;
  const auto at = [&](std::size_t i) { return i == 0 ? 0 : grid.nodes[i - 1]; };
  std::vector<std::vector<double>> matrix(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) {
    matrix[i][0] = -NormalBelow(k - shift - at(i));
    for (std::size_t j = 1; j < n; ++j) {
      matrix[i][j] = -grid.weights[j - 1] * Density(at(j) + k - shift - at(i));
    }
    matrix[i][i] += 1;
  }
  return Solve(std::move(matrix), std::vector<double>(n, 1)).front();
}

}  // namespace

double EwmaRunLength(double lambda, double width, double shift) {
  const double limit = width * std::sqrt(lambda / (2 - lambda));
  const Quadrature grid(-limit, limit);
  const auto kernel = [&](double from, double to) {
    return Density((to - (1 - lambda) * from) / lambda - shift) / lambda;
  };
  std::vector<std::vector<double>> matrix(kNodes, std::vector<double>(kNodes));
  for (std::size_t i = 0; i < kNodes; ++i) {
    for (std::size_t j = 0; j < kNodes; ++j) {
      matrix[i][j] = (i == j ? 1 : 0) - grid.weights[j] * kernel(grid.nodes[i], grid.nodes[j]);
    }
  }
  const std::vector<double> lengths = Solve(std::move(matrix), std::vector<double>(kNodes, 1));
  double length = 1;
  for (std::size_t j = 0; j < kNodes; ++j) {
    length += grid.weights[j] * kernel(0, grid.nodes[j]) * lengths[j];
  }
  return length;
}

double EwmaWidth(double lambda, double run_length) {
  double low = 0;
  double high = 1;
  while (EwmaRunLength(lambda, high, 0) < run_length) high *= 2;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (EwmaRunLength(lambda, middle, 0) < run_length ? low : high) = middle;
  }
  return (low + high) / 2;
}

double CusumRunLength(double k, double h, double shift) {
  return 1 / (1 / OneSidedRunLength(k, h, shift) + 1 / OneSidedRunLength(k, h, -shift));
}

}  // namespace rapport::alliance
