// Isolation: is a member losing their place in the work?
//
// Called by the family monitor once a session. Room and bond are watched like a rating; absence,
// silence, taking no part and having no work shift the odds, each against how often this member
// shows it otherwise. Some facts are reason enough by themselves (domain.md 8.7, 12b.4). Nothing is
// looked at while a plan or a young age explains it. Pure.
#pragma once

#include "alliance/signals/sides.h"

namespace rapport::alliance {

// Each of the counts.
void AddTo(SignCounts& sum, const SignCounts& more);
// Of all members but one; empty: of all.
SignCounts CountsOfOthers(const FamilyMonitor& monitor, const std::string& member);

// One assessment for each member who is expected. Tests: the triggers of codes.h.
void AdvanceIsolation(const MonitorParameters& parameters, const SessionFacts& session,
                      std::span<const Side> sides, FamilyMonitor& monitor,
                      std::vector<Draft>& drafts);

// Room, bond, and task with goal: parts 0 to 2. Isolation takes room and bond down, or room alone.
EventModel IsolationModel(const MonitorParameters& parameters);

}  // namespace rapport::alliance
