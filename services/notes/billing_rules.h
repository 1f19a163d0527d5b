// What a billing system is told of a session. Pure.
#pragma once

#include <rapport/notes/v1/billing.pb.h>
#include <rapport/notes/v1/note.pb.h>
#include <rapport/notes/v1/session.pb.h>

#include <span>

namespace rapport::notes {

// `notes` are those of the session. A note in error counts for nothing, one that waits for a
// signature for nothing yet.
v1::BillingFacts BillingFactsOf(const v1::Session& session, std::span<const v1::Note* const> notes);

}  // namespace rapport::notes
