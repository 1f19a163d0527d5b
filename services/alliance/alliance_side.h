// One side's view of the other on the alliance map: what the latest session's forms say, and where
// the rater stands after all of them.
//
// Called by the map, once for the member's view of a helper and once for the helper's of the
// member. A session may have several forms, on different scales; each value says which it is from.
// Pure, thread-safe.
#pragma once

#include "alliance/file_view.h"
#include "alliance/signals/family_estimates.h"

#include <rapport/alliance/v1/alliance_map.pb.h>

#include <optional>
#include <string>
#include <vector>

namespace rapport::alliance {

// What `rater` said of `target` (names). Absent: nothing. `session_numbers`: of the sessions that
// count, the family's numbers.
std::optional<v1::AllianceView> SideOf(const FileView& view, const std::string& rater,
                                       const std::string& target,
                                       const std::vector<int>& session_numbers);

// Puts each part's running estimate beside its value, on the value's scale.
void AddEstimates(const FileView& view, const FamilyEstimates& estimates, const std::string& rater,
                  const std::string& target, v1::AllianceView& side);

}  // namespace rapport::alliance
