// Who is arranged separately and would meet all the same: in the same hour, each in a session of
// their own, at one place or with one helper.
//
// Asked when a session is planned, changed and begun, of each of the family's other sessions, and
// of those of other families where somebody is a member of both. Pure.
#pragma once

#include "notes/values.h"

#include <rapport/notes/v1/session.pb.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rapport::notes {

// Pairs of members, by name: of those arranged separately, or of one person in two families.
using Pairs = std::vector<std::pair<std::string, std::string>>;
using Apart = Pairs;

// What other families of the agency have to do with one.
struct Elsewhere {
  std::vector<std::string> families;  // inner ids: whose sessions matter
  Apart apart;                        // of a member of this family and somebody of another
  Pairs same;                         // a member of this family, and who they are in another
};

// Whether somebody of `session` would meet whom they are apart from, of `other`, which is planned
// or goes on and overlaps with it. Where one of the two says nothing of its place, all of the
// office, or of the home, is one place; by telephone and video there is none.
bool WouldMeetAsPlanned(const v1::Session& session, const v1::Session& other, const Apart& apart);
// The same of one that begins now, and one that goes on; what began longer ago than a session can
// take is one that nobody ended.
bool WouldMeetNow(const v1::Session& session, const v1::Session& other, const Apart& apart,
                  std::int64_t now_us);

// Whether somebody of `session` is expected in `other` at the same time. `same`: who are one
// person.
bool Overlap(const v1::Session& session, const v1::Session& other, const Pairs& same = {});

// What then stands against the session.
Unmet OtherHourNeeded();

}  // namespace rapport::notes
