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
#include <set>
#include <string>
#include <string_view>
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
  bool likely = false;         // its evidence was moderate at least
  double reference = 0;        // level before it, SD
  std::vector<double> course;  // values since its onset, SD; at most kCourseMost
  int attended = 0;            // sessions since the onset that the rater attended, itself included
  // What the next value must reach for a repair to last; absent: none waits for it. Outlives the
  // event.
  std::optional<double> sustained_from;
};
inline constexpr std::size_t kCourseMost = 12;

// The values of a series before now: a fall is judged by those from before its onset.
struct Past {
  struct Attended {
    int session = 0;
    std::optional<double> value;  // SD; absent: not rated
    bool inside = false;          // of an event that was open
  };
  std::deque<Attended> recent;  // as many as an onset may lie back, newest last
  std::deque<double> quiet;     // last three before those, none of them inside an event
};
inline constexpr std::size_t kReference = 3;

// What one form said in a series: the single tests compare within it.
struct FormHistory {
  std::map<v1::Content, TestHistory> contents;
  std::optional<double> last_average;  // of its measures, SD
};

// One series and the hypotheses about it.
struct Series {
  std::optional<EventFilter> filter;
  bool has_parts = false;                        // task, goal and bond are told apart
  std::vector<FormOffset> forms;                 // the first has offset 0
  std::map<std::string, FormHistory> histories;  // by instrument
  // Whom else the rater rated last: the filter has learned how far their levels lie from this one.
  std::vector<std::string> elsewhere;
  std::vector<double> first_gaps;  // to the others, the first two, SD; of splits
  bool widened = false;            // between helpers: the gap grew and has not closed again
  Past past;
  OpenEvent event;
  std::string instrument;  // of the latest value
  bool provisional = false;
  Opening ceiling;
};

// How often what isolated members show was seen while nothing was going on, and could have been.
struct SignCounts {
  struct Count {
    double happened = 0;
    double possible = 0;
  };
  Count absent, withdrawn, unnoted, unrated, no_work;
};

// One member, beside what they rate.
struct MemberState {
  std::optional<EventFilter> filter;  // room and bond, with everything else as odds
  OpenEvent event;
  int sessions = 0;                 // on the roster, and none that the plan meant for others
  SignCounts signs;                 // of this member
  std::deque<bool> absent_of_last;  // whole-family sessions, newest last, at most 4
  std::deque<double> rooms;         // as shares of the range, newest last, at most 2
  // Of one session each: the others' median bond less own, SD, and the room. Newest last, at most
  // 2.
  struct Place {
    double gap = 0;
    double room = 0;
  };
  std::deque<Place> places;
  int unrated_in_a_row = 0;       // attended sessions
  int sessions_without_bond = 0;  // of those, until the first bond
  bool has_bond = false;
  // Best bonds with each form while nothing was open, newest last, at most 6, SD.
  std::map<std::string, std::deque<double>> best_bonds;
  // Hard triggers that fired and have not been seen to pass since.
  std::set<std::string_view> standing;
  Opening raised;  // by the posterior or a hard trigger, and neither has gone
};

// The last safety answers of one rater about one target.
struct SafetyState {
  Opening raised;
  std::map<std::string, double> last_shares;  // of the range, 0 the worst; by instrument
};

// One family.
struct FamilyMonitor {
  int last_session = 0;
  std::map<SeriesKey, Series> series;
  std::map<std::string, Series> splits;                                 // by member
  std::map<std::pair<std::string, std::string>, Series> helper_splits;  // by member and helper
  std::map<std::string, MemberState> members;
  std::map<std::pair<std::string, std::string>, SafetyState> safety;  // by rater and target
};

}  // namespace rapport::alliance
