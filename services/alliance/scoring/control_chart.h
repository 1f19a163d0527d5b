// Control charts of one series: EWMA with exact limits, and the two-sided CUSUM.
//
// Called by reports and by the detection of slow drifts. Formulas: Montgomery, Introduction to
// Statistical Quality Control, chapter 9. Pure, thread-safe.
#pragma once

#include <span>
#include <vector>

namespace rapport::alliance {

// What the process is when nothing happens. `sd` above 0.
struct InControl {
  double mean = 0;
  double sd = 1;
};

// One step of an EWMA chart.
struct EwmaPoint {
  double ewma = 0;
  double lower = 0;  // exact limits at this step: narrow at first, wider up to the asymptote
  double upper = 0;
  bool signal = false;  // outside, strictly
};

// z_t = lambda * x_t + (1 - lambda) * z_(t-1) from z_0 = mean; limits mean +- width * sd *
// sqrt(lambda / (2 - lambda) * (1 - (1 - lambda)^(2t))). `lambda` in (0, 1].
std::vector<EwmaPoint> Ewma(std::span<const double> values, InControl control, double lambda,
                            double width);

// One step of a CUSUM chart. Sums do not restart after a signal.
struct CusumPoint {
  double high = 0;  // evidence of a rise
  double low = 0;   // evidence of a fall
  bool signal = false;
};

// high_t = max(0, high_(t-1) + x_t - mean - k * sd), low likewise downwards; a signal is a sum
// strictly above h * sd.
std::vector<CusumPoint> Cusum(std::span<const double> values, InControl control, double k,
                              double h);

}  // namespace rapport::alliance
