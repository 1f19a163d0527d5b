// What a row of an import says otherwise than the rating that is on record for it. Pure.
#pragma once

#include "alliance/rating_rules.h"

#include <rapport/alliance/v1/instrument.pb.h>
#include <rapport/alliance/v1/rating.pb.h>
#include <rapport/alliance/v1/rating_import.pb.h>

#include <vector>

namespace rapport::alliance {

// Fields of `row`; none: it says the same. `said`: the row as a rating, of whose targets alone
// `recorded` is asked; without parts, of all. `form`: given where the caller may not be shown what
// is on record about safety, which is left out then.
std::vector<RatingFault> DifferencesOf(const v1::ImportRow& row, const v1::Rating& said,
                                       const v1::Rating& recorded, const v1::Instrument* form);

}  // namespace rapport::alliance
