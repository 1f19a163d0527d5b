#include "alliance/signals/isolation_signs.h"

#include "alliance/scoring/numbers.h"
#include "alliance/signals/codes.h"

#include <algorithm>

namespace rapport::alliance {
namespace {

constexpr int kUnratedSessions = 3;
constexpr int kSessionsWithoutBond = 3;
constexpr std::size_t kFamilySessions = 4;
constexpr int kAbsences = 3;
constexpr double kNoRoomShare = 0.3;
constexpr double kLowRoomShare = 0.4;
constexpr double kBondGap = 1.5;          // SD
constexpr std::size_t kLeastBefore = 3;   // bonds a baseline needs
constexpr std::size_t kBaselineMost = 6;  // and has at most
constexpr double kFarBelow = 2;           // times s*, as in R3b

template <typename T>
void Keep(std::deque<T>& values, T value, std::size_t most) {
  values.push_back(value);
  if (values.size() > most) values.pop_front();
}

SingleTest Unknown(std::string_view code) { return {.code = code}; }

SingleTest Known(std::string_view code, double value, double threshold, bool fired) {
  return {.code = code,
          .outcome = fired ? v1::TEST_OUTCOME_FIRED : v1::TEST_OUTCOME_PASSED,
          .value = value,
          .threshold = threshold};
}

void TakeIn(const MemberSeen& seen, MemberState& state) {
  const MemberPresence& presence = seen.presence;
  ++state.sessions;
  if (presence.presence == Presence::kPresent) {
    if (seen.rated) state.unrated_in_a_row = 0;
    if (!seen.rated && presence.asked_but_did_not_rate) ++state.unrated_in_a_row;
  }
  state.has_bond = state.has_bond || seen.bond.has_value();
  state.sessions_without_bond = state.has_bond ? 0 : state.sessions_without_bond + 1;
  const bool away = presence.presence == Presence::kAbsent;
  if (seen.whole_family) Keep(state.absent_of_last, away, kFamilySessions);
  if (seen.room_share) Keep(state.rooms, *seen.room_share, std::size_t{2});
  if (seen.room_share && seen.bond && !seen.others.empty()) {
    Keep(state.bond_gaps, *Median(seen.others) - *seen.bond, std::size_t{2});
  }
}

// Both of the last two rooms at or below the share.
SingleTest NoRoom(const MemberState& state) {
  if (state.rooms.size() < 2) return Unknown(codes::kNoRoom);
  const double higher = std::max(state.rooms[0], state.rooms[1]);
  return Known(codes::kNoRoom, 10 * higher, 10 * kNoRoomShare, AtMost(higher, kNoRoomShare));
}

SingleTest BondAndRoom(const MemberState& state) {
  if (state.rooms.size() < 2 || state.bond_gaps.size() < 2) return Unknown(codes::kBondAndRoom);
  const double smaller = std::min(state.bond_gaps[0], state.bond_gaps[1]);
  const double higher = std::max(state.rooms[0], state.rooms[1]);
  return Known(codes::kBondAndRoom, smaller, kBondGap,
               AtLeast(smaller, kBondGap) && AtMost(higher, kLowRoomShare));
}

SingleTest Absent(const MemberState& state) {
  const auto absences = std::ranges::count(state.absent_of_last, true);
  if (state.absent_of_last.size() < kFamilySessions && absences < kAbsences) {
    return Unknown(codes::kAbsent);
  }
  return Known(codes::kAbsent, static_cast<double>(absences), kAbsences, absences >= kAbsences);
}

}  // namespace

std::vector<SingleTest> TestLowBonds(std::span<const BestBond> bonds) {
  std::vector<SingleTest> tests;
  std::vector<bool> low;
  for (const BestBond& bond : bonds) {
    MemberState& state = *bond.state;
    if (state.bond_form != bond.form) state.best_bonds.clear();
    state.bond_form = bond.form;
    SingleTest test = Unknown(codes::kLowBond);
    if (state.best_bonds.size() >= kLeastBefore) {
      const std::vector<double> before(state.best_bonds.begin(), state.best_bonds.end());
      // The stricter of the variation within and between raters, which is 1 (domain.md 8.4).
      const double threshold = kFarBelow * std::max(*SampleDeviation(before), 1.0);
      const double fall = *Mean(before) - bond.value;
      test = Known(codes::kLowBond, fall, threshold, AtLeast(fall, threshold));
    }
    if (bond.beyond_cutoff) test.outcome = v1::TEST_OUTCOME_FIRED;
    tests.push_back(test);
    low.push_back(test.outcome == v1::TEST_OUTCOME_FIRED);
    if (!low.back() && !state.raised.open) Keep(state.best_bonds, bond.value, kBaselineMost);
  }
  const auto all_low = std::ranges::count(low, true);
  for (SingleTest& test : tests) {
    if (test.outcome != v1::TEST_OUTCOME_FIRED) continue;
    if (tests.size() == 1) test = Unknown(codes::kLowBond);  // nobody to compare with
    if (all_low > 1) test.outcome = v1::TEST_OUTCOME_PASSED;
  }
  return tests;
}

std::vector<SingleTest> TestSigns(const MemberSeen& seen, MemberState& state) {
  TakeIn(seen, state);
  const bool removed = seen.presence.removed_without_reason;
  return {Known(codes::kNoRating, state.unrated_in_a_row, kUnratedSessions,
                state.unrated_in_a_row >= kUnratedSessions),
          state.sessions < kSessionsWithoutBond
              ? Unknown(codes::kNoAlliance)
              : Known(codes::kNoAlliance, state.sessions_without_bond, kSessionsWithoutBond,
                      state.sessions_without_bond >= kSessionsWithoutBond),
          NoRoom(state),
          Known(codes::kRemoved, removed ? 1 : 0, 1, removed),
          Absent(state),
          BondAndRoom(state)};
}

}  // namespace rapport::alliance
