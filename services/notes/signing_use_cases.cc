// Notes: signed, co-signed, added to. What was signed never changes.
#include "notes/amendment_rules.h"
#include "notes/change_chart.h"
#include "notes/note_content.h"
#include "notes/note_rules.h"
#include "notes/notes_errors.h"
#include "notes/show.h"
#include "platform/schema/errors.h"
#include "platform/schema/times.h"

#include <utility>

namespace rapport::notes {
namespace {

v1::Signature SignatureOf(const std::string& signer, v1::SignatureMeaning meaning,
                          std::int64_t now_us, const std::string& content_hash) {
  v1::Signature signature;
  signature.set_signer(signer);
  signature.set_meaning(meaning);
  *signature.mutable_sign_time() = schema::ToTimestamp(now_us);
  signature.set_content_hash(content_hash);
  return signature;
}

void AddSignature(const std::string& signer, v1::SignatureMeaning meaning, std::int64_t now_us,
                  v1::Note* note) {
  *note->add_signatures() = SignatureOf(signer, meaning, now_us, note->content_hash());
}

std::string_view ActionOf(SignAct act) {
  if (act == SignAct::kWitness) return "note.witness";
  return act == SignAct::kLockOnly ? "note.lock" : "note.sign";
}

void MoveTo(v1::NoteState state, std::int64_t now_us, v1::Note* note) {
  note->set_state(state);
  if (state == v1::NOTE_STATE_LOCKED) *note->mutable_lock_time() = schema::ToTimestamp(now_us);
}

// What the author's signature needs and says about due homework.
void AddHomeworkConditions(const HomeworkAnswer& homework, const v1::SignNoteRequest& request,
                           std::vector<Unmet>& unmet) {
  if (request.has_homework_review_override()) return;
  for (const DueItem& item : homework.unreviewed) {
    unmet.push_back({"HOMEWORK_UNREVIEWED", item.name,
                     "it is reviewed (ReviewHomework), or an override says why not"});
  }
}

void RecordHomework(const HomeworkAnswer& homework, const v1::SignNoteRequest& request,
                    v1::Note* note) {
  note->set_homework_review_owed(!homework.reached);
  const bool passed_over = !homework.reached || !homework.unreviewed.empty();
  if (passed_over && request.has_homework_review_override()) {
    *note->mutable_homework_review_override() = request.homework_review_override();
  }
}

}  // namespace

NotesService::Answer<HomeworkAnswer> NotesService::AskHomework(CallContext& context,
                                                               const std::string& name) {
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  auto chart = co_await LoadChart(context, ChartPart::kWhole);
  if (!chart.ok()) co_return chart.status();
  HomeworkAnswer answer;
  const StoredNote* note = FindNote(context, *chart, name);
  if (note == nullptr || note->message.state() != v1::NOTE_STATE_DRAFT) co_return answer;
  if (note->message.author() != names.Professional(context.access.professional)) co_return answer;
  const StoredSession* session = chart->Session(note->record.parent);
  if (session == nullptr) co_return answer;
  answer.asked = true;
  auto due = co_await homework_.Due(context, names.Family(chart->family),
                                    schema::ToMicros(session->message.start_time()));
  // A record of care is not held up by another service: the review stays owed instead.
  answer.reached = due.ok();
  if (due.ok()) answer.unreviewed = *std::move(due);
  co_return answer;
}

NotesService::Answer<v1::SignNoteResponse> NotesService::SignNote(
    CallContext& context, const v1::SignNoteRequest& request) {
  const std::string& agency = context.principal->agency;
  const std::string signer = deps_.NamesOf(agency).Professional(context.access.professional);
  auto homework = co_await AskHomework(context, request.name());
  if (!homework.ok()) co_return homework.status();
  Step<v1::SignNoteResponse> step = [&](Chart& chart, records::Changes& changes,
                                        v1::SignNoteResponse& response) -> absl::Status {
    StoredNote* stored = FindNote(context, chart, request.name());
    if (stored == nullptr) return schema::NotFound();
    const records::Record& record = stored->record;
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, record.id, record.version));
    const StoredSession* held = chart.Session(record.parent);
    if (held == nullptr) return absl::DataLossError("a note without its session");
    const v1::Session& session = held->message;
    v1::Note& note = stored->message;
    const std::int64_t now_us = Now();
    const bool trainee = SignsAsTrainee(context, now_us);
    const SignPlan plan = request.witness()
                              ? PlanWitness(note, session, signer)
                              : PlanSigning(note, session, signer, trainee, request.sign_only());
    if (plan.act == SignAct::kRefuse) return errors::SigningRefused(plan.refusal, note.name());
    std::string reason_code;
    if (plan.act == SignAct::kAuthor) {
      std::vector<Unmet> unmet = UnmetForSigning(note, session);
      AddHomeworkConditions(*homework, request, unmet);
      if (!unmet.empty()) return errors::NotReady(unmet);
      RecordHomework(*homework, request, &note);
      if (note.has_homework_review_override()) {
        reason_code = v1::OverrideCode_Name(note.homework_review_override().code());
      }
      note.set_late_entry(IsLateEntry(session, now_us));
      note.set_content_hash(ContentHash(note, session.name()));
      AddSignature(signer, v1::SIGNATURE_MEANING_AUTHOR, now_us, &note);
    } else if (plan.act == SignAct::kCoAuthor) {
      AddSignature(signer, v1::SIGNATURE_MEANING_CO_AUTHOR, now_us, &note);
    } else if (plan.act == SignAct::kWitness) {
      AddSignature(signer, v1::SIGNATURE_MEANING_WITNESS, now_us, &note);
    }
    MoveTo(plan.to, now_us, &note);
    SaveNote(deps_, context, ActionOf(plan.act), now_us, chart, session, *stored, changes,
             std::move(reason_code));
    *response.mutable_note() = Show(deps_, context, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::SignNoteResponse>(context, step);
}

NotesService::Answer<v1::CosignNoteResponse> NotesService::CosignNote(
    CallContext& context, const v1::CosignNoteRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  Step<v1::CosignNoteResponse> step = [&](Chart& chart, records::Changes& changes,
                                          v1::CosignNoteResponse& response) -> absl::Status {
    StoredNote* stored = FindNote(context, chart, request.name());
    if (stored == nullptr) return schema::NotFound();
    const records::Record& record = stored->record;
    v1::Note& note = stored->message;
    const std::int64_t now_us = Now();
    const std::string signer = names.Professional(context.access.professional);
    const auto supervised = [&](const std::string& author) {
      const Standing standing =
          StandingTo(names.ReadProfessional(author).value_or(""), context.access.professional,
                     *context.access.facts, now_us);
      return standing.supervisor && !standing.author;
    };
    const bool of_author = supervised(note.author());
    bool of_somebody = of_author;
    ForEachAddition(std::as_const(note), [&](const auto& addition) {
      of_somebody = of_somebody || supervised(addition.author());
    });
    if (!of_somebody) return errors::NotTheSupervisor();
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, record.id, record.version));
    const bool whole = of_author && note.state() == v1::NOTE_STATE_AWAITING_COSIGN;
    bool signs = whole;
    if (note.state() != v1::NOTE_STATE_ENTERED_IN_ERROR) {
      ForEachAddition(note, [&](auto& addition) {
        if (!addition.awaiting_cosign() || !supervised(addition.author())) return;
        addition.clear_awaiting_cosign();
        *addition.mutable_cosignature() =
            SignatureOf(signer, v1::SIGNATURE_MEANING_COSIGN, now_us, addition.content_hash());
        signs = true;
      });
    }
    if (!signs) return errors::NotAwaitingCosign(note.name());
    const StoredSession* session = chart.Session(record.parent);
    if (session == nullptr) return absl::DataLossError("a note without its session");
    if (whole) {
      AddSignature(signer, v1::SIGNATURE_MEANING_COSIGN, now_us, &note);
      MoveTo(v1::NOTE_STATE_LOCKED, now_us, &note);
    }
    SaveNote(deps_, context, "note.cosign", now_us, chart, session->message, *stored, changes);
    *response.mutable_note() = Show(deps_, context, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::CosignNoteResponse>(context, step);
}

NotesService::Answer<v1::AddAddendumResponse> NotesService::AddAddendum(
    CallContext& context, const v1::AddAddendumRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  Step<v1::AddAddendumResponse> step = [&](Chart& chart, records::Changes& changes,
                                           v1::AddAddendumResponse& response) -> absl::Status {
    StoredNote* stored = FindNote(context, chart, request.name());
    if (stored == nullptr) return schema::NotFound();
    const records::Record& record = stored->record;
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, record.id, record.version));
    v1::Note& note = stored->message;
    if (note.state() == v1::NOTE_STATE_DRAFT) return errors::NoteIsDraft(note.name());
    if (note.state() == v1::NOTE_STATE_ENTERED_IN_ERROR) {
      return errors::NoteEnteredInError(note.name());
    }
    if (note.addenda_size() >= kMaxAddenda) return errors::TooManyAddenda();
    const Faults faults = FaultsOfStatements(request.statements(), "statements",
                                             MemberNames(names, *context.access.facts));
    if (!faults.empty()) return errors::InvalidResource("", faults);
    const StoredSession* session = chart.Session(record.parent);
    if (session == nullptr) return absl::DataLossError("a note without its session");
    RETURN_IF_ERROR(CheckSecrets(context, StatementsOf(request.statements()), session->message));
    const std::int64_t now_us = Now();
    v1::Addendum& addendum = *note.add_addenda();
    addendum.set_number(note.addenda_size());
    addendum.set_author(names.Professional(context.access.professional));
    *addendum.mutable_add_time() = schema::ToTimestamp(now_us);
    *addendum.mutable_statements() = request.statements();
    addendum.set_reason(request.reason());
    addendum.set_content_hash(AddendumHash(note.content_hash(), addendum));
    addendum.set_awaiting_cosign(SignsAsTrainee(context, now_us));
    SaveNote(deps_, context, "note.addendum", now_us, chart, session->message, *stored, changes);
    *response.mutable_note() = Show(deps_, context, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::AddAddendumResponse>(context, step);
}

}  // namespace rapport::notes
