#include "notes/notes_history.h"

#include "notes/note_rules.h"
#include "notes/show.h"
#include "platform/base/status_macros.h"
#include "platform/schema/errors.h"

#include <optional>

namespace rapport::notes {
namespace {

// Which record a name is of, and the method that shows it.
struct Named {
  int kind = 0;
  std::string family, session, id;
  const char* method = nullptr;
};

std::optional<Named> Read(const schema::Names& names, const std::string& name) {
  if (const auto session = names.Read(schema::patterns::kSession, name)) {
    return Named{kSession, session->family, "", session->id,
                 "rapport.notes.v1.SessionNotesService/GetSession"};
  }
  if (const auto note = names.ReadNote(name)) {
    return Named{kNote, note->family, note->session, note->id,
                 "rapport.notes.v1.SessionNotesService/GetNote"};
  }
  if (const auto seen = names.ReadNote(name, schema::patterns::kObservation)) {
    return Named{kObservation, seen->family, seen->session, seen->id,
                 "rapport.notes.v1.SessionNotesService/ListObservations"};
  }
  if (const auto opening = names.Read(kNoteOpeningPattern, name)) {
    return Named{kNoteOpening, opening->family, "", opening->id,
                 "rapport.notes.v1.SessionNotesService/ListNoteOpenings"};
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> NotesHistory::ShowVersion(
    const CallContext& context, const Chart& chart, records::Record version) const {
  switch (version.kind) {
    case kSession: {
      ASSIGN_OR_RETURN(const auto session, records::Parse<v1::Session>(std::move(version)));
      return std::make_unique<v1::Session>(Show(deps_, context, chart, session));
    }
    case kObservation: {
      ASSIGN_OR_RETURN(const auto seen, records::Parse<v1::Observation>(std::move(version)));
      return std::make_unique<v1::Observation>(Show(deps_, context, seen));
    }
    case kNoteOpening: {
      const std::int64_t then_us = version.updated_us;
      ASSIGN_OR_RETURN(const auto opening, records::Parse<v1::NoteOpening>(std::move(version)));
      return std::make_unique<v1::NoteOpening>(
          Show(deps_, context.principal->agency, opening, then_us));
    }
    default: {
      ASSIGN_OR_RETURN(const auto note, records::Parse<v1::Note>(std::move(version)));
      const schema::Names names = deps_.NamesOf(context.principal->agency);
      const Standing standing =
          StandingTo(names.ReadProfessional(note.message.author()).value_or(""),
                     context.access.professional, *context.access.facts, deps_.clock.NowMicros());
      if (!MaySee(note.message.state(), standing, context.access.viewer)) return nullptr;
      return std::make_unique<v1::Note>(Show(deps_, context, note));
    }
  }
}

Task<absl::StatusOr<v1::ListSessionRevisionsResponse>> NotesHistory::ListSessionRevisions(
    CallContext& context, const v1::ListSessionRevisionsRequest& request) {
  const std::string& agency = context.principal->agency;
  const auto named = Read(deps_.NamesOf(agency), request.name());
  if (!named || named->family != context.access.family) co_return schema::NotFound();
  CO_RETURN_IF_ERROR(co_await revisions_.EnterAs(context, named->method));
  std::vector<records::ShownVersion> shown;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    shown.clear();
    auto versions = revisions_.VersionsOf(tx, agency, named->family, named->kind, named->id);
    if (absl::IsNotFound(versions.status())) return schema::NotFound();
    RETURN_IF_ERROR(versions.status());
    // A session counts among those held.
    Chart chart;
    if (named->kind == kSession) {
      ASSIGN_OR_RETURN(chart, store_.Load(tx, agency, named->family, ChartPart::kSessions));
    }
    for (const records::Record& version : *versions) {
      if (version.parent != named->session) return schema::NotFound();
      ASSIGN_OR_RETURN(auto resource, ShowVersion(context, chart, version));
      if (resource) shown.push_back({version, std::move(resource)});
    }
    return absl::OkStatus();
  }));
  co_return co_await revisions_.Page<v1::ListSessionRevisionsResponse>(context, request,
                                                                       std::move(shown));
}

}  // namespace rapport::notes
