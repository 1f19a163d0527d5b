// The tests behind the signals, by the codes they are stored under: what each compares, and from
// which value on it fires. Codes are for ever: a stored signal is read with the rule version beside
// it.
#pragma once

#include <string_view>

namespace rapport::alliance::codes {

// Rupture. Value: the drop in score points, positive when it got worse; threshold: the drop it
// takes.
inline constexpr std::string_view kCutoff = "R0";        // beyond the published cut-off
inline constexpr std::string_view kVendor = "R1";        // since the rating before; range / 40
inline constexpr std::string_view kFromLast = "R2";      // since the rating before; reliable change
inline constexpr std::string_view kFromMean = "R3a";     // below the baseline's mean; 1 s*
inline constexpr std::string_view kFarFromMean = "R3b";  // the same; 2 s*
inline constexpr std::string_view kChart = "R4";         // below the chart's limit
inline constexpr std::string_view kTwoOfThree = "R4.two";  // two of three, this one too; 2/3 of R4
inline constexpr std::string_view kFalling = "R4.run";     // falls in a row; 6
inline constexpr std::string_view kOneContent = "R6";      // one content alone; corrected change
inline constexpr std::string_view kReported = "R7";        // told by a member or helper; yes = 1
inline constexpr std::string_view kFlatTop = "R8";  // at the top without variance in a row; 4

// Split, in SD between raters.
inline constexpr std::string_view kGap = "S.gap";            // lowest to highest; q * SEM
inline constexpr std::string_view kWidening = "S.widening";  // of the gap to the others; its error

// Safety.
inline constexpr std::string_view kSafetyLow = "U.low";  // share of the range; 0.3 or less
inline constexpr std::string_view kSafetyDrop =
    "U.drop";  // since the rating before; its error and days

// Isolation: what domain.md 8.7 and 12b.4 call hard triggers.
inline constexpr std::string_view kLowBond =
    "I.low-bond";  // fall of the best bond, alone, SD; 2 s*
inline constexpr std::string_view kBelowCutoff = "I.cutoff";  // best bond or total, alone; points
inline constexpr std::string_view kNoRating = "I.no-rating";  // attended in a row, unrated; 3
inline constexpr std::string_view kNoAlliance = "I.no-alliance";  // sessions without any bond; 3
inline constexpr std::string_view kNoRoom = "I.no-room";          // higher of last two rooms; <= 3
inline constexpr std::string_view kRemoved = "I.removed";         // off the roster without reason
inline constexpr std::string_view kAbsent = "I.absent";           // of the last 4 for all; 3
inline constexpr std::string_view kBondAndRoom = "I.bond-room";  // smaller gap of last two, SD; 1.5

// Which of them raise by themselves: what the member says, and facts that chance does not make.
// Absences and missing ratings come by chance in quiet families too, and the posterior has weighed
// them; beyond a cut-off half of all quiet raters are now and then. These are told, and the first
// two make an alert of what the posterior raises.
constexpr bool RaisesIsolation(std::string_view code) {
  return code != kAbsent && code != kNoRating && code != kBelowCutoff;
}

}  // namespace rapport::alliance::codes
