// Relationships: what may stand in one, which lines can't last beside each other, the family as a
// graph. Pure.
#pragma once

#include "intake/case_file.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::intake {

// Whether the line is drawn on the agency's day of `at_us`.
bool LastsAt(const v1::Relationship& line, std::int64_t at_us, const absl::TimeZone& zone);

// By birth or by law; who else has custody has a paper that says so.
bool HasCustodyByLaw(v1::RelationshipKind kind);
// Whether a line of `parent` to `minor` (names) that lasts at `at_us` gives custody, by law or by
// its paper.
bool HasCustody(const CaseFile& file, std::string_view parent, std::string_view minor,
                std::int64_t at_us);
// Whether a paper on file says that this parent has none, or visits only.
bool HasNoCustody(const CaseFile& file, std::string_view parent, std::string_view minor,
                  std::int64_t at_us);

// The line reads the same from both ends and is stored once.
bool IsUndirected(v1::RelationshipKind kind);

// (field, what was expected) of a line about to be drawn, every fault.
std::vector<std::pair<std::string, std::string>> FaultsOf(const v1::Relationship& line,
                                                          const CaseFile& file);

// Both say the same sort of thing of the same two: the same couple's status, the same bond's
// quality, the same kinship with its custody. Of such lines one lasts at a time.
bool SameThing(const v1::Relationship& a, const v1::Relationship& b);

// A line of the same thing that begins on `day` ends this one then: it began by that day (or nobody
// knows when), and lasts. One that begins later is not touched: history may be entered in any
// order.
bool IsEndedFrom(const v1::Relationship& known, const type::v1::Date& day);

// Members who belong and lines that last on the day of `at_us`, with the Graphviz text.
v1::FamilyGraph GraphAt(const CaseFile& file, std::int64_t at_us);

}  // namespace rapport::intake
