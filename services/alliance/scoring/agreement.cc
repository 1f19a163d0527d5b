#include "alliance/scoring/agreement.h"

#include "alliance/scoring/numbers.h"

namespace rapport::alliance {
namespace {

Agreement Shown(double raw, double q, int raters) {
  // Beyond q = 1 the raters differ more than chance would make them, and the form of r_wg(J) turns.
  const bool meaningful = q <= 1 && raw >= 0;
  return {.value = meaningful ? raw : 0, .raw = raw, .raters = raters};
}

}  // namespace

double UniformVariance(int options, double spacing) {
  const double a = options;
  return (a * a - 1) / 12 * spacing * spacing;
}

double BipolarVariance(int lowest, int highest, double spacing) {
  double sum = 0, squares = 0;
  for (int answer = lowest; answer <= highest; ++answer) {
    sum += answer;
    squares += static_cast<double>(answer) * answer;
  }
  const double options = highest - lowest;  // 0 is none of them
  const double mean = sum / options;
  return (squares / options - mean * mean) * spacing * spacing;
}

std::optional<Agreement> RWg(std::span<const double> values, double null_variance) {
  const std::optional<double> variance = SampleVariance(values);
  if (!variance) return std::nullopt;
  const double q = *variance / null_variance;
  return Shown(1 - q, q, static_cast<int>(values.size()));
}

std::optional<Agreement> RWgJ(std::span<const std::vector<std::optional<double>>> ratings,
                              double null_variance) {
  std::vector<const std::vector<std::optional<double>>*> complete;
  for (const auto& row : ratings) {
    if (row.size() != ratings.front().size()) return std::nullopt;
    bool whole = true;
    for (const std::optional<double>& answer : row) whole = whole && answer.has_value();
    if (whole) complete.push_back(&row);
  }
  if (complete.size() < 2 || ratings.front().empty()) return std::nullopt;
  const std::size_t items = ratings.front().size();
  std::vector<double> variances;
  for (std::size_t item = 0; item < items; ++item) {
    std::vector<double> column;
    for (const auto* row : complete) column.push_back(*(*row)[item]);
    variances.push_back(*SampleVariance(column));
  }
  const double q = *Mean(variances) / null_variance;
  const double j = static_cast<double>(items);
  const double agreed = j * (1 - q);
  return Shown(agreed / (agreed + q), q, static_cast<int>(complete.size()));
}

}  // namespace rapport::alliance
