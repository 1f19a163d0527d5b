// Intraclass correlations: how far the members of a group, or the raters of a target, agree.
//
// Called for agency reports across families, never for one family's own page. No estimate is
// clamped: an ICC below 0 says that members of a group differ more than strangers, and is shown so.
// Formulas: Shrout and Fleiss 1979, McGraw and Wong 1996. Pure, thread-safe.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace rapport::alliance {

// An estimate with its 95 per cent interval and the F test it rests on.
struct Intraclass {
  double value = 0;
  double low = 0;
  double high = 0;
  double f = 0;
  double numerator = 0;  // degrees of freedom
  double denominator = 0;
};

// One-way analysis of variance of groups of any size.
struct OneWay {
  int values = 0;
  int groups = 0;
  double mean_size = 0;       // values / groups
  double effective_size = 0;  // n0 = (N - sum of n^2 / N) / (groups - 1)
  double between = 0;         // mean squares
  double within = 0;
  std::optional<double> f;  // between / within; absent where nothing varies within
  std::optional<double> p;  // of an f this large if groups didn't differ
  // (between - within) / (between + (k - 1) * within). Groups of unequal size have no single k:
  // with n0, which R's psychometric and ours report, and with the mean size, as R's multilevel
  // does. Equal for equal groups. Absent: nothing varies at all.
  std::optional<double> icc1;            // k = n0
  std::optional<double> icc1_mean_size;  // k = mean size
  // Reliability of a group's mean: (between - within) / between. Absent: groups are all alike.
  std::optional<double> icc2;
};

// Absent: fewer than 2 groups that have a value, or no group with 2.
std::optional<OneWay> OneWayOf(std::span<const std::vector<double>> groups);

// The six forms of a table where the same raters rate every target.
struct TwoWay {
  int targets = 0;
  int raters = 0;
  Intraclass one_way;              // ICC(1,1): raters differ from target to target
  Intraclass agreement;            // ICC(2,1), A: raters are a sample, their level counts
  Intraclass consistency;          // ICC(3,1), C: raters are these, their level doesn't count
  Intraclass one_way_average;      // the same of the mean of all raters
  Intraclass agreement_average;    //
  Intraclass consistency_average;  //
};

// One row a target, one column a rater, none missing. Intervals as R's psych computes them; for the
// agreement ones by Satterthwaite's degrees of freedom. Absent: fewer than 2 rows or columns, rows
// of different length, or nothing that varies within targets after the raters' levels are taken
// out.
std::optional<TwoWay> TwoWayOf(std::span<const std::vector<double>> table);

}  // namespace rapport::alliance
