#include "notes/notes_errors.h"

#include "platform/base/strings.h"
#include "platform/schema/errors.h"

#include <algorithm>

namespace rapport::notes::errors {
namespace {

absl::Status Precondition(std::string_view reason, std::string_view subject,
                          std::string_view what_would_meet_it) {
  return schema::Unmet(
      reason, what_would_meet_it,
      {{std::string(reason), std::string(subject), std::string(what_would_meet_it)}});
}

std::vector<schema::UnmetCondition> Conditions(const std::vector<Unmet>& unmet) {
  std::vector<schema::UnmetCondition> conditions;
  conditions.reserve(unmet.size());
  for (const Unmet& one : unmet) conditions.push_back({one.type, one.subject, one.description});
  return conditions;
}

// The reason they have in common, else `otherwise`.
std::string CommonReason(const std::vector<Unmet>& unmet, std::string_view otherwise) {
  const bool same = std::all_of(unmet.begin(), unmet.end(),
                                [&](const Unmet& one) { return one.type == unmet.front().type; });
  return same ? unmet.front().type : std::string(otherwise);
}

}  // namespace

absl::Status InvalidResource(std::string_view prefix, const Faults& faults) {
  std::vector<schema::FieldViolation> violations;
  for (const Fault& fault : faults) {
    violations.push_back({Concat({prefix, fault.field}), fault.expected, ""});
  }
  return schema::InvalidFields(violations);
}

absl::Status ExternalIdTaken(std::string_view session) { return schema::AlreadyExists(session); }

absl::Status MoveRefused(const std::vector<Unmet>& unmet) {
  return schema::Unmet("ILLEGAL_TRANSITION", unmet.front().description, Conditions(unmet));
}

absl::Status MeetingRefused(const schema::Names& names, std::string_view family,
                            const std::vector<Unmet>& unmet, bool to_scheduler) {
  std::vector<Unmet> told;
  for (Unmet one : unmet) {
    if (one.type == "CASE_NOT_OPEN") {
      one.subject = names.Family(family);
    } else if (to_scheduler) {
      one = {"NOT_AVAILABLE_TOGETHER", "", "the clinician must arrange it"};
    } else if (!one.subject.empty()) {
      one.subject = names.Member(family, one.subject);
    }
    if (std::find(told.begin(), told.end(), one) == told.end()) told.push_back(std::move(one));
  }
  return schema::Unmet(told.front().type, told.front().description, Conditions(told));
}

absl::Status RecordingNotConsented(std::string_view session) {
  return Precondition(
      "RECORDING_CONSENT_MISSING", session,
      "everyone invited consents to RECORDING (CheckConsent), or it is not recorded");
}

absl::Status SessionStarted(std::string_view session, const Faults& fixed) {
  std::vector<Unmet> unmet;
  for (const Fault& fault : fixed) {
    unmet.push_back(
        {"SESSION_STARTED", std::string(session), Concat({fault.field, " ", fault.expected})});
  }
  return schema::Unmet("SESSION_STARTED", "only service code and external ids change now",
                       Conditions(unmet));
}

absl::Status MemberAttended(std::string_view session) {
  return Precondition("MEMBER_ATTENDED", session, "only where attendance says that no member came");
}

absl::Status DidNotBelong(const std::vector<std::string>& people) {
  constexpr std::string_view kFirst =
      "the roster says that they belonged to it then (CorrectMembership, CorrectHelper)";
  std::vector<schema::UnmetCondition> conditions;
  conditions.reserve(people.size());
  for (const std::string& person : people) {
    conditions.push_back({"NOT_ON_ROSTER", person, std::string(kFirst)});
  }
  return schema::Unmet("NOT_ON_ROSTER", kFirst, conditions);
}

absl::Status WhenDidItEnd(std::string_view session) {
  return Precondition("SESSION_TOO_LONG", session,
                      "the request says when it ended (end_time), within 12 hours of its start");
}

absl::Status SessionNotHeld(std::string_view session) {
  return Precondition("SESSION_NOT_HELD", session, "the session is held first (EndSession)");
}

absl::Status SessionHasNotes(std::string_view session) {
  return Precondition(
      "SESSION_HAS_NOTES", session,
      "only a session that nobody wrote a note on; another ends as held, with who was absent");
}

absl::Status TooManyCorrections() {
  return schema::Refused(absl::StatusCode::kResourceExhausted, "TOO_MANY_CORRECTIONS",
                         "a session has at most 1,000 corrections");
}

absl::Status SessionNotStarted(std::string_view session) {
  return Precondition("SESSION_NOT_STARTED", session,
                      "the session is started first (StartSession)");
}

absl::Status AttendanceClosed(std::string_view session) {
  return Precondition(
      "NOTE_LOCKED", session,
      "once a note of the session is locked, a correction says why (CorrectSession)");
}

absl::Status NoteExists(std::string_view note) { return schema::AlreadyExists(note); }

absl::Status NoteSigned(std::string_view note) {
  return Precondition("NOTE_SIGNED", note, "what is signed is added to by addendum (AddAddendum)");
}

absl::Status NoteIsDraft(std::string_view note) {
  return Precondition("NOTE_IS_DRAFT", note, "its author signs it first (SignNote)");
}

absl::Status NotTheAuthor() { return schema::PermissionDenied("NOT_THE_AUTHOR"); }

absl::Status NotTheSupervisor() { return schema::PermissionDenied("NOT_THE_SUPERVISOR"); }

absl::Status SigningRefused(std::string_view refusal, std::string_view note) {
  if (refusal == "NOT_THE_AUTHOR" || refusal == "NOT_A_PROVIDER") {
    return schema::PermissionDenied(refusal);
  }
  if (refusal == "NOTE_ENTERED_IN_ERROR") return NoteEnteredInError(note);
  if (refusal == "NOTE_IS_DRAFT") return NoteIsDraft(note);
  if (refusal == "NOTE_AWAITS_COSIGN") {
    return Precondition(refusal, note, "the author's supervisor co-signs it (CosignNote)");
  }
  return Precondition(refusal, note,
                      refusal == "NOTE_LOCKED" ? "a locked note takes addenda only (AddAddendum)"
                                               : "everybody signs once");
}

absl::Status SecretsKept(const std::vector<Unmet>& unmet) {
  return schema::Unmet(CommonReason(unmet, "PRIVATE_ITEM"),
                       "the secrets policy of the session keeps out what was told in private",
                       Conditions(unmet));
}

absl::Status NotReady(const std::vector<Unmet>& unmet) {
  return schema::Unmet(CommonReason(unmet, "NOTE_NOT_READY"),
                       "the note can't be signed yet; every unmet condition is listed",
                       Conditions(unmet));
}

absl::Status NotAwaitingCosign(std::string_view note) {
  return Precondition("NOT_AWAITING_COSIGN", note,
                      "a trainee signs it first, or adds to it (SignNote, AddAddendum, AmendNote)");
}

absl::Status TooManyAddenda() {
  return schema::Refused(absl::StatusCode::kResourceExhausted, "TOO_MANY_ADDENDA",
                         "a note has at most 1,000 addenda");
}

absl::Status TooManyAmendments() {
  return schema::Refused(absl::StatusCode::kResourceExhausted, "TOO_MANY_AMENDMENTS",
                         "a note has at most 1,000 amendments");
}

absl::Status NoteNotLocked(std::string_view note) {
  return Precondition("NOTE_NOT_LOCKED", note, "the note is locked, and not entered in error");
}

absl::Status NothingCorrected(std::string_view resource) {
  return Precondition("NOTHING_CORRECTED", resource, "each correction changes what stands there");
}

absl::Status NoteEnteredInError(std::string_view note) {
  return Precondition("NOTE_ENTERED_IN_ERROR", note, "a new note says it (CreateNote)");
}

absl::Status WhyIsItAnError() {
  return schema::InvalidField(
      "reason", "why the note is an error, from whoever says so first, or why it is none");
}

absl::Status EnteredInErrorRefused(std::string_view refusal, std::string_view note) {
  if (refusal == "SECOND_PERSON_REQUIRED") return schema::PermissionDenied(refusal);
  if (refusal == "NOT_THE_AUTHOR") return NotTheAuthor();
  if (refusal == "NO_ERROR_CLAIM") {
    return Precondition(refusal, note, "somebody says that it was entered in error, with a reason");
  }
  if (refusal == "NOTE_IS_DRAFT") return NoteIsDraft(note);
  return NoteEnteredInError(note);
}

absl::Status OpeningRefused(const StateRefusal& refusal, std::string_view opening) {
  if (refusal.reason == "OWN_PROPOSAL") return schema::PermissionDenied(refusal.reason);
  return Precondition(refusal.reason, opening, refusal.what_would_meet_it);
}

absl::Status ObservationExists(std::string_view observation) {
  return schema::AlreadyExists(observation);
}

absl::Status ViewOfAProvider() { return schema::PermissionDenied("NOT_A_PROVIDER"); }

absl::Status NothingToCorrect() { return schema::EtagMismatch(""); }

absl::Status WhyIsItCorrected(bool corrects) {
  return schema::InvalidField("correction_reason",
                              corrects ? "why it is corrected" : "empty: nothing is corrected");
}

}  // namespace rapport::notes::errors
