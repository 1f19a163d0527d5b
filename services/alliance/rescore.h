// Ratings whose scores rest on something that became known only after they were recorded: that
// homework was agreed when the session was held, which decides whether an item takes part.
//
// Called by the event handler when goals or notes told something. Pure, thread-safe.
#pragma once

#include "alliance/file_view.h"

#include <vector>

namespace rapport::alliance {

// A rating as it is on record, and with the scores it has now.
struct Rescored {
  const StoredRating* before = nullptr;
  v1::Rating after;
};

// Those that differ. A rating whose instrument or session is not on file keeps its scores.
std::vector<Rescored> RatingsToRescore(const FileView& view);

}  // namespace rapport::alliance
