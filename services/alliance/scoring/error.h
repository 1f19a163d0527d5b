// Measurement error of a score, and the change that error alone rarely gives.
//
// Called when a rating is scored, by signals and by reports. Formulas: Jacobson and Truax 1991.
// Every result names the reliability it rests on, since the variants differ: internal consistency
// is the error of one session, retest reliability absorbs true change. Pure, thread-safe.
#pragma once

#include "rapport/alliance/v1/instrument.pb.h"
#include "rapport/alliance/v1/rating.pb.h"

#include <optional>
#include <string_view>

namespace rapport::alliance {

// The two-sided 5 per cent point of the normal distribution.
inline constexpr double kCritical95 = 1.959963984540054;

// SD * sqrt(1 - r). `sd` above 0, `r` in [0, 1]; 0 at r = 1.
double StandardError(double sd, double r);

// Standard error of the difference of two scores: SD * sqrt(2 * (1 - r)).
double StandardErrorOfDifference(double sd, double r);

// What is known of the error of one score.
struct ErrorModel {
  double sd = 0;  // between raters, on the score's metric
  double r = 0;
  v1::ChangeBasis basis = v1::CHANGE_BASIS_UNSPECIFIED;  // of `r`
  std::optional<double> retest;                          // reliability, whatever `r` is
  bool provisional = false;  // nobody checked the figures against their source
  // As published, in the place of `sd` and `r`.
  std::optional<double> published = std::nullopt;
  double standard_error() const;
  double reliable_change() const;
  std::optional<double> retest_reliable_change() const;
};

// A rater's age where it is not known: fits only populations of any age.
inline constexpr int kAgeUnknown = -1;

// Whether the population's figures are for a rater of this age in whole years.
bool Fits(const v1::Population& population, int age_years);

// The first entry of the instrument for this score that fits the age and has a standard deviation
// and a reliability, or a published reliable change. Alpha comes before retest, retest before a
// convention, and what can be computed before what was published. Absent: none.
std::optional<ErrorModel> FindError(const v1::Instrument& instrument, std::string_view score,
                                    int age_years);

// Standard deviation between raters, from the first fitting entry that has one; needs no
// reliability. Absent: none.
std::optional<double> FindDeviation(const v1::Instrument& instrument, std::string_view score,
                                    int age_years);

// What the first cut-off that fits the score and the age says of a value.
struct CutoffResult {
  bool beyond = false;
  bool provisional = false;
};
// Absent: no cut-off is published for this score and age.
std::optional<CutoffResult> CheckCutoff(const v1::Instrument& instrument, std::string_view score,
                                        int age_years, double value);

}  // namespace rapport::alliance
