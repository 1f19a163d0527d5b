// Notes: drafted, changed, shown.
#include "notes/change_chart.h"
#include "notes/kin_words.h"
#include "notes/note_rules.h"
#include "notes/notes_errors.h"
#include "notes/session_rules.h"
#include "notes/show.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/field_mask.h"
#include "platform/schema/list_filter.h"

#include <algorithm>

namespace rapport::notes {
namespace {

Standing StandingOf(const schema::Names& names, const CallContext& context, const v1::Note& note,
                    std::int64_t now_us) {
  return StandingTo(names.ReadProfessional(note.author()).value_or(""), context.access.professional,
                    *context.access.facts, now_us);
}

const auto& kNoteFilter = *new schema::ListFilter<v1::Note>(
    {{"state"}, {.name = "author", .patterns = schema::patterns::kProfessional}, {"late_entry"}});

}  // namespace

StoredNote* NotesService::FindNote(CallContext& context, Chart& chart,
                                   const std::string& name) const {
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  const auto read = names.ReadNote(name);
  if (!read || read->family != chart.family) return nullptr;
  StoredNote* note = chart.Note(read->session, read->id);
  if (note == nullptr) return nullptr;
  const Standing standing = StandingOf(names, context, note->message, Now());
  return MaySee(note->message.state(), standing, context.access.viewer) ? note : nullptr;
}

absl::Status NotesService::CheckSecrets(const CallContext& context,
                                        const PlacedStatements& statements,
                                        const v1::Session& session,
                                        google::protobuf::RepeatedField<int>* warnings) const {
  const SecretsThen secrets =
      SecretsAt(deps_.NamesOf(context.principal->agency), *context.access.facts, BeganUs(session));
  const auto unmet = UnmetForSecrets(statements, session, secrets);
  if (!unmet.empty()) return errors::SecretsKept(unmet);
  if (warnings != nullptr) {
    for (const auto warning : WarningsFor(statements, session, secrets)) warnings->Add(warning);
    const bool kin = std::ranges::any_of(statements, [](const PlacedStatement& one) {
      return !one.statement->about_member().empty() && KinIn(one.statement->text());
    });
    if (kin) warnings->Add(v1::NOTE_WARNING_KIN_IN_STATEMENT);
  }
  return absl::OkStatus();
}

NotesService::Answer<v1::CreateNoteResponse> NotesService::CreateNote(
    CallContext& context, const v1::CreateNoteRequest& request) {
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  Step<v1::CreateNoteResponse> step = [&](Chart& chart, records::Changes& changes,
                                          v1::CreateNoteResponse& response) -> absl::Status {
    const StoredSession* session = FindSession(context, chart, request.parent());
    if (session == nullptr) return schema::NotFound();
    const std::string author = names.Professional(context.access.professional);
    if (const StoredNote* existing = chart.NoteBy(session->record.id, author)) {
      return errors::NoteExists(existing->message.name());
    }
    if (!TakesAttendance(session->message.state())) {
      return errors::SessionNotStarted(session->message.name());
    }
    const Faults faults =
        FaultsOfSections(request.note(), MemberNames(names, *context.access.facts));
    if (!faults.empty()) return errors::InvalidResource("note.", faults);
    RETURN_IF_ERROR(CheckSecrets(context, StatementsOf(request.note()), session->message,
                                 response.mutable_warnings()));
    const std::int64_t now_us = Now();
    StoredNote stored{NewRecord(kNote, chart.family, session->record.id, now_us, now_us), {}};
    v1::Note& note = stored.message;
    note.set_name(names.Note(chart.family, session->record.id, stored.record.id));
    note.set_author(author);
    note.set_state(v1::NOTE_STATE_DRAFT);
    note.set_format(request.note().format());
    *note.mutable_sections() = request.note().sections();
    note.set_revision(1);
    SaveNote(deps_, context, "note.create", now_us, chart, session->message, stored, changes);
    *response.mutable_note() = Show(deps_, context, stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::CreateNoteResponse>(context, step);
}

NotesService::Answer<v1::UpdateNoteResponse> NotesService::UpdateNote(
    CallContext& context, const v1::UpdateNoteRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  Step<v1::UpdateNoteResponse> step = [&](Chart& chart, records::Changes& changes,
                                          v1::UpdateNoteResponse& response) -> absl::Status {
    StoredNote* stored = FindNote(context, chart, request.note().name());
    if (stored == nullptr) return schema::NotFound();
    const records::Record& record = stored->record;
    v1::Note& note = stored->message;
    const std::int64_t now_us = Now();
    if (!StandingOf(names, context, note, now_us).author) return errors::NotTheAuthor();
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, record.id, record.version));
    if (note.state() != v1::NOTE_STATE_DRAFT) return errors::NoteSigned(note.name());
    RETURN_IF_ERROR(schema::ApplyUpdate(request.note(), request.update_mask(), &note));
    const Faults faults = FaultsOfSections(note, MemberNames(names, *context.access.facts));
    if (!faults.empty()) return errors::InvalidResource("note.", faults);
    const StoredSession* session = chart.Session(record.parent);
    if (session == nullptr) return absl::DataLossError("a note without its session");
    RETURN_IF_ERROR(
        CheckSecrets(context, StatementsOf(note), session->message, response.mutable_warnings()));
    note.set_revision(note.revision() + 1);
    SaveNote(deps_, context, "note.update", now_us, chart, session->message, *stored, changes);
    *response.mutable_note() = Show(deps_, context, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::UpdateNoteResponse>(context, step);
}

NotesService::Answer<v1::GetNoteResponse> NotesService::GetNote(CallContext& context,
                                                                const v1::GetNoteRequest& request) {
  auto chart = co_await LoadChart(context, ChartPart::kWhole);
  if (!chart.ok()) co_return chart.status();
  const StoredNote* stored = FindNote(context, *chart, request.name());
  if (stored == nullptr) co_return schema::NotFound();
  context.disclosed_resource = stored->record.id;
  context.disclosed_kind = kNote;
  context.disclosed_version = stored->record.version;
  v1::GetNoteResponse response;
  *response.mutable_note() = Show(deps_, context, *stored);
  co_return response;
}

NotesService::Answer<v1::ListNotesResponse> NotesService::ListNotes(
    CallContext& context, const v1::ListNotesRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kNoteFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"create_time"}, {0, true}));
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  auto chart = co_await LoadChart(context, ChartPart::kWhole);
  if (!chart.ok()) co_return chart.status();
  const bool of_family = names.ReadFamily(request.parent()).has_value();
  const StoredSession* session =
      of_family ? nullptr : FindSession(context, *chart, request.parent());
  if (!of_family && session == nullptr) co_return schema::NotFound();
  const std::int64_t now_us = Now();
  std::vector<records::Placed<const StoredNote*>> entries;
  for (const StoredNote& stored : chart->notes) {
    if (session != nullptr && stored.record.parent != session->record.id) continue;
    const v1::Note& note = stored.message;
    const Standing standing = StandingOf(names, context, note, now_us);
    if (!MaySee(note.state(), standing, context.access.viewer)) continue;
    if (!kNoteFilter.Matches(terms, note)) continue;
    entries.push_back({stored.record.sort_us, stored.record.id, &stored});
  }
  v1::ListNotesResponse response;
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      records::ShowPage(deps_, context, request, std::move(entries),
                                        order.descending, [&](const StoredNote* stored) {
                                          context.disclosed_version = std::max(
                                              context.disclosed_version, stored->record.version);
                                          *response.add_notes() = Show(deps_, context, *stored);
                                        }));
  co_return response;
}

