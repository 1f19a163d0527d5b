// What members rated beyond a form's published cut-off when they rated last.
//
// Called for the caseload. A cut-off is a convention and says of nobody that anything happened: no
// signal is raised by one (METHOD.md, R0), but whoever crosses it is told of. Only scores of the
// alliance count; of outcomes most families lie beyond. Pure, thread-safe.
#pragma once

#include "alliance/caseload_rules.h"

#include <rapport/alliance/v1/instrument.pb.h>
#include <rapport/alliance/v1/rating.pb.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace rapport::alliance {

// Null: unknown.
using FindInstrument = std::function<const v1::Instrument*(const std::string& name)>;

// Of each member and whom they rated, the scores of the latest session that they rated.
// `newest_first`: ratings of one family, those of the last kQuietDays at least.
std::vector<BeyondCutoff> FindBeyondCutoffs(std::span<const v1::Rating> newest_first,
                                            const FindInstrument& find, std::int64_t now_us);

}  // namespace rapport::alliance
