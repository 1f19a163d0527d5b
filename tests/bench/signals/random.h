// Random: numbers that are the same on every machine and library for one seed.
//
// xoshiro256++ (Blackman and Vigna 2019), seeded by splitmix64. One thread each.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>

namespace rapport::bench {

class Random {
 public:
  // Streams of different (seed, stream) are independent for all purposes here.
  Random(std::uint64_t seed, std::uint64_t stream) {
    std::uint64_t x = seed * 0x9e3779b97f4a7c15u ^ (stream + 1) * 0xd1342543de82ef95u;
    for (std::uint64_t& word : state_) {
      x += 0x9e3779b97f4a7c15u;
      std::uint64_t z = x;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
      word = z ^ (z >> 31);
    }
  }

  // In [0, 1).
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  bool Chance(double probability) { return Uniform() < probability; }
  // In [0, count), which is above 0.
  int Below(int count) { return static_cast<int>(Uniform() * count); }

  // Box and Muller 1958; the second value is not kept, so that every draw costs the same two.
  double Normal(double variance) {
    const double radius = std::sqrt(-2 * variance * std::log(1 - Uniform()));
    return radius * std::cos(2 * std::numbers::pi * Uniform());
  }

  // An index, with probabilities that sum up to 1.
  int Choose(std::span<const double> probabilities) {
    double left = Uniform();
    for (std::size_t i = 0; i + 1 < probabilities.size(); ++i) {
      left -= probabilities[i];
      if (left < 0) return static_cast<int>(i);
    }
    return static_cast<int>(probabilities.size()) - 1;
  }

 private:
  std::uint64_t Next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  std::array<std::uint64_t, 4> state_{};
};

}  // namespace rapport::bench
