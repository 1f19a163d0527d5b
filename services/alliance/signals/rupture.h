// Rupture: does what a rater says of a target fall below the rater's own level?
//
// Called by the family monitor once a session. One posterior decides: that of an event, over all
// sizes, onsets, shapes and parts, given the whole course (event_filter.h). Pure.
#pragma once

#include "alliance/signals/draft.h"
#include "alliance/signals/measures.h"

#include <map>
#include <vector>

namespace rapport::alliance {

using RatedSession = std::map<SeriesKey, RatedSeries>;

// One assessment for each series of the family, rated in this session or not, and for a rated one
// also CEILING.
void AdvanceRuptures(const MonitorParameters& parameters, const SessionFacts& session,
                     const RatedSession& rated, FamilyMonitor& monitor, std::vector<Draft>& drafts);

// What the series learn of the session, and nothing said of it. Returns the log density of its
// answers, each series foreseen from its past and from the others' answers (Besag 1975).
double ObserveRatings(const MonitorParameters& parameters, const SessionFacts& session,
                      const RatedSession& rated, FamilyMonitor& monitor);

// Where a rater begins, from the rest of the family: what is known of the others by now, and what
// those who begin with this session say.
Normal BeginningLevel(const MonitorParameters& parameters, const RatedSession& rated,
                      const FamilyMonitor& monitor, const std::string& rater);

// The model of a series: `parts` when task, goal and bond are told apart.
EventModel ModelOf(const MonitorParameters& parameters, const EventParameters& event, bool parts);

// The part that the filter thinks fell most; ALLIANCE: all of them.
v1::Content ContentOf(const EventFilter& filter, bool parts);

}  // namespace rapport::alliance
