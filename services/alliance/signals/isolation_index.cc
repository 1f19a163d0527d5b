#include "alliance/signals/isolation_index.h"

#include "alliance/scoring/numbers.h"

#include <algorithm>
#include <ranges>

namespace rapport::alliance {
namespace {

std::size_t FirstRecent(const FamilyFacts& family, std::size_t count) {
  return family.sessions.size() > count ? family.sessions.size() - count : 0;
}

std::optional<double> Bond(const FamilyFacts& family, std::size_t member, IsolationIndex& index) {
  const std::optional<std::size_t> session = NewestBondSession(family, member);
  if (!session) return std::nullopt;
  const ScorePoint& bond = BestBond(family.members[member].sessions[*session])->bond;
  index.instrument = bond.instrument;
  const std::optional<double> below =
      BelowOthers(bond, OthersBonds(family, member, bond.instrument, std::nullopt));
  if (!below) return std::nullopt;
  index.provisional = bond.provisional;
  return std::clamp(*below / 2, 0.0, 1.0);
}

std::optional<double> Voice(const FamilyFacts& family, const MemberFacts& member) {
  for (std::size_t i = family.sessions.size(); i-- > FirstRecent(family, kRecentSessions);) {
    if (member.sessions[i].room) return 1 - ShareOfRange(*member.sessions[i].room);
  }
  return std::nullopt;
}

// Share of `of` that `part` is. Absent: of nothing.
std::optional<double> Share(int part, int of) {
  if (of == 0) return std::nullopt;
  return static_cast<double>(part) / of;
}

std::optional<double> Presence(const FamilyFacts& family, const MemberFacts& member) {
  int missed = 0;
  int held = 0;
  for (std::size_t i = family.sessions.size(); i-- > 0 && held < int{kRecentSessions};) {
    const SessionPresence presence = member.sessions[i].presence;
    if (!family.sessions[i].whole_family || presence == SessionPresence::kNotOnRoster) continue;
    ++held;
    if (presence == SessionPresence::kAbsent || presence == SessionPresence::kLeftOut) ++missed;
  }
  return Share(missed, held);
}

bool RecentHomework(const FamilyFacts& family, const MemberWork& work) {
  if (work.homework_agreed_us == 0) return false;
  if (family.sessions.size() < kHomeworkSessions) return true;
  const std::size_t first = family.sessions.size() - kHomeworkSessions;
  return work.homework_agreed_us >= family.sessions[first].started_us;
}

// Where nobody in the family has a goal or homework yet, that says nothing of one member.
std::optional<double> Work(const FamilyFacts& family, const MemberFacts& member) {
  const bool begun = std::ranges::any_of(family.members, [](const MemberFacts& any) {
    return any.work && (any.work->has_goal || any.work->homework_agreed_us != 0);
  });
  if (!member.work || !begun) return std::nullopt;
  const int has = int{member.work->has_goal} + int{RecentHomework(family, *member.work)};
  return 1 - has / 2.0;
}

std::optional<double> Silence(const FamilyFacts& family, const MemberFacts& member) {
  int missing = 0;
  int due = 0;
  for (std::size_t i = FirstRecent(family, kRecentSessions); i < family.sessions.size(); ++i) {
    const MemberSession& session = member.sessions[i];
    if (session.presence != SessionPresence::kPresent) continue;
    if (session.rating == SessionRating::kMissing) ++missing;
    if (session.rating == SessionRating::kMissing || session.rating == SessionRating::kGiven) ++due;
  }
  return Share(missing, due);
}

std::optional<double> NoteSilence(const FamilyFacts& family, const MemberFacts& member) {
  int silent = 0;
  int notes = 0;
  for (std::size_t i = family.sessions.size(); i-- > 0 && notes < int{kRecentNotes};) {
    const MemberSession& session = member.sessions[i];
    if (!family.sessions[i].note_signed) continue;
    if (session.presence == SessionPresence::kNotOnRoster) continue;
    if (session.presence == SessionPresence::kByPlan) continue;
    ++notes;
    if (!session.has_participation) ++silent;
  }
  return Share(silent, notes);
}

}  // namespace

double ShareOfRange(const ScorePoint& point) {
  if (point.highest <= point.lowest) return 0;
  const double share = (point.value - point.lowest) / (point.highest - point.lowest);
  return std::clamp(point.lower_better ? 1 - share : share, 0.0, 1.0);
}

const HelperBond* BestBond(const MemberSession& session) {
  const HelperBond* best = nullptr;
  for (const HelperBond& bond : session.bonds) {
    if (best == nullptr || ShareOfRange(bond.bond) > ShareOfRange(best->bond)) best = &bond;
  }
  return best;
}

std::optional<std::size_t> NewestBondSession(const FamilyFacts& family, std::size_t member) {
  for (std::size_t i = family.sessions.size(); i-- > FirstRecent(family, kRecentSessions);) {
    if (!family.members[member].sessions[i].bonds.empty()) return i;
  }
  return std::nullopt;
}

std::optional<double> BelowOthers(const ScorePoint& bond, const std::vector<double>& others) {
  const std::optional<double> median = Median(others);
  if (!median || !bond.sd) return std::nullopt;
  const double sign = bond.lower_better ? -1 : 1;
  return sign * (*median - bond.value) / *bond.sd;
}

std::vector<double> OthersBonds(const FamilyFacts& family, std::size_t member,
                                const std::string& instrument, std::optional<std::size_t> session) {
  const std::size_t first = session ? *session : FirstRecent(family, kRecentSessions);
  const std::size_t end = session ? *session + 1 : family.sessions.size();
  std::vector<double> others;
  for (std::size_t other = 0; other < family.members.size(); ++other) {
    if (other == member || !family.members[other].expected) continue;
    for (std::size_t i = end; i-- > first;) {
      const HelperBond* best = BestBond(family.members[other].sessions[i]);
      if (best == nullptr || best->bond.instrument != instrument) continue;
      others.push_back(best->bond.value);
      break;
    }
  }
  return others;
}

IsolationIndex IndexOf(const FamilyFacts& family, std::size_t member) {
  const MemberFacts& facts = family.members[member];
  IsolationIndex index;
  index.bond = Bond(family, member, index);
  index.voice = Voice(family, facts);
  index.presence = Presence(family, facts);
  index.work = Work(family, facts);
  index.silence = Silence(family, facts);
  index.note = NoteSilence(family, facts);

  const std::pair<std::optional<double>, int> weighted[] = {
      {index.bond, kBondWeight}, {index.voice, kVoiceWeight},     {index.presence, kPresenceWeight},
      {index.work, kWorkWeight}, {index.silence, kSilenceWeight}, {index.note, kNoteWeight}};
  double sum = 0;
  for (const auto& [component, weight] : weighted) {
    if (!component) continue;
    sum += weight * *component;
    index.weight_percent += weight;
  }
  if (index.weight_percent >= kLeastWeightPercent) {
    index.index = std::min(1.0, sum / index.weight_percent);
  }
  return index;
}

}  // namespace rapport::alliance
