// The pathway of one rater's ratings of one target, as the map shows it.
//
// Called by the alliance map for members' and for helpers' views. Stages are the scores with the
// codes `conditions`, `trust`, `willingness` and `agreement` of a form: the pulse's share no item
// (domain.md 12b.1). Pure, thread-safe.
#pragma once

#include "alliance/file_view.h"

#include <rapport/alliance/v1/alliance_map.pb.h>

#include <optional>
#include <string_view>
#include <vector>

namespace rapport::alliance {

// `ratings` are those of one rater about `target`, oldest session first. Of the latest session the
// newest form that measures a stage counts, and earlier ratings with that form. Absent: none.
std::optional<v1::Pathway> PathwayOf(const FileView& view,
                                     const std::vector<const StoredRating*>& ratings,
                                     std::string_view target);

}  // namespace rapport::alliance
