#include "alliance/signals/isolation_signs.h"

#include "alliance/scoring/numbers.h"
#include "alliance/signals/codes.h"

#include <algorithm>
#include <set>

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

bool LeftUnrated(const MemberSeen& seen) {
  return seen.presence.presence == Presence::kPresent && !seen.rated &&
         seen.presence.asked_but_did_not_rate;
}

void TakeIn(const MemberSeen& seen, MemberState& state) {
  const MemberPresence& presence = seen.presence;
  if (presence.presence != Presence::kByPlan) ++state.sessions;
  if (presence.presence == Presence::kPresent) {
    if (seen.rated) state.unrated_in_a_row = 0;
    if (LeftUnrated(seen)) ++state.unrated_in_a_row;
  }
  state.has_bond = state.has_bond || seen.bond.has_value();
  if (state.has_bond) {
    state.sessions_without_bond = 0;
  } else if (presence.presence != Presence::kByPlan) {
    ++state.sessions_without_bond;
  }
  const bool away = presence.presence == Presence::kAbsent;
  if (seen.whole_family) Keep(state.absent_of_last, away, kFamilySessions);
  if (seen.room_share) Keep(state.rooms, *seen.room_share, std::size_t{2});
  if (seen.room_share && seen.bond && !seen.others.empty()) {
    const double gap = *Median(seen.others) - *seen.bond;
    Keep(state.places, {.gap = gap, .room = *seen.room_share}, std::size_t{2});
  }
}

SingleTest NoRating(const MemberSeen& seen, const MemberState& state) {
  const int count = state.unrated_in_a_row;
  const bool fires = count >= kUnratedSessions;
  if (fires && !LeftUnrated(seen)) return Unknown(codes::kNoRating);
  return Known(codes::kNoRating, count, kUnratedSessions, fires);
}

// By the third session that was meant for them, once its form has had its time; later only when
// they were asked again or stayed away.
SingleTest NoAlliance(const MemberSeen& seen, const MemberState& state) {
  const int count = state.sessions_without_bond;
  const bool fires = count >= kSessionsWithoutBond;
  const bool away = seen.whole_family && seen.presence.presence == Presence::kAbsent;
  const bool is_news = count == kSessionsWithoutBond || LeftUnrated(seen) || away;
  const bool elsewhere = seen.presence.presence == Presence::kByPlan;
  const bool says_nothing = seen.presence.form_waits || !is_news || elsewhere;
  if (state.sessions < kSessionsWithoutBond || (fires && says_nothing)) {
    return Unknown(codes::kNoAlliance);
  }
  return Known(codes::kNoAlliance, count, kSessionsWithoutBond, fires);
}

// Both of the last two rooms at or below the share.
SingleTest NoRoom(const MemberSeen& seen, const MemberState& state) {
  if (!seen.room_share || state.rooms.size() < 2) return Unknown(codes::kNoRoom);
  const double higher = std::max(state.rooms[0], state.rooms[1]);
  return Known(codes::kNoRoom, 10 * higher, 10 * kNoRoomShare, AtMost(higher, kNoRoomShare));
}

SingleTest BondAndRoom(const MemberSeen& seen, const MemberState& state) {
  const bool seen_now = seen.room_share && seen.bond && !seen.others.empty();
  if (!seen_now || state.places.size() < 2) return Unknown(codes::kBondAndRoom);
  const double smaller = std::min(state.places[0].gap, state.places[1].gap);
  const double higher = std::max(state.places[0].room, state.places[1].room);
  return Known(codes::kBondAndRoom, smaller, kBondGap,
               AtLeast(smaller, kBondGap) && AtMost(higher, kLowRoomShare));
}

SingleTest Absent(const MemberSeen& seen, const MemberState& state) {
  const auto absences = std::ranges::count(state.absent_of_last, true);
  const bool away_now = seen.whole_family && seen.presence.presence == Presence::kAbsent;
  const bool too_few = state.absent_of_last.size() < kFamilySessions && absences < kAbsences;
  if (too_few || (absences >= kAbsences && !away_now)) {
    return Unknown(codes::kAbsent);
  }
  return Known(codes::kAbsent, static_cast<double>(absences), kAbsences, absences >= kAbsences);
}

bool HasFired(const SingleTest& test) { return test.outcome == v1::TEST_OUTCOME_FIRED; }

SingleTest FarBelowOwn(const std::deque<double>& own, double value) {
  if (own.size() < kLeastBefore) return Unknown(codes::kLowBond);
  const std::vector<double> before(own.begin(), own.end());
  // The stricter of the variation within and between raters, which is 1 (domain.md 8.4).
  const double threshold = kFarBelow * std::max(*SampleDeviation(before), 1.0);
  const double fall = *Mean(before) - value;
  return Known(codes::kLowBond, fall, threshold, AtLeast(fall, threshold));
}

SingleTest BeyondCutoff(const BestBond& bond) {
  if (!bond.cutoff) return Unknown(codes::kBelowCutoff);
  const bool beyond = bond.lower_better ? bond.points > *bond.cutoff : bond.points < *bond.cutoff;
  return Known(codes::kBelowCutoff, bond.points, *bond.cutoff, beyond);
}

}  // namespace

std::vector<LowBond> TestLowBonds(std::span<const BestBond> bonds) {
  std::vector<LowBond> tests;
  std::set<const MemberState*> raters, low;
  for (const BestBond& bond : bonds) {
    MemberState& state = *bond.state;
    std::deque<double>& own = state.best_bonds[bond.form];
    LowBond& test = tests.emplace_back(LowBond{FarBelowOwn(own, bond.value), BeyondCutoff(bond)});
    test.fall.instrument = test.cutoff.instrument = bond.form;
    raters.insert(&state);
    const bool is_low = HasFired(test.fall) || HasFired(test.cutoff);
    if (is_low) low.insert(&state);
    if (!is_low && !state.raised.open) Keep(own, bond.value, kBaselineMost);
  }
  for (LowBond& one : tests) {
    for (SingleTest* test : {&one.fall, &one.cutoff}) {
      if (!HasFired(*test)) continue;
      if (raters.size() == 1)
        test->outcome = v1::TEST_OUTCOME_NOT_EVALUABLE;  // nobody to compare with
      if (low.size() > 1) test->outcome = v1::TEST_OUTCOME_PASSED;
    }
  }
  return tests;
}

std::vector<SingleTest> TestSigns(const MemberSeen& seen, MemberState& state) {
  TakeIn(seen, state);
  const bool removed = seen.presence.removed_without_reason;
  return {NoRating(seen, state), NoAlliance(seen, state),
          NoRoom(seen, state),   Known(codes::kRemoved, removed ? 1 : 0, 1, removed),
          Absent(seen, state),   BondAndRoom(seen, state)};
}

}  // namespace rapport::alliance
