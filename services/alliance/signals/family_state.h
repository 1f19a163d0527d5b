// What the family monitor keeps between sessions. Plain data; METHOD.md says what for.
//
// Read and written by Advance() and the files beside it only.
#pragma once

#include "alliance/scoring/estimate.h"
#include "alliance/signals/event_filter.h"
#include "alliance/signals/session_facts.h"
#include "alliance/signals/single_tests.h"
#include "rapport/alliance/v1/signal.pb.h"

#include <compare>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rapport::alliance {

// Whose view of whom: SELF of a helper, WITHIN of the family.
struct SeriesKey {
  std::string rater;
  std::string target;
  v1::Interpersonal interpersonal = v1::INTERPERSONAL_SELF;
  auto operator<=>(const SeriesKey&) const = default;
};

// Since when something is raised.
struct Opening {
  bool open = false;
  int since = 0;  // number of the session that raised it; 0: not open
};

// An event that was raised and whose posterior has not gone down yet.
struct OpenEvent {
  bool open = false;
  int since = 0;               // number of the session that raised it
  bool decided = false;        // its repair was judged; nothing more is said of it
  double reference = 0;        // level before it, SD
  std::vector<double> course;  // values since it was raised, SD; at most kCourseMost
};
inline constexpr std::size_t kCourseMost = 12;

// One series and the hypotheses about it.
struct Series {
  std::optional<EventFilter> filter;
  bool has_parts = false;         // task, goal and bond are told apart
  std::vector<FormOffset> forms;  // the first has offset 0
  std::map<v1::Content, TestHistory> tests;
  std::deque<double> recent;  // last three averages of the measures, SD
  OpenEvent event;
  std::string instrument;  // of the latest value
  bool provisional = false;
  Opening ceiling;
};

// One member, beside what they rate.
struct MemberState {
  std::optional<EventFilter> filter;  // room and bond, with everything else as odds
  OpenEvent event;
  int sessions = 0;  // seen on the roster
  // How often what an isolated member shows happened, and could have.
  struct Count {
    double happened = 0;
    double possible = 0;
  };
  Count absent, withdrawn, unnoted, unrated, no_work;
  std::deque<bool> absent_of_last;  // whole-family sessions, newest last, at most 4
  std::deque<double> rooms;         // as shares of the range, newest last, at most 2
  std::deque<double> bond_gaps;     // the others' median less own, SD, newest last, at most 2
  int unrated_in_a_row = 0;         // attended sessions
  int sessions_without_bond = 0;    // held, until the first bond
  bool has_bond = false;
  // Best bonds with one form while nothing was open, newest last, at most 6, SD.
  std::deque<double> best_bonds;
  std::string bond_form;
  Opening raised;  // by the posterior or a hard trigger, and neither has gone
};

// The last safety answer of one rater about one target.
struct SafetyState {
  Opening raised;
  std::optional<double> last_share;  // of the range, 0 the worst
  std::string instrument;
};

// One family.
struct FamilyMonitor {
  int last_session = 0;
  std::map<SeriesKey, Series> series;
  std::map<std::string, Series> splits;                                 // by member
  std::map<std::pair<std::string, std::string>, Series> helper_splits;  // by member and helper
  std::map<std::string, MemberState> members;
  std::map<SeriesKey, SafetyState> safety;
};

}  // namespace rapport::alliance
