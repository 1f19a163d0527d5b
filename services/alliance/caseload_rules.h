// The caseload: what of a family needs attention, how soon, and which family comes first.
//
// Called by GetCaseload with what is open in each family. Own words, without names. Pure,
// thread-safe.
#pragma once

#include <rapport/alliance/v1/caseload.pb.h>
#include <rapport/alliance/v1/concern.pb.h>
#include <rapport/alliance/v1/signal.pb.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rapport::alliance {

// What one family's entry is made of.
struct FamilyStanding {
  std::string family;                  // a name
  std::vector<v1::Signal> signals;     // not closed, as of `now_us`
  std::vector<v1::UrgentTask> urgent;  // open
  std::int64_t last_session_us = 0;    // start; 0: none held yet
  int forms_due = 0;                   // to members, answered, skipped or expired
  int forms_given = 0;                 // of them
  std::int64_t now_us = 0;
};

// Fewer forms than this say nothing of whether they come back.
inline constexpr int kLeastForms = 4;
// From so many days without a session on it is said.
inline constexpr int kQuietDays = 30;

// Urgent: an open task, or a member who does not feel safe with nobody having seen it. Alert: an
// alert nobody has seen; in hand: one that somebody has. Watch: a weaker signal, less than half of
// the forms given, no session for kQuietDays. A snoozed signal that is no alert needs nothing.
v1::CaseloadEntry EntryOf(const FamilyStanding& standing);

// An entry with since when its most pressing reason waits; 0: routine, which waits for nobody.
struct WaitingEntry {
  v1::CaseloadEntry entry;
  std::int64_t since_us = 0;
};
WaitingEntry WaitingEntryOf(const FamilyStanding& standing);

// Whether `a` comes before `b`: more pressing, then waiting longer, then with more reasons, then by
// name.
bool ComesFirst(const WaitingEntry& a, const WaitingEntry& b);

}  // namespace rapport::alliance
