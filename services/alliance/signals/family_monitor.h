// FamilyMonitor: what is known of one family's alliances after each session, and what is going on.
//
// Called by the alliance service after each session with what that session told, in the order of
// sessions; Advance() answers with every hypothesis it looked at, raised or not. What it is told
// later never changes an earlier answer. The method is derived in METHOD.md. Knows no names or
// words, only ids that stay the same over sessions. Pure; one monitor is used by one thread.
#pragma once

#include "alliance/signals/family_state.h"
#include "alliance/signals/monitor_parameters.h"
#include "alliance/signals/repair.h"
#include "alliance/signals/session_facts.h"
#include "alliance/signals/single_tests.h"
#include "rapport/alliance/v1/signal.pb.h"

#include <optional>
#include <string>
#include <vector>

namespace rapport::alliance {

// One hypothesis about one subject after one session.
struct Assessment {
  v1::SignalKind kind = v1::SIGNAL_KIND_UNSPECIFIED;
  // Rupture, unsafe, ceiling: the rater. Isolation: the member. Split: the low side.
  std::string member;
  std::string target;  // whom the rater rated; empty for isolation and for splits of members
  v1::Content content = v1::CONTENT_UNSPECIFIED;  // task, goal, bond, or ALLIANCE: no one of them
  v1::Interpersonal interpersonal = v1::INTERPERSONAL_SELF;  // WITHIN: between the members
  // The method's own probability that an event of this kind is going on for this subject, given
  // everything up to and with this session. Under assumed parameters: not shown to anybody before
  // an agency's own data have confirmed it.
  double posterior = 0;
  v1::Evidence evidence = v1::EVIDENCE_UNSPECIFIED;  // unspecified: less than weak
  bool raised = false;                               // opened by this session
  bool open = false;                                 // raised now or before, and not over yet
  int since = 0;         // number of the session that opened it; 0: not open
  RepairView repair;     // result set by the session that ended or decided it
  RepairView if_closed;  // how it would end if the case did now; kNone: nothing open
  // Of the rating after those that were back: whether it was as well. Absent: it was not that one.
  std::optional<bool> sustained;
  double depth = 0;               // expected size of the fall, SD between raters, if there is one
  std::vector<SingleTest> tests;  // every single test, fired, passed or not evaluable
  std::string instrument;         // of the latest value; empty: rests on none
  bool provisional = false;       // rests on figures nobody checked
  int rule_version = kMonitorRuleVersion;
  int parameters_version = 0;
};

// Takes in one session, which is later than all before. Time and memory grow with the ratings of
// the session and the number of raters and targets, never with the number of sessions. Answers in a
// fixed order: by kind, member, target. A session that was taken in already changes nothing.
std::vector<Assessment> Advance(const MonitorParameters& parameters, const SessionFacts& session,
                                FamilyMonitor& monitor);

}  // namespace rapport::alliance
