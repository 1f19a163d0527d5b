// The caseload: what of a family needs attention, how soon, and which family comes first.
//
// Called by GetCaseload with what is open in each family. Own words; who they are about is named,
// since nobody but the family's helpers reads them. Pure, thread-safe.
#pragma once

#include "alliance/case_due.h"
#include "platform/base/access_facts.h"

#include <rapport/alliance/v1/caseload.pb.h>
#include <rapport/alliance/v1/concern.pb.h>
#include <rapport/alliance/v1/signal.pb.h>
#include <rapport/internal/v1/alliance_records.pb.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rapport::alliance {

// A call for help that somebody answered and that is not settled yet.
struct AnsweredCall {
  v1::UrgentTask task;
  bool screen_due = false;  // nobody has asked the member alone since
};

// A member's score of a helper that asks for attention by the form's published cut-off.
struct BeyondCutoff {
  std::string member;  // names
  std::string target;
  std::string form;  // title
  double value = 0;
  double highest = 0;        // end of the score's range
  bool above = false;        // where lower is better
  bool provisional = false;  // nobody checked the cut-off against its source
  std::int64_t at_us = 0;    // start of the session
};

// What one family's entry is made of.
struct FamilyStanding {
  std::string family;                  // a name
  std::vector<v1::Signal> signals;     // not closed, as of `now_us`
  std::vector<v1::UrgentTask> urgent;  // open
  std::vector<AnsweredCall> answered;
  std::vector<BeyondCutoff> beyond_cutoff;
  CaseDue due;
  std::int64_t last_session_us = 0;    // start; 0: none held yet
  int forms_due = 0;                   // to members, answered, skipped or expired
  int forms_given = 0;                 // of them
  int forms_open = 0;                  // beside them: may still come
  std::vector<std::string> not_asked;  // names of who attends without a consent to ratings
  std::int64_t now_us = 0;
};

// Fewer forms than this say nothing of whether they come back.
inline constexpr int kLeastForms = 4;
// From so many days without a session on it is said.
inline constexpr int kQuietDays = 30;

// An acknowledged task as long as somebody has to see to it: where they said that they are not safe
// and a screen is due for it, until they were asked alone; otherwise until they attend a session,
// kQuietDays at most. `attended_us`: the start of the latest one that the member attended; 0: none.
// Nullopt: it is settled, or not acknowledged.
std::optional<AnsweredCall> StillSeenTo(const internal::v1::StoredUrgentTask& task,
                                        const AccessFacts& facts, std::int64_t attended_us,
                                        std::int64_t now_us);

// Whether of one member's calls `a` is the one to tell of: it waits for a screen, then it is the
// graver, then it was answered later.
bool IsGraver(const AnsweredCall& a, const AnsweredCall& b);

// Urgent: an open task, or a member who does not feel safe with nobody having seen it. Alert: an
// alert nobody has seen, and an emergency opening whose time ran out; in hand: an alert that
// somebody has seen, an answered call for help, and an emergency opening without its conditions.
// Watch: a weaker signal, a score beyond its cut-off of a member no open signal is about, an
// assessment that is due, less than half of the forms given, no session for kQuietDays. A snoozed
// signal that is no alert needs nothing. People stand in it by their resource names.
v1::CaseloadEntry EntryOf(const FamilyStanding& standing);

// An entry with since when its most pressing reason waits; 0: routine, which waits for nobody.
struct WaitingEntry {
  v1::CaseloadEntry entry;
  std::int64_t since_us = 0;
  std::set<std::string> people;  // whom its words name, by resource name
};
WaitingEntry WaitingEntryOf(const FamilyStanding& standing);

// Each family whose people are named is read, and the reading recorded, in intake: so many of a
// page at most.
inline constexpr int kMostNamed = 50;
// Of a page's entries, in their order, those whose people are looked up: that need attention above
// routine, and name anybody.
std::vector<WaitingEntry*> ToBeNamed(std::vector<WaitingEntry>& page);

// Who is called what, by resource name.
using ShownNames = std::map<std::string, std::string, std::less<>>;
// What helpers call the people in the entry's words; who is not in `shown` is a member or a
// colleague.
void PutNames(const ShownNames& shown, WaitingEntry& waiting);

// Whether `a` comes before `b`: more pressing, then waiting longer, then with more reasons, then by
// name.
bool ComesFirst(const WaitingEntry& a, const WaitingEntry& b);

}  // namespace rapport::alliance
