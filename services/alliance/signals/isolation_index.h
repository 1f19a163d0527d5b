// The isolation index of one member, and the readings of bonds it shares with the hard triggers.
//
// Called by EvaluateIsolation. What is not known drops out and the other weights are scaled up, so
// that silence about a member is not read as good or bad. Pure, thread-safe.
#pragma once

#include "alliance/signals/isolation_facts.h"

#include <cstddef>
#include <optional>

namespace rapport::alliance {

// How far back the rule looks.
inline constexpr std::size_t kRecentSessions = 4;
inline constexpr std::size_t kRecentNotes = 3;
inline constexpr std::size_t kHomeworkSessions = 3;

// Weights in per cent, and how much of them must be known for an index: everything but bond and
// voice, which only the member can give. Less would make an index of one absence.
inline constexpr int kBondWeight = 30, kVoiceWeight = 25, kPresenceWeight = 15, kWorkWeight = 15,
                     kSilenceWeight = 10, kNoteWeight = 5;
inline constexpr int kLeastWeightPercent = 45;

IsolationIndex IndexOf(const FamilyFacts& family, std::size_t member);

// Share of its range that a score reaches, 0 at the worst end and 1 at the best.
double ShareOfRange(const ScorePoint& point);

// The best of the bonds that one session holds, by the share of their range: who has one good bond
// is not isolated. Null: none.
const HelperBond* BestBond(const MemberSession& session);

// The newest session of the last `kRecentSessions` that has a bond of this member. Absent: none.
std::optional<std::size_t> NewestBondSession(const FamilyFacts& family, std::size_t member);

// How many SD between raters `bond` lies under the median of `others`, each with the same
// instrument; negative when above. Absent: no others, or the SD is not known.
std::optional<double> BelowOthers(const ScorePoint& bond, const std::vector<double>& others);

// The other expected members' best bonds with this instrument: in session `session` alone, or, when
// it is absent, each one's newest in the recent sessions.
std::vector<double> OthersBonds(const FamilyFacts& family, std::size_t member,
                                const std::string& instrument, std::optional<std::size_t> session);

}  // namespace rapport::alliance
