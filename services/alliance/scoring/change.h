// Clinical significance of one person's change between two times.
//
// Called for outcome measures. The alliance itself has no healthy norm, so nobody "recovers" on it:
// there only the reliable change counts. Formulas: Jacobson and Truax 1991. Pure.
#pragma once

#include <cstdint>
#include <optional>

namespace rapport::alliance {

// (post - pre) / standard error of the difference, which is above 0.
double ReliableChangeIndex(double pre, double post, double error_of_difference);

// Jacobson and Truax's cut-off c: between the means, weighted by the deviations. Both above 0.
double CutoffC(double clinical_mean, double clinical_sd, double functional_mean,
               double functional_sd);

enum class ChangeClass : std::uint8_t {
  kUnchanged,
  kImproved,      // reliably, without crossing the cut-off
  kRecovered,     // reliably, and from the clinical to the functional side
  kDeteriorated,  // reliably the wrong way
  kHarmed,        // reliably the wrong way, and from the functional to the clinical side
};

struct ChangeRule {
  double error_of_difference = 0;
  double critical = 0;           // |index| must be strictly above it, for example kCritical95
  std::optional<double> cutoff;  // between clinical and functional; a value on it is neither
  bool higher_better = true;
};

struct Change {
  double index = 0;
  bool clinical_before = false;
  bool functional_after = false;
  ChangeClass result = ChangeClass::kUnchanged;
};

Change ClassifyChange(double pre, double post, const ChangeRule& rule);

}  // namespace rapport::alliance
