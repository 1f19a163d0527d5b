// How a measure does in an agency's own data: who answers, how scores lie, whether they hang
// together, and where their variance comes from.
//
// Called for GetAgencyInsight. Every figure rests on at least 11 raters (SuppressSmall) or is
// absent, and so does what any two windows differ by: each figure is of what batches give, each of
// which gives of 11 people or more or nothing. Formulas: the headers of alpha, omega, intraclass,
// agreement and variance_components. Pure, thread-safe.
#pragma once

#include "alliance/scoring/alpha.h"
#include "alliance/scoring/intraclass.h"
#include "alliance/scoring/variance_components.h"

#include <absl/functional/function_ref.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rapport::alliance {

// One score of one rating with one instrument. Whom it is of are numbers that mean nothing else.
struct InsightRating {
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t therapist = kNone, family = kNone, member = kNone;
  int session_number = 0;  // of the family
  double value = 0;
  int window_batch = 0;  // in which of the window's batches it was recorded
  // In which of the batches that never grow it was published, and as what; NaN: in none yet, or it
  // was not defined then.
  int batch = 0;
  double published = std::numeric_limits<double>::quiet_NaN();
};

// Answers to the score's items in the rating at a place of the list as it was published, after
// reversal; as many in every one. Asked for the latest rating of each rater in a batch only, so
// that nobody holds those of all, and of none that was not published.
using ItemsOfRating = absl::FunctionRef<std::vector<std::optional<double>>(std::size_t place)>;

// How the measure is made.
struct InsightMeasure {
  double lowest = 0;  // of the score
  double highest = 0;
  double null_variance = 0;  // of chance answers, by UniformVariance; above 0
};

// A share of people with both parts large enough to be shown.
struct InsightShare {
  std::int64_t asked = 0;
  double share = 0;
};
// Absent: fewer than 11 were asked, or one of the two parts is of 1 to 10.
std::optional<InsightShare> ShareOf(std::int64_t asked, std::int64_t answered);

// How many raters' scores lie in one tenth of the range; the last one holds the highest too. Of
// each rater the latest score of each batch, as published: so a bin is a sum over batches, each of
// which hides what is small by itself, and no two windows differ by fewer than 11 people.
struct InsightBin {
  double from = 0;
  double to = 0;
  std::optional<std::int64_t> raters;  // absent: hidden in one of the batches
};

struct Insight {
  std::int64_t ratings = 0;
  std::int64_t raters = 0;    // different members
  std::int64_t families = 0;  // different
  // Of the latest rating of each rater in each of the window's batches.
  std::optional<double> mean;
  std::optional<double> deviation;
  std::vector<InsightBin> distribution;  // empty: nothing of it is published yet
  // Listwise; its rows are the latest rating of each rater in each batch that never grows and has
  // 11 complete ones.
  std::optional<Consistency> consistency;
  std::optional<double> omega;  // absent too where the one-factor solution is improper
  // Of families' members in their latest common session of each batch that never grows and has 11
  // families with 2 raters.
  std::optional<OneWay> families_apart;
  std::optional<double> median_rwg;  // of those families' sessions, each 0 where below chance
  // Of all ratings by therapist, family and member; the level of the therapist is left out where
  // there are fewer than 11. `levels` says which were told apart, outermost first.
  std::vector<std::string> levels;
  std::optional<VarianceComponents> variance;
};

// Below 11 raters everything but the counts is absent, and so are the counts.
std::optional<Insight> InsightOf(std::span<const InsightRating> ratings, ItemsOfRating items,
                                 const InsightMeasure& measure);

}  // namespace rapport::alliance
