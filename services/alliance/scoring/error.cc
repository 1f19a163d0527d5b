#include "alliance/scoring/error.h"

#include <cmath>
#include <numbers>

namespace rapport::alliance {
namespace {

bool Holds(double value, v1::Comparison comparison, double limit) {
  switch (comparison) {
    case v1::COMPARISON_LESS:
      return value < limit;
    case v1::COMPARISON_LESS_OR_EQUAL:
      return value <= limit;
    case v1::COMPARISON_GREATER:
      return value > limit;
    case v1::COMPARISON_GREATER_OR_EQUAL:
      return value >= limit;
    default:
      return false;
  }
}

}  // namespace

double StandardError(double sd, double r) { return sd * std::sqrt(1 - r); }

double StandardErrorOfDifference(double sd, double r) { return sd * std::sqrt(2 * (1 - r)); }

double ErrorModel::standard_error() const {
  return published ? *published / (kCritical95 * std::numbers::sqrt2) : StandardError(sd, r);
}

double ErrorModel::reliable_change() const {
  return published ? *published : kCritical95 * StandardErrorOfDifference(sd, r);
}

std::optional<double> ErrorModel::retest_reliable_change() const {
  if (!retest || published) return std::nullopt;
  return kCritical95 * StandardErrorOfDifference(sd, *retest);
}

bool Fits(const v1::Population& population, int age_years) {
  if (population.min_age_years() == 0 && population.max_age_years() == 0) return true;
  if (age_years == kAgeUnknown || age_years < population.min_age_years()) return false;
  return population.max_age_years() == 0 || age_years <= population.max_age_years();
}

std::optional<ErrorModel> FindError(const v1::Instrument& instrument, std::string_view score,
                                    int age_years) {
  for (const v1::Reliability& entry : instrument.reliabilities()) {
    if (entry.score() != score || !Fits(entry.population(), age_years)) continue;
    ErrorModel model{.sd = entry.standard_deviation(),
                     .provisional = !entry.population().verified()};
    if (!entry.has_standard_deviation()) {
      if (!entry.has_reliable_change()) continue;
      model.published = entry.reliable_change();
      model.basis = v1::CHANGE_BASIS_PUBLISHED;
      return model;
    }
    if (entry.has_retest()) model.retest = entry.retest();
    if (entry.has_alpha()) {
      model.r = entry.alpha();
      model.basis = v1::CHANGE_BASIS_ALPHA;
    } else if (entry.has_retest()) {
      model.r = entry.retest();
      model.basis = v1::CHANGE_BASIS_RETEST;
    } else if (entry.has_assumed()) {
      model.r = entry.assumed();
      model.basis = v1::CHANGE_BASIS_ASSUMED;
    } else {
      continue;
    }
    return model;
  }
  return std::nullopt;
}

std::optional<double> FindDeviation(const v1::Instrument& instrument, std::string_view score,
                                    int age_years) {
  for (const v1::Reliability& entry : instrument.reliabilities()) {
    if (entry.score() != score || !Fits(entry.population(), age_years)) continue;
    if (entry.has_standard_deviation()) return entry.standard_deviation();
  }
  return std::nullopt;
}

std::optional<CutoffResult> CheckCutoff(const v1::Instrument& instrument, std::string_view score,
                                        int age_years, double value) {
  for (const v1::Cutoff& cutoff : instrument.cutoffs()) {
    if (cutoff.score() != score || !Fits(cutoff.population(), age_years)) continue;
    return CutoffResult{.beyond = Holds(value, cutoff.comparison(), cutoff.value()),
                        .provisional = !cutoff.population().verified()};
  }
  return std::nullopt;
}

}  // namespace rapport::alliance
