// Who says of the sessions that there is hardly any room for them, twice running.
//
// Called for the caseload. Some say so from the beginning and of every session, of which nothing
// that happened can be known: by itself it raises no signal (METHOD.md, Isolation), but it is told.
// Pure, thread-safe.
#pragma once

#include "alliance/beyond_cutoff.h"

namespace rapport::alliance {

// Of each member the last two sessions of whose room they said something, where both were at or
// below kNoRoomShare of the range. `newest_first`: as of FindBeyondCutoffs.
std::vector<LittleRoom> FindLittleRoom(std::span<const v1::Rating> newest_first,
                                       const FindInstrument& find, std::int64_t now_us);

}  // namespace rapport::alliance
