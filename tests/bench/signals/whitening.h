// Linear algebra of the best possible detector: normal series made independent, in order of time.
//
// With L the Cholesky factor of the covariance, L^-1 x holds in its first n places only x's first
// n, so that one factorisation serves every session's "up to now". Pure.
#pragma once

#include <cstddef>
#include <vector>

namespace rapport::bench {

// A lower triangular matrix, by rows.
class Triangle {
 public:
  explicit Triangle(std::size_t size) : size_(size), values_(size * (size + 1) / 2) {}
  std::size_t size() const { return size_; }
  double* Row(std::size_t row) { return values_.data() + row * (row + 1) / 2; }
  const double* Row(std::size_t row) const { return values_.data() + row * (row + 1) / 2; }

 private:
  std::size_t size_;
  std::vector<double> values_;
};

// Replaces a covariance, which must be positive definite, by the inverse of its Cholesky factor.
void InvertFactor(Triangle& covariance);

// A series of values that share one unknown level: covariance level 11' + noise I. Takes p, the
// course of an event's effect, and d, what was seen, session by session; all results are of what it
// has taken so far.
class LevelSeries {
 public:
  LevelSeries(double level, double noise) : level_(level), noise_(noise) {}

  void Take(double p, double d) {
    ++count_;
    pp_ += p * p;
    p_ += p;
    pd_ += p * d;
    d_ += d;
  }

  double PD() const { return (pd_ - Shrink() * p_ * d_) / noise_; }  // p' K^-1 d
  double PP() const { return (pp_ - Shrink() * p_ * p_) / noise_; }  // p' K^-1 p

 private:
  double Shrink() const { return level_ / (noise_ + count_ * level_); }

  double level_, noise_;
  double count_ = 0, pp_ = 0, p_ = 0, pd_ = 0, d_ = 0;
};

}  // namespace rapport::bench
