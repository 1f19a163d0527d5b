// How much of the variance of ratings lies between therapists, families and members, and how much
// between the sessions of one member.
//
// Called for an agency's report. A linear model with a random intercept for each group of each
// level, groups of a level lying wholly in one of the level above; fitted by restricted maximum
// likelihood (Patterson and Thompson 1971), which R's lme4 and nlme fit too. Groups may have any
// size. Pure, thread-safe.
#pragma once

#include <absl/container/inlined_vector.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rapport::alliance {

// Numbers of groups, outermost first, for example therapist, family, member. An inner one needs to
// be unique only in the outer group.
using GroupPath = absl::InlinedVector<std::uint32_t, 3>;

// One value and where it lies.
struct NestedValue {
  GroupPath groups;  // as many in every value, at least one
  // Beside the intercept; as many in every value, may be none.
  absl::InlinedVector<double, 1> covariates;
  double value = 0;
};

struct FixedEffect {
  double estimate = 0;
  double standard_error = 0;
  // Of the t test against 0, by Satterthwaite's method as in R's lmerTest, from differences of the
  // likelihood: good to about 1e-5. Absent: the likelihood has no curvature to tell them from.
  std::optional<double> degrees;
  std::optional<double> p;  // two-sided; absent where the degrees are
};

struct VarianceComponents {
  int values = 0;
  std::vector<int> groups;         // of each level, outermost first
  std::vector<double> variances;   // of each level; 0 is on the edge of what is possible
  double residual = 0;             // between the values of one innermost group
  std::vector<FixedEffect> fixed;  // the intercept, then each covariate
  double log_likelihood = 0;       // restricted, at the maximum
  bool singular = false;           // a variance is 0: its level explains nothing here
  double total() const;            // of all levels and the residual
  // Share of the total that lies between groups of `level`; a share of the residual is the rest.
  double share(std::size_t level) const { return variances[level] / total(); }
};

// Absent where the model can't be told apart or has no maximum: fewer than 2 groups of a level, a
// level with as many groups as the one below (or as there are values), fewer values than effects,
// covariates that depend on each other, or values that don't vary within any innermost group.
std::optional<VarianceComponents> FitVarianceComponents(std::span<const NestedValue> values);

}  // namespace rapport::alliance
