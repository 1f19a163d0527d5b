// Level of family need from the checklist of 20 lines. Pure.
//
// Source: Kilpatrick and Holland's four levels, assessed by the lowest unmet one; the lines and the
// rule "a sum of at most 6 of 10, or a basic line at 0" are this suite's own (domain study 9.1,
// corrected in 12b.5).
#pragma once

#include "intake/case_file.h"

#include <rapport/internal/v1/intake_records.pb.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::intake {

struct LevelResult {
  std::array<int, 4> sums{};                             // levels I to IV, each 0 to 10
  std::vector<v1::LevelOfNeed> unmet;                    // lowest first
  v1::LevelOfNeed suggested = v1::LEVEL_OF_NEED_GROWTH;  // lowest unmet; GROWTH when all are met
};

// `answers` must be complete (FaultsOf says).
LevelResult ScoreLevels(const v1::LevelAssessment& assessment);

// (field, what was expected): every line once; a reason where the confirmed level is not the
// suggested one or not the family's `last` one.
std::vector<std::pair<std::string, std::string>> FaultsOf(const v1::LevelAssessment& assessment,
                                                          v1::LevelOfNeed last);

// What a level asks of measures and homework (domain study 9); everything unspecified without one.
v1::LevelPlan PlanFor(v1::LevelOfNeed level);

// The level is assessed again after so many held sessions.
inline constexpr int kSessionsUntilAssessed = 6;

// Counts a session that was held since the level was last confirmed, each once; true: that changed
// something, and the last one that was missing makes the assessment due at `ended_us`.
bool CountSession(std::string_view session, std::int64_t started_us, std::int64_t ended_us,
                  internal::v1::StoredSessionTally* tally, v1::Family* family);

// Counts it no longer; true: it was counted. An assessment that is due stays due.
bool UncountSession(std::string_view session, internal::v1::StoredSessionTally* tally);

// The level is to be assessed from `at_us` on, for that reason; an earlier time
// stays, with its reason unless one of the two is a crisis, which is told first.
void MakeDue(v1::AssessmentOccasion occasion, std::int64_t at_us, v1::Family* family);

// The level was confirmed: nothing is due, and sessions count anew.
void LevelConfirmed(v1::LevelOfNeed level, std::int64_t at_us,
                    internal::v1::StoredSessionTally* tally, v1::Family* family);

}  // namespace rapport::intake
