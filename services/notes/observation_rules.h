// What an observation may say: which ratings belong to which view, and of whom. Pure.
#pragma once

#include "notes/values.h"

#include <rapport/notes/v1/observation.pb.h>
#include <rapport/notes/v1/session.pb.h>

#include <string>

namespace rapport::notes {

// Faults of an observation about to be recorded on `session`; fields are `members[i].x`. A rating
// of the other view, a member twice or one who was not there, a member or an observation without
// any rating, and a shared purpose of fewer than two people.
Faults FaultsOfObservation(const v1::Observation& observation, const v1::Session& session);

// The therapist's view is that of professionals who held the session (a name); the observer's is
// anybody's.
bool MayTakeView(v1::ObservationView view, const v1::Session& session, const std::string& observer);

// The same ratings, whoever gave them and when.
bool SameRatings(const v1::Observation& a, const v1::Observation& b);

}  // namespace rapport::notes
