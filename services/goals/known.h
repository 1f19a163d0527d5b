// What a member knows of the family's goals: what people whom the clinician arranged separately
// from them did since then is not in it, so that what was there before stays as it was and nothing
// new reaches them. For everybody else it is the file as it is. Pure.
//
// Used by the use cases wherever a member looks or is answered; rules of single resources
// (goal_rules.h, homework_view.h) leave out what began after the separation.
#pragma once

#include "goals/goals_store.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace rapport::goals {

// Since when `person` is arranged separately from the member who looks, microseconds; nullopt: they
// are not.
std::optional<std::int64_t> ApartSince(const Onlooker& who, const CaseView& view,
                                       std::string_view person);

// The earliest separation of `who` from an owner; nullopt: of their own goals, or there is none.
std::optional<std::int64_t> ApartFromOthersGoal(const Onlooker& who, const CaseView& view,
                                                const v1::Goal& goal);

// One goal or stance as `who` knows it. `file` holds what is on file of both, with earlier versions
// (GoalsStore::LoadEarlier).
v1::Goal KnownGoal(const Onlooker& who, const CaseView& view, const FamilyFile& file,
                   const StoredGoal& goal);
const v1::Stance& KnownStance(const FamilyFile& file, const StoredStance& stance);

// The file as `who` knows it, for what is computed over all of it.
FamilyFile KnownFile(const Onlooker& who, const CaseView& view, FamilyFile file);

}  // namespace rapport::goals
