// Every refusal of the notes service, in one place: a search for its reason or text has one hit.
#pragma once

#include "notes/values.h"
#include "platform/base/machine.h"
#include "platform/schema/names.h"

#include <absl/status/status.h>

#include <string>
#include <string_view>
#include <vector>

namespace rapport::notes::errors {

// Faults of a resource, under `prefix` ("session.").
absl::Status InvalidResource(std::string_view prefix, const Faults& faults);
// An external id of the request belongs to `session` already.
absl::Status ExternalIdTaken(std::string_view session);

// ILLEGAL_TRANSITION.
absl::Status MoveRefused(const std::vector<Unmet>& unmet);
// What stands against a meeting of members of `family` (an inner id). A caller who plans for the
// agency (`to_scheduler`) is told one thing only of people: the clinician must arrange it.
absl::Status MeetingRefused(const schema::Names& names, std::string_view family,
                            const std::vector<Unmet>& unmet, bool to_scheduler);
// RECORDING_CONSENT_MISSING, without saying for whom.
absl::Status RecordingNotConsented(std::string_view session);
// SESSION_STARTED: each field that is fixed by now.
absl::Status SessionStarted(std::string_view session, const Faults& fixed);
// A session that attendance says a member came to is no NO_SHOW.
absl::Status MemberAttended(std::string_view session);
// NOT_ON_ROSTER: `people` came to a session no moment of which they belonged to the family or its
// therapist system in.
absl::Status DidNotBelong(const std::vector<std::string>& people);
// SESSION_TOO_LONG: it began longer ago than a session takes, and nobody says when it ended.
absl::Status WhenDidItEnd(std::string_view session);
// SESSION_NOT_HELD: nothing of it is corrected.
absl::Status SessionNotHeld(std::string_view session);
// SESSION_HAS_NOTES: it was no mistake, then.
absl::Status SessionHasNotes(std::string_view session);
// TOO_MANY_CORRECTIONS of a session.
absl::Status TooManyCorrections();
// SESSION_NOT_STARTED: no attendance, no note yet.
absl::Status SessionNotStarted(std::string_view session);
// NOTE_LOCKED: attendance is what the locked note rests on, and changes by a correction only.
absl::Status AttendanceClosed(std::string_view session);

absl::Status NoteExists(std::string_view note);
// NOTE_SIGNED: its words stay; an addendum says more.
absl::Status NoteSigned(std::string_view note);
// NOTE_IS_DRAFT: its author changes it instead.
absl::Status NoteIsDraft(std::string_view note);
absl::Status NotTheAuthor();
absl::Status NotTheSupervisor();
// `refusal` of a SignPlan: NOT_THE_AUTHOR and NOT_A_PROVIDER are permissions, the others states.
absl::Status SigningRefused(std::string_view refusal, std::string_view note);
// PRIVATE_ITEM or SHARING_DECISION_MISSING; the first where there are both.
absl::Status SecretsKept(const std::vector<Unmet>& unmet);
// All that is unmet. The reason is the one they have in common, else NOTE_NOT_READY.
absl::Status NotReady(const std::vector<Unmet>& unmet);
// NOT_AWAITING_COSIGN: neither the note nor what was added to it, of the caller's supervisees.
absl::Status NotAwaitingCosign(std::string_view note);
// TOO_MANY_ADDENDA.
absl::Status TooManyAddenda();

// TOO_MANY_AMENDMENTS.
absl::Status TooManyAmendments();
// NOTE_NOT_LOCKED: nothing is amended before it is locked, nor after it was found to be in error.
absl::Status NoteNotLocked(std::string_view note);
// NOTHING_CORRECTED: of a note, a session or an observation.
absl::Status NothingCorrected(std::string_view resource);
// NOTE_ENTERED_IN_ERROR: nothing is added to it any more.
absl::Status NoteEnteredInError(std::string_view note);
// The first person gave no reason, or whoever declines gave none.
absl::Status WhyIsItAnError();
// `refusal` of an ErrorPlan.
absl::Status EnteredInErrorRefused(std::string_view refusal, std::string_view note);

// `refusal`: OPENING_APPROVED, OPENING_OVER, OWN_PROPOSAL or OPENING_NOT_APPROVED.
absl::Status OpeningRefused(const StateRefusal& refusal, std::string_view opening);

// The caller corrects it, with its etag.
absl::Status ObservationExists(std::string_view observation);
// NOT_A_PROVIDER: the therapist's view is of somebody who held the session.
absl::Status ViewOfAProvider();
// An etag of an observation that the caller never recorded.
absl::Status NothingToCorrect();
// A correction says why; what corrects nothing says nothing of it.
absl::Status WhyIsItCorrected(bool corrects);

}  // namespace rapport::notes::errors
