// Level of family need from the checklist of 20 lines. Pure.
//
// Source: Kilpatrick and Holland's four levels, assessed by the lowest unmet one; the lines and the
// rule "a sum of at most 6 of 10, or a basic line at 0" are this suite's own (domain study 9.1,
// corrected in 12b.5).
#pragma once

#include "intake/case_file.h"

#include <array>
#include <cstdint>
#include <string>
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

}  // namespace rapport::intake
