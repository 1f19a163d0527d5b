#include "alliance/scoring/trend.h"

#include "alliance/scoring/student_t.h"

#include <cmath>

namespace rapport::alliance {

std::optional<Trend> FitTrend(std::span<const TrendPoint> points) {
  if (points.size() < 3) return std::nullopt;
  const double n = static_cast<double>(points.size());
  double mean_x = 0;
  double mean_y = 0;
  for (const TrendPoint& point : points) {
    mean_x += point.x;
    mean_y += point.y;
  }
  mean_x /= n;
  mean_y /= n;
  double xx = 0;
  double xy = 0;
  double yy = 0;
  for (const TrendPoint& point : points) {
    xx += (point.x - mean_x) * (point.x - mean_x);
    xy += (point.x - mean_x) * (point.y - mean_y);
    yy += (point.y - mean_y) * (point.y - mean_y);
  }
  if (xx == 0) return std::nullopt;

  Trend trend;
  trend.n = static_cast<int>(points.size());
  trend.slope = xy / xx;
  trend.intercept = mean_y - trend.slope * mean_x;
  double residuals = 0;
  for (const TrendPoint& point : points) {
    const double residual = point.y - trend.intercept - trend.slope * point.x;
    residuals += residual * residual;
  }
  const double degrees = n - 2;
  trend.standard_error = std::sqrt(residuals / degrees / xx);
  const double half = StudentQuantile(0.05, degrees) * trend.standard_error;
  trend.low = trend.slope - half;
  trend.high = trend.slope + half;
  if (yy > 0) {
    trend.r_squared = 1 - residuals / yy;
    trend.p =
        trend.standard_error > 0 ? StudentTwoSided(trend.slope / trend.standard_error, degrees) : 0;
  }
  return trend;
}

}  // namespace rapport::alliance
