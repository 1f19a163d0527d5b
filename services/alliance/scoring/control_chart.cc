#include "alliance/scoring/control_chart.h"

#include <algorithm>
#include <cmath>

namespace rapport::alliance {

std::vector<EwmaPoint> Ewma(std::span<const double> values, InControl control, double lambda,
                            double width) {
  std::vector<EwmaPoint> chart;
  chart.reserve(values.size());
  double z = control.mean;
  for (std::size_t i = 0; i < values.size(); ++i) {
    z = lambda * values[i] + (1 - lambda) * z;
    const double settled = 1 - std::pow(1 - lambda, 2 * static_cast<double>(i + 1));
    const double half = width * control.sd * std::sqrt(lambda / (2 - lambda) * settled);
    EwmaPoint point{.ewma = z, .lower = control.mean - half, .upper = control.mean + half};
    point.signal = z < point.lower || z > point.upper;
    chart.push_back(point);
  }
  return chart;
}

std::vector<CusumPoint> Cusum(std::span<const double> values, InControl control, double k,
                              double h) {
  std::vector<CusumPoint> chart;
  chart.reserve(values.size());
  const double slack = k * control.sd;
  const double limit = h * control.sd;
  CusumPoint point;
  for (const double value : values) {
    point.high = std::max(0.0, point.high + value - control.mean - slack);
    point.low = std::max(0.0, point.low + control.mean - value - slack);
    point.signal = point.high > limit || point.low > limit;
    chart.push_back(point);
  }
  return chart;
}

}  // namespace rapport::alliance
