// Sides: what each member, or one helper of a member, did in a session against what was expected.
//
// Called by the watches that compare one member with the others of the same session. Pure.
#pragma once

#include "alliance/signals/rupture.h"

#include <optional>
#include <span>

namespace rapport::alliance {

// What a rating was expected to be before this session, by series: average of its measures, in SD.
using Expected = std::map<SeriesKey, Normal>;

// One side of a comparison: a member over all helpers, or one helper of a member.
struct Side {
  std::string member, target;
  std::vector<const RatedSeries*> ratings;
  double surprise = 0;  // average of value - expected
  double variance = 0;  // of it, without the day
  double value = 0;     // average
  double error = 0;     // its error variance
};

void AddTo(Side& side, const RatedSeries& rating, Normal expected);
// One side for each member who rated a helper, in the order of their ids.
std::vector<Side> MemberSides(const RatedSession& rated, const Expected& expected);

// The median of the other sides' surprises; each side has a day of its own with this variance.
// `self` may be no side. Absent: there is no other.
std::optional<Company> CompanyOf(std::span<const Side> sides, std::size_t self,
                                 double day_variance);
// The day the family shares, as far as the others tell.
Normal FamilyDay(const LevelParameters& level, const std::optional<Company>& company);

}  // namespace rapport::alliance
