#include "alliance/signals/repair.h"

#include <algorithm>

namespace rapport::alliance {
namespace {

// What lies this close to the lowest value, as a share of the depth, belongs to the trough.
constexpr double kTrough = 0.25;
constexpr double kHalf = 0.5;

bool Back(std::span<const double> course, double reference, const RepairRule& rule) {
  return !rule.beyond_cutoff && course.back() >= reference - rule.tolerance - 1e-9;
}

RepairShape ShapeOf(std::span<const double> course, double reference) {
  const double lowest = *std::ranges::min_element(course);
  const double bound = lowest + kTrough * (reference - lowest) + 1e-9;
  const auto is_low = [&](double value) { return value <= bound; };
  const auto first = std::ranges::find_if(course, is_low) - course.begin();
  auto last = first;
  for (auto i = first; i < std::ssize(course); ++i) {
    if (is_low(course[static_cast<std::size_t>(i)])) last = i;
  }
  if (std::ssize(course) - 1 - last > 1) return RepairShape::kSlow;
  if (first > 0) return RepairShape::kStep;
  return last == first ? RepairShape::kV : RepairShape::kU;
}

RepairView Judge(std::span<const double> course, double reference, const RepairRule& rule,
                 bool now) {
  if (Back(course, reference, rule)) {
    return {RepairResult::kRepaired, ShapeOf(course, reference)};
  }
  if (!now && std::ssize(course) <= rule.sessions) return {};
  const double depth = reference - *std::ranges::min_element(course);
  const bool half = course.back() >= reference - kHalf * depth - 1e-9;
  return {half ? RepairResult::kPartly : RepairResult::kUnrepaired, RepairShape::kL};
}

}  // namespace

RepairView JudgeRepair(std::span<const double> course, double reference, const RepairRule& rule) {
  return Judge(course, reference, rule, false);
}

RepairView CloseRepair(std::span<const double> course, double reference, const RepairRule& rule) {
  return Judge(course, reference, rule, true);
}

}  // namespace rapport::alliance
