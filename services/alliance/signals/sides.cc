#include "alliance/signals/sides.h"

#include "alliance/scoring/numbers.h"

#include <cmath>

namespace rapport::alliance {
namespace {

double Square(double value) { return value * value; }

}  // namespace

void AddTo(Side& side, const RatedSeries& rating, Normal expected) {
  const auto n = static_cast<double>(side.ratings.size());
  const auto mix = [n](double& to, double value) { to = (to * n + value) / (n + 1); };
  const double error = rating.AverageError();
  mix(side.surprise, rating.Average() - expected.mean);
  mix(side.value, rating.Average());
  // Errors of several ratings average out; what was expected of them goes together.
  side.error = (side.error * n * n + error) / Square(n + 1);
  mix(side.variance, expected.variance);
  side.ratings.push_back(&rating);
}

std::vector<Side> MemberSides(const RatedSession& rated, const Expected& expected) {
  std::map<std::string, Side> sides;
  for (const auto& [key, rating] : rated) {
    if (key.interpersonal != v1::INTERPERSONAL_SELF) continue;
    Side& side = sides[key.rater];
    side.member = key.rater;
    AddTo(side, rating, expected.at(key));
  }
  std::vector<Side> all;
  for (auto& [member, side] : sides) all.push_back(std::move(side));
  return all;
}

std::optional<Company> CompanyOf(std::span<const Side> sides, std::size_t self,
                                 double day_variance) {
  std::vector<double> surprises;
  double variance = 0;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    if (i == self) continue;
    surprises.push_back(sides[i].surprise);
    variance += sides[i].variance + sides[i].error + day_variance;
  }
  if (surprises.empty()) return std::nullopt;
  const auto n = static_cast<double>(surprises.size());
  // The median of three or more normals has up to pi/2 times the variance of their mean.
  const double loss = n < 3 ? 1 : 1.35;
  return Company{.value = *Median(surprises), .error_variance = loss * variance / (n * n)};
}

Normal FamilyDay(const LevelParameters& level, const std::optional<Company>& company) {
  const double shared = Square(level.family_day_sd);
  if (!company) return {0, shared};
  const double trust = shared / (shared + company->error_variance);
  return {trust * company->value, trust * company->error_variance};
}

}  // namespace rapport::alliance
