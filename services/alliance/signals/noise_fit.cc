#include "alliance/signals/noise_fit.h"

#include "alliance/signals/measures.h"
#include "alliance/signals/rupture.h"

#include <map>
#include <string>

namespace rapport::alliance {
namespace {

constexpr int kIterations = 100;

}  // namespace

void NoiseFit::Add(std::span<const SessionFacts> family) {
  FamilyMonitor monitor;
  for (const SessionFacts& session : family) {
    RatedSession rated = RatedSeriesOf(figures_.level, session.observations);
    AlignForms(figures_.level, rated, monitor);
    ObserveRatings(figures_, session, rated, monitor);
  }
  // A rater of several helpers is one rater: the mean of what is believed of each series.
  std::map<std::string, std::pair<std::array<double, 3>, int>> raters;
  for (const auto& [key, series] : monitor.series) {
    auto& [sum, count] = raters[key.rater];
    const std::array<double, 3> shares = series.filter->NoiseShares();
    for (std::size_t k = 0; k < shares.size(); ++k) sum[k] += shares[k];
    ++count;
  }
  for (const auto& [rater, believed] : raters) {
    std::array<double, 3>& likelihood = likelihoods_.emplace_back();
    for (std::size_t k = 0; k < likelihood.size(); ++k) {
      const double prior = figures_.noise_shares[k];
      likelihood[k] = prior > 0 ? believed.first[k] / believed.second / prior : 0;
    }
  }
}

std::array<double, 3> NoiseFit::Shares() const {
  std::array<double, 3> shares = figures_.noise_shares;
  for (int i = 0; i < kIterations; ++i) {
    std::array<double, 3> count{};
    for (std::size_t k = 0; k < count.size(); ++k) {
      count[k] = kFitPriorNoises * figures_.noise_shares[k];
    }
    for (const std::array<double, 3>& likelihood : likelihoods_) {
      double all = 0;
      for (std::size_t k = 0; k < shares.size(); ++k) all += shares[k] * likelihood[k];
      if (all <= 0) continue;
      for (std::size_t k = 0; k < shares.size(); ++k) {
        count[k] += shares[k] * likelihood[k] / all;
      }
    }
    double all = 0;
    for (const double one : count) all += one;
    for (std::size_t k = 0; k < shares.size(); ++k) shares[k] = count[k] / all;
  }
  return shares;
}

}  // namespace rapport::alliance