NotesService::Answer<v1::ListNoteRevisionsResponse> NotesService::ListNoteRevisions(
    CallContext& context, const v1::ListNoteRevisionsRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  const auto read = names.ReadNote(request.name());
  if (!read || read->family != context.access.family) co_return schema::NotFound();
  std::vector<StoredNote> versions;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(versions, store_.Versions(tx, agency, read->family, read->id));
    return absl::OkStatus();
  }));
  const std::int64_t now_us = Now();
  std::vector<records::Placed<const StoredNote*>> entries;
  for (const StoredNote& version : versions) {
    if (version.record.parent != read->session) co_return schema::NotFound();
    const Standing standing = StandingOf(names, context, version.message, now_us);
    if (!MaySee(version.message.state(), standing, context.access.viewer)) continue;
    entries.push_back({version.record.version, version.record.id, &version});
  }
  if (entries.empty()) co_return schema::NotFound();
  context.disclosed_resource = read->id;
  context.disclosed_kind = kNote;
  v1::ListNoteRevisionsResponse response;
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      records::ShowPage(deps_, context, request, std::move(entries), false,
                                        [&](const StoredNote* version) {
                                          context.disclosed_version = version->record.version;
                                          auto& revision = *response.add_revisions();
                                          *revision.mutable_note() = Show(deps_, context, *version);
                                          *revision.mutable_revise_time() =
                                              revision.note().update_time();
                                        }));
  co_return response;
}

}  // namespace rapport::notes
