#include "alliance/signals/isolation_triggers.h"

#include "alliance/signals/codes.h"
#include "alliance/signals/drop.h"
#include "alliance/signals/isolation_index.h"

#include <algorithm>

namespace rapport::alliance {
namespace {

constexpr int kSessionsInARow = 3;     // no-rating, no-alliance
constexpr int kAbsences = 3;           // absent, of the last kRecentSessions for all
constexpr double kNoRoomShare = 0.3;   // no-room: 3 of 10
constexpr double kLowRoomShare = 0.4;  // bond-room: 4 of 10
constexpr double kBondGapSd = 1.5;     // bond-room
constexpr double kFarBelow = 2;        // low-bond: times s*, as in R3b

// Whether the member's newest bond is beyond a cut-off or 2 s* below its own baseline. Absent:
// neither could be looked at.
std::optional<bool> BondIsLow(const FamilyFacts& family, std::size_t member) {
  const std::optional<std::size_t> newest = NewestBondSession(family, member);
  if (!newest) return std::nullopt;
  const MemberFacts& facts = family.members[member];
  const HelperBond& latest = *BestBond(facts.sessions[*newest]);
  if (latest.bond.beyond_cutoff) return true;
  std::vector<double> baseline;
  for (std::size_t i = *newest; i-- > 0 && baseline.size() < kBaselineMost;) {
    for (const HelperBond& earlier : facts.sessions[i].bonds) {
      if (earlier.helper != latest.helper || earlier.under_signal) continue;
      if (earlier.bond.instrument == latest.bond.instrument) baseline.push_back(earlier.bond.value);
    }
  }
  const std::optional<BaselineDrop> below = DropFromMean(latest.bond, baseline);
  if (!below) return std::nullopt;
  return AtLeast(below->drop, kFarBelow * below->scale);
}

v1::SignalTest LowBond(const FamilyFacts& family, std::size_t member) {
  int rated = 0;
  int low = 0;
  for (std::size_t other = 0; other < family.members.size(); ++other) {
    if (other == member || !family.members[other].expected) continue;
    if (!NewestBondSession(family, other)) continue;
    ++rated;
    if (BondIsLow(family, other).value_or(false)) ++low;
  }
  const std::optional<bool> own = BondIsLow(family, member);
  if (!own || rated == 0) return NotEvaluable(codes::kLowBond);
  return Evaluated(codes::kLowBond, *own ? 1 : 0, 1, *own && low == 0,
                   {{"others_rated", rated}, {"others_low", low}});
}

v1::SignalTest NoRating(const MemberFacts& facts) {
  int attended = 0;
  int unrated = 0;
  bool unbroken = true;
  for (std::size_t i = facts.sessions.size(); i-- > 0;) {
    const MemberSession& session = facts.sessions[i];
    if (session.presence != SessionPresence::kPresent) continue;
    if (session.rating == SessionRating::kStillDue) continue;
    if (session.rating == SessionRating::kNotAsked) continue;
    ++attended;
    unbroken = unbroken && session.rating == SessionRating::kMissing;
    if (unbroken) ++unrated;
  }
  if (attended < kSessionsInARow) return NotEvaluable(codes::kNoRating, {{"attended", attended}});
  return Evaluated(codes::kNoRating, unrated, kSessionsInARow, unrated >= kSessionsInARow);
}

v1::SignalTest NoAlliance(const MemberFacts& facts) {
  int sessions = 0;
  int with_bond = 0;
  for (const MemberSession& session : facts.sessions) {
    if (!session.bonds.empty()) ++with_bond;
    if (session.presence == SessionPresence::kNotOnRoster) continue;
    if (session.presence == SessionPresence::kByPlan) continue;
    if (session.rating == SessionRating::kStillDue) continue;
    ++sessions;
  }
  if (sessions < kSessionsInARow && with_bond == 0) {
    return NotEvaluable(codes::kNoAlliance, {{"sessions", sessions}});
  }
  return Evaluated(codes::kNoAlliance, with_bond == 0 ? sessions : 0, kSessionsInARow,
                   with_bond == 0, {{"sessions", sessions}, {"with_bond", with_bond}});
}

v1::SignalTest NoRoom(const MemberFacts& facts) {
  std::vector<double> newest;
  for (std::size_t i = facts.sessions.size(); i-- > 0 && newest.size() < 2;) {
    if (facts.sessions[i].room) newest.push_back(ShareOfRange(*facts.sessions[i].room));
  }
  if (newest.size() < 2) return NotEvaluable(codes::kNoRoom);
  const double higher = std::max(newest[0], newest[1]);
  return Evaluated(codes::kNoRoom, 10 * higher, 10 * kNoRoomShare, AtMost(higher, kNoRoomShare),
                   {{"latest", 10 * newest[0]}, {"before", 10 * newest[1]}});
}

v1::SignalTest Removed(const MemberFacts& facts) {
  const bool removed = facts.removed_without_reason;
  return Evaluated(codes::kRemoved, removed ? 1 : 0, 1, removed);
}

v1::SignalTest Absent(const FamilyFacts& family, const MemberFacts& facts) {
  int sessions = 0;
  int absent = 0;
  for (std::size_t i = family.sessions.size(); i-- > 0 && sessions < int{kRecentSessions};) {
    const SessionPresence presence = facts.sessions[i].presence;
    if (!family.sessions[i].whole_family || presence == SessionPresence::kNotOnRoster) continue;
    ++sessions;
    if (presence == SessionPresence::kAbsent) ++absent;
  }
  if (sessions < kAbsences) return NotEvaluable(codes::kAbsent, {{"sessions", sessions}});
  return Evaluated(codes::kAbsent, absent, kAbsences, absent >= kAbsences,
                   {{"sessions", sessions}});
}

v1::SignalTest BondAndRoom(const FamilyFacts& family, std::size_t member) {
  std::vector<double> gaps;
  double higher_room = 0;
  const MemberFacts& facts = family.members[member];
  for (std::size_t i = facts.sessions.size(); i-- > 0 && gaps.size() < 2;) {
    const HelperBond* best = BestBond(facts.sessions[i]);
    if (best == nullptr || !facts.sessions[i].room) continue;
    const std::optional<double> gap =
        BelowOthers(best->bond, OthersBonds(family, member, best->bond.instrument, i));
    // A session that can't be compared breaks the row of two.
    if (!gap) return NotEvaluable(codes::kBondAndRoom);
    gaps.push_back(*gap);
    higher_room = std::max(higher_room, ShareOfRange(*facts.sessions[i].room));
  }
  if (gaps.size() < 2) return NotEvaluable(codes::kBondAndRoom);
  const double smaller = std::min(gaps[0], gaps[1]);
  return Evaluated(codes::kBondAndRoom, smaller, kBondGapSd,
                   AtLeast(smaller, kBondGapSd) && AtMost(higher_room, kLowRoomShare),
                   {{"higher_room", 10 * higher_room}, {"room_limit", 10 * kLowRoomShare}});
}

}  // namespace

std::vector<v1::SignalTest> TestTriggers(const FamilyFacts& family, std::size_t member) {
  const MemberFacts& facts = family.members[member];
  return {LowBond(family, member), NoRating(facts),       NoAlliance(facts),          NoRoom(facts),
          Removed(facts),          Absent(family, facts), BondAndRoom(family, member)};
}

}  // namespace rapport::alliance
