#include "alliance/scoring/calibration.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

namespace rapport::alliance {
namespace {

// Posteriors nearer to 0 or 1 count as this near: how often 1 in 1,000 is wrong, a few hundred
// judgements don't tell, and a line through the others would run away there.
constexpr double kEdge = 0.01;
constexpr double kLeast = 1e-6;
constexpr double kZ = 1.96;
constexpr std::size_t kFolds = 10, kBins = 5;
constexpr int kSteps = 100;
constexpr double kSmallStep = 1e-10;
// Draws the slope to 1 where the posteriors hardly differ; next to nothing beside 200 judgements.
constexpr double kRidge = 0.1;

double Logit(double p) {
  p = std::clamp(p, kEdge, 1 - kEdge);
  return std::log(p / (1 - p));
}

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// Newton's method on the penalised likelihood, which has one maximum.
CalibrationCurve Fit(std::span<const JudgedSignal> judged) {
  double confirmed = 0;
  for (const JudgedSignal& one : judged) confirmed += one.confirmed ? 1 : 0;
  const double others = static_cast<double>(judged.size()) - confirmed;
  const double yes = (confirmed + 1) / (confirmed + 2), no = 1 / (others + 2);
  CalibrationCurve curve;
  for (int step = 0; step < kSteps; ++step) {
    double g0 = 0, g1 = kRidge * (curve.slope - 1), h00 = kLeast, h01 = 0, h11 = kRidge;
    for (const JudgedSignal& one : judged) {
      const double x = Logit(one.posterior);
      const double p = Sigmoid(curve.intercept + curve.slope * x);
      const double residual = p - (one.confirmed ? yes : no);
      const double weight = p * (1 - p);
      g0 += residual;
      g1 += residual * x;
      h00 += weight;
      h01 += weight * x;
      h11 += weight * x * x;
    }
    const double determinant = h00 * h11 - h01 * h01;
    const double d0 = (h11 * g0 - h01 * g1) / determinant;
    const double d1 = (h00 * g1 - h01 * g0) / determinant;
    // Far from the maximum a whole step may lead away from it.
    const double damping = 1 / std::max({1.0, std::fabs(d0), std::fabs(d1)});
    curve.intercept -= damping * d0;
    curve.slope -= damping * d1;
    if (std::fabs(d0) + std::fabs(d1) < kSmallStep) break;
  }
  return curve;
}

struct Predicted {
  double p = 0;
  bool confirmed = false;
};

// Each by a fit to the other folds. `judged` is in order, so that folds are alike.
std::vector<Predicted> PredictedByOthers(const std::vector<JudgedSignal>& judged) {
  std::vector<Predicted> all;
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    std::vector<JudgedSignal> others;
    for (std::size_t i = 0; i < judged.size(); ++i) {
      if (i % kFolds != fold) others.push_back(judged[i]);
    }
    const CalibrationCurve curve = Fit(others);
    for (std::size_t i = fold; i < judged.size(); i += kFolds) {
      all.push_back({curve.At(judged[i].posterior), judged[i].confirmed});
    }
  }
  std::ranges::sort(all, {}, [](const Predicted& one) { return std::pair(one.p, one.confirmed); });
  return all;
}

struct BinError {
  double mean = 0;  // distance of predicted and observed shares
  double chance =
      0;  // the same, expected where the predictions are right: sqrt(2 p (1 - p) / pi n)
};

BinError ErrorOf(const std::vector<Predicted>& predicted) {
  BinError error;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    const std::size_t from = bin * predicted.size() / kBins;
    const std::size_t to = (bin + 1) * predicted.size() / kBins;
    const auto size = static_cast<double>(to - from);
    double distance = 0, share = 0;
    for (std::size_t i = from; i < to; ++i) {
      distance += predicted[i].p - (predicted[i].confirmed ? 1 : 0);
      share += predicted[i].p / size;
    }
    error.mean += std::fabs(distance) / size / kBins;
    error.chance += std::sqrt(2 * share * (1 - share) / (std::numbers::pi * size)) / kBins;
  }
  return error;
}

double SpiegelhalterZ(const std::vector<Predicted>& predicted) {
  double distance = 0, variance = 0;
  for (const Predicted& one : predicted) {
    const double lean = 1 - 2 * one.p;
    distance += ((one.confirmed ? 1 : 0) - one.p) * lean;
    variance += lean * lean * one.p * (1 - one.p);
  }
  return variance > 0 ? distance / std::sqrt(variance) : 0;
}

}  // namespace

double CalibrationCurve::At(double posterior) const {
  return std::clamp(Sigmoid(intercept + slope * Logit(posterior)), kLeast, 1 - kLeast);
}

Calibration CalibrationOf(std::span<const JudgedSignal> judged) {
  Calibration calibration{.judged = static_cast<int>(judged.size())};
  std::vector<JudgedSignal> ordered(judged.begin(), judged.end());
  std::ranges::sort(
      ordered, {}, [](const JudgedSignal& one) { return std::pair(one.posterior, one.confirmed); });
  for (const JudgedSignal& one : ordered) calibration.confirmed += one.confirmed ? 1 : 0;
  const int others = calibration.judged - calibration.confirmed;
  if (calibration.judged < kFewestJudged ||
      std::min(calibration.confirmed, others) < kFewestOfAVerdict) {
    return calibration;
  }
  calibration.curve = Fit(ordered);
  const std::vector<Predicted> predicted = PredictedByOthers(ordered);
  const BinError error = ErrorOf(predicted);
  calibration.error = error.mean;
  calibration.z = SpiegelhalterZ(predicted);
  calibration.passed = calibration.curve->slope > 0 && std::fabs(calibration.z) <= kZ &&
                       error.mean <= kMostError + error.chance;
  return calibration;
}

}  // namespace rapport::alliance
