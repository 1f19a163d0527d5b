// One row of BatchImportSessions: what is wrong with it, and the session it says. Pure.
#pragma once

#include <rapport/intake/v1/roster.pb.h>
#include <rapport/notes/v1/session.pb.h>
#include <rapport/notes/v1/session_requests.pb.h>
#include <rapport/type/v1/type.pb.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::notes {

using RowErrors = std::vector<type::v1::RowError>;

// Faults that show without knowing the family: times, members named twice, nobody there, attendance
// that contradicts itself.
RowErrors FaultsOfRow(const v1::SessionImport& row, std::int64_t now_us);

// The held session that `row` says, without a name, its people found in `roster` (the family's at
// the row's start). People who are not on it: NOT_ON_ROSTER, added to `errors`.
v1::Session SessionOf(const v1::SessionImport& row, const intake::v1::Roster& roster,
                      RowErrors& errors);

// True when a session with the row's external id is the one the row says: same start. The family is
// compared by the caller, who alone knows it by id.
bool SameStart(const v1::SessionImport& row, const v1::Session& known);

// Row errors that are found elsewhere: a field that breaks its rule, FAMILY_UNKNOWN,
// IMPORT_CONFLICT.
type::v1::RowError InvalidRow(std::string_view field, std::string_view expected);
type::v1::RowError FamilyUnknown();
type::v1::RowError ImportConflict();

}  // namespace rapport::notes
