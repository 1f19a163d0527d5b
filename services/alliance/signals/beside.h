// What the other ratings of a session tell of each: the day the family shares, and what the same
// rater said of others.
//
// Called by the rupture watch before its filters look. Pure.
#pragma once

#include "alliance/signals/event_filter.h"
#include "alliance/signals/measures.h"

#include <optional>
#include <vector>

namespace rapport::alliance {

// One rating of the session with its series, whose filter has passed into the session.
struct RatedOne {
  const SeriesKey* key = nullptr;
  const RatedSeries* rating = nullptr;
  Series* series = nullptr;
  EventModel model;
  Normal form;  // offset of this form
};

struct Beside {
  double noise_square = 1;  // of the rater, against the assumed
  Normal family_day;        // as the other raters tell of it
  std::optional<Elsewhere> elsewhere;
};

// In the order of `all`. A filter whose rater rates others than before is told so.
std::vector<Beside> LookBeside(const MonitorParameters& parameters, std::vector<RatedOne>& all);

}  // namespace rapport::alliance
