// Notes: corrected, and found to be entered in error. What was signed stays readable.
#include "notes/amendment_rules.h"
#include "notes/change_chart.h"
#include "notes/note_content.h"
#include "notes/note_rules.h"
#include "notes/notes_errors.h"
#include "notes/show.h"
#include "platform/schema/errors.h"
#include "platform/schema/times.h"

namespace rapport::notes {
namespace {

// What a secrets policy has to let in: words that don't stand in the note yet. To mark what stands
// there as told in private takes it out of others' extracts, and no policy is against that.
PlacedStatements SaidAnew(const v1::Note& note, const Corrections& corrections) {
  PlacedStatements said;
  PlacedStatements all = CorrectedIn(corrections);
  for (int i = 0; i < corrections.size(); ++i) {
    if (StandsNow(note, corrections[i]).text() == corrections[i].after().text()) continue;
    said.push_back(std::move(all[static_cast<std::size_t>(i)]));
  }
  return said;
}

ErrorRequest RequestOf(const CallContext& context, const schema::Names& names, const v1::Note& note,
                       const v1::MarkEnteredInErrorRequest& request, std::int64_t now_us) {
  const AccessFacts& facts = *context.access.facts;
  const auto id = [&](const std::string& name) {
    return names.ReadProfessional(name).value_or("");
  };
  const std::string author = id(note.author());
  const auto answers = [&](const std::string& professional) {
    const Standing standing = StandingTo(author, professional, facts, now_us);
    return standing.author || standing.supervisor;
  };
  ErrorRequest asked;
  asked.caller = names.Professional(context.access.professional);
  asked.has_reason = !request.reason().empty();
  asked.decline = request.decline();
  asked.trainee = SignsAsTrainee(context, now_us);
  asked.caller_answers = answers(context.access.professional) || !IsOnTeam(author, facts, now_us);
  asked.claimant_answers = answers(id(note.entered_in_error().claimant()));
  return asked;
}

std::string_view ActionOf(ErrorStep step) {
  if (step == ErrorStep::kConfirm) return "note.entered_in_error";
  return step == ErrorStep::kDecline ? "note.error_decline" : "note.error_claim";
}

}  // namespace

NotesService::Answer<v1::AmendNoteResponse> NotesService::AmendNote(
    CallContext& context, const v1::AmendNoteRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  Step<v1::AmendNoteResponse> step = [&](Chart& chart, records::Changes& changes,
                                         v1::AmendNoteResponse& response) -> absl::Status {
    StoredNote* stored = FindNote(context, chart, request.name());
    if (stored == nullptr) return schema::NotFound();
    v1::Note& note = stored->message;
    const std::int64_t now_us = Now();
    const AccessFacts& facts = *context.access.facts;
    const std::string author = names.ReadProfessional(note.author()).value_or("");
    if (!MayAmend(author, context.access.professional, facts, now_us)) {
      return errors::NotTheAuthor();
    }
    const records::Record& record = stored->record;
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, record.id, record.version));
    if (note.state() != v1::NOTE_STATE_LOCKED) return errors::NoteNotLocked(note.name());
    // One that still waits for its co-signature corrects nothing: this one takes its place.
    if (note.amendments_size() > 0 && note.amendments().rbegin()->awaiting_cosign()) {
      note.mutable_amendments()->RemoveLast();
    }
    if (note.amendments_size() >= kMaxAmendments) return errors::TooManyAmendments();
    const Faults faults =
        FaultsOfCorrections(note, request.corrections(), MemberNames(names, facts));
    if (!faults.empty()) return errors::InvalidResource("", faults);
    const StoredSession* session = chart.Session(record.parent);
    if (session == nullptr) return absl::DataLossError("a note without its session");
    RETURN_IF_ERROR(CheckSecrets(context, SaidAnew(note, request.corrections()), session->message));
    v1::Amendment amendment;
    *amendment.mutable_corrections() = request.corrections();
    if (!FillBefore(note, amendment.mutable_corrections())) {
      return errors::NothingCorrected(note.name());
    }
    amendment.set_number(note.amendments_size() + 1);
    amendment.set_author(names.Professional(context.access.professional));
    *amendment.mutable_amend_time() = schema::ToTimestamp(now_us);
    amendment.set_reason(request.reason());
    amendment.set_content_hash(AmendmentHash(note.content_hash(), amendment));
    amendment.set_awaiting_cosign(SignsAsTrainee(context, now_us));
    *note.add_amendments() = std::move(amendment);
    SaveNote(deps_, context, "note.amend", now_us, chart, session->message, *stored, changes);
    *response.mutable_note() = Show(deps_, context, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::AmendNoteResponse>(context, step);
}

NotesService::Answer<v1::MarkEnteredInErrorResponse> NotesService::MarkEnteredInError(
    CallContext& context, const v1::MarkEnteredInErrorRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  Step<v1::MarkEnteredInErrorResponse> step =
      [&](Chart& chart, records::Changes& changes,
          v1::MarkEnteredInErrorResponse& response) -> absl::Status {
    StoredNote* stored = FindNote(context, chart, request.name());
    if (stored == nullptr) return schema::NotFound();
    const records::Record& record = stored->record;
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, record.id, record.version));
    v1::Note& note = stored->message;
    const std::string caller = names.Professional(context.access.professional);
    const std::int64_t now_us = Now();
    const ErrorPlan plan =
        PlanEnteredInError(note, RequestOf(context, names, note, request, now_us));
    if (plan.step == ErrorStep::kAskWhy) return errors::WhyIsItAnError();
    if (plan.step == ErrorStep::kRefuse) {
      return errors::EnteredInErrorRefused(plan.refusal, note.name());
    }
    const StoredSession* session = chart.Session(record.parent);
    if (session == nullptr) return absl::DataLossError("a note without its session");
    const bool confirmed = plan.step == ErrorStep::kConfirm;
    v1::EnteredInError& error = *note.mutable_entered_in_error();
    if (plan.step == ErrorStep::kDecline) {
      error.set_decliner(caller);
      *error.mutable_decline_time() = schema::ToTimestamp(now_us);
      error.set_decline_reason(request.reason());
    } else if (confirmed) {
      error.set_confirmer(caller);
      *error.mutable_confirm_time() = schema::ToTimestamp(now_us);
      note.set_state(v1::NOTE_STATE_ENTERED_IN_ERROR);
    } else {
      error.Clear();
      error.set_claimant(caller);
      *error.mutable_claim_time() = schema::ToTimestamp(now_us);
      error.set_reason(request.reason());
    }
    SaveNote(deps_, context, ActionOf(plan.step), now_us, chart, session->message, *stored,
             changes);
    *response.mutable_note() = Show(deps_, context, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::MarkEnteredInErrorResponse>(context, step);
}

}  // namespace rapport::notes
