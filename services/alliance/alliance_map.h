// The alliance map from a family's file: who rated whom last, how sure that is and where it goes.
//
// Called by GetAllianceMap. Source: product.md A5, domain.md 12b.4 and 12b.8: a cell is the
// member's rating of the helper, the helper's own view beside it; only direct people are expected.
// Pure, thread-safe.
#pragma once

#include "alliance/file_view.h"

#include <rapport/alliance/v1/alliance_map.pb.h>

#include <string>
#include <vector>

namespace rapport::alliance {

// What was recorded until `at_us`, in place: later sessions, ratings and signals are left out.
void KeepUntil(std::int64_t at_us, FamilyFile& file);

// The whole map as of `view.now_us`. Signals in the file are as they were then.
v1::AllianceMap BuildMap(const FileView& view);

// The same for members: their own rows, what they said themself, and nothing of sessions that none
// of them was asked to. `members` are inner ids.
v1::AllianceMap BuildMapFor(const FileView& view, const std::vector<std::string>& members);

}  // namespace rapport::alliance
