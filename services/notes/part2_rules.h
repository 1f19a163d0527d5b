// What of a note tells of somebody's treatment for substance use (42 CFR Part 2; domain.md 10.6): a
// statement that its author marked, and, since nobody can tell one from the other afterwards, every
// statement of the same note about that member or quoting them. Pure.
#pragma once

#include "platform/base/access_facts.h"
#include "platform/base/call_context.h"

#include <rapport/notes/v1/note.pb.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace rapport::notes {

// Names of the members whose treatment `note` tells of, as it stands; what waits for a co-signature
// counts if it is in `note`.
std::set<std::string> TreatedIn(const v1::Note& note);

// Some statement of `note` is marked, as signed, added or in a correction: whoever reads the note
// reads of somebody's treatment.
bool ShowsTreatment(const v1::Note& note);
// The statement is about one of `treated` (of whom the note tells it) or quotes them.
bool Concerns(const v1::Statement& statement, const std::set<std::string>& treated);
// That, or it is marked itself, which a correction may have taken back.
bool TellsOfTreatment(const v1::Statement& statement, const std::set<std::string>& treated);

// Whether the team may find by search what tells of this member's treatment: not by break-glass,
// and while the member consents to treatment, which is what the team knows it for. An inner id.
bool MayFindTreatment(const CallContext& caller, std::string_view member, std::int64_t now_us);

}  // namespace rapport::notes
