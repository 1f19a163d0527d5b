// What the isolation rule looks at: plain values, gathered by the alliance service.
//
// Sessions are those held with the family, oldest first; each member has one entry for each.
// Ratings come with what scoring knows of them. No words, no names.
#pragma once

#include "alliance/scoring/series.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rapport::alliance {

// One session that was held.
struct HeldSession {
  std::int64_t started_us = 0;
  bool whole_family = false;  // everyone in treatment was meant to be there
  bool note_signed = false;
};

// How one member stood to one held session.
enum class SessionPresence : std::uint8_t {
  kNotOnRoster,  // not in the family's treatment then
  kPresent,      // for all or part of it, in the room or remotely
  kAbsent,       // invited, without a plan
  kLeftOut,      // on the roster, not invited, without a plan
  kByPlan,       // another part of the work was meant for them; counts as attended
};

// Whether the member rated it.
enum class SessionRating : std::uint8_t {
  kNotAsked,  // no form was due
  kGiven,
  kMissing,   // skipped or expired
  kStillDue,  // may yet come: says nothing
};

// What a member said of one helper's bond in one session.
struct HelperBond {
  std::string helper;  // any id; the same over sessions
  ScorePoint bond;
  // Given while a drop signal about this member and helper was open: no part of a baseline.
  bool under_signal = false;
};

struct MemberSession {
  SessionPresence presence = SessionPresence::kNotOnRoster;
  SessionRating rating = SessionRating::kNotAsked;
  bool has_participation = false;  // the note says how the member took part
  std::optional<ScorePoint> room;  // "there was room for me"
  std::vector<HelperBond> bonds;   // of direct helpers
};

// What the member works on.
struct MemberWork {
  bool has_goal = false;                // owns or endorses an active goal
  std::int64_t homework_agreed_us = 0;  // newest agreement with this member as a doer; 0: none
};

struct MemberFacts {
  std::string member;
  bool expected = false;  // direct, and on the roster now
  bool removed_without_reason = false;
  // What explains silence, and suppresses the rule. Which one it is stays inside.
  bool separate_by_plan = false;  // works in a subsystem, or arranged separately by the clinician
  bool no_form_for_age = false;
  std::optional<MemberWork> work;  // absent: the goals service said nothing of this family
  std::vector<MemberSession> sessions;
};

struct FamilyFacts {
  std::vector<HeldSession> sessions;
  std::vector<MemberFacts> members;
};

// The index and what it is made of. A component is in [0, 1], 1 the most isolated; absent: not
// known.
struct IsolationIndex {
  std::optional<double> bond;      // below the others' median: 1 at 2 SD or more
  std::optional<double> voice;     // no room: 1 at the lowest answer
  std::optional<double> presence;  // share of the last 4 whole-family sessions missed
  std::optional<double> work;      // 0 goal and recent homework, 0.5 one of them, 1 neither
  std::optional<double> silence;   // share of attended sessions in the last 4 without a rating
  std::optional<double> note;      // share of the last 3 signed notes without a participation entry
  int weight_percent = 0;          // of the components that are known
  std::optional<double> index;     // absent: less than kLeastWeightPercent is known
  bool provisional = false;
  std::string instrument;  // of the member's latest bond; empty: none
};

}  // namespace rapport::alliance
