// Notes that the law keeps apart: one implementation for every class of them. Each is its author's:
// to anybody else there is nothing, so nothing here emits an event, guards the family's revision (a
// write of somebody else's would show that there was one) or touches the chart.
#include "notes/note_rules.h"
#include "notes/notes_errors.h"
#include "notes/notes_service.h"
#include "notes/session_rules.h"
#include "notes/show.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"
#include "platform/schema/times.h"

#include <algorithm>

namespace rapport::notes {
namespace {

const auto& kPsychotherapyFilter =
    *new schema::ListFilter<v1::PsychotherapyNote>({{"create_time"}});
const auto& kSudCounselingFilter =
    *new schema::ListFilter<v1::SudCounselingNote>({{"create_time"}, {"member"}});

// What tells the classes apart.
template <typename Note>
struct ClassOf;

template <>
struct ClassOf<v1::PsychotherapyNote> {
  static constexpr Kind kKind = kPsychotherapyNote;
  static constexpr std::string_view kPattern = schema::patterns::kPsychotherapyNote;
  static constexpr std::string_view kCreated = "psychotherapy_note.create";
  static const auto& Filter() { return kPsychotherapyFilter; }
  static std::vector<std::string> MembersOf(const v1::PsychotherapyNote&) { return {}; }
  static void CopyOwn(const v1::PsychotherapyNote&, v1::PsychotherapyNote&) {}
};

template <>
struct ClassOf<v1::SudCounselingNote> {
  static constexpr Kind kKind = kSudCounselingNote;
  static constexpr std::string_view kPattern = schema::patterns::kSudCounselingNote;
  static constexpr std::string_view kCreated = "sud_counseling_note.create";
  static const auto& Filter() { return kSudCounselingFilter; }
  static std::vector<std::string> MembersOf(const v1::SudCounselingNote& note) {
    return {note.member()};
  }
  static void CopyOwn(const v1::SudCounselingNote& from, v1::SudCounselingNote& to) {
    to.set_member(from.member());
  }
};

}  // namespace

template <typename Note, typename Response, typename Request>
NotesService::Answer<Response> NotesService::CreateApart(CallContext& context,
                                                         const Request& request) {
  using Class = ClassOf<Note>;
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  auto chart = co_await LoadChart(context, ChartPart::kSessions);
  if (!chart.ok()) co_return chart.status();
  const StoredSession* session = FindSession(context, *chart, request.parent());
  if (session == nullptr) co_return schema::NotFound();
  if (!TakesAttendance(session->message.state())) {
    co_return errors::SessionNotStarted(session->message.name());
  }
  const std::set<std::string> family = MemberNames(names, *context.access.facts);
  std::vector<std::string> members;
  for (const std::string& member : Class::MembersOf(request.note())) {
    if (!family.contains(member)) {
      co_return errors::InvalidResource("note.", {{"member", "a member of this family"}});
    }
    members.push_back(names.ReadMember(member)->id);
  }
  const std::int64_t now_us = Now();
  records::Stored<Note> stored{
      NewRecord(Class::kKind, chart->family, session->record.id, now_us, now_us), {}};
  stored.message.set_name(
      names.Note(chart->family, session->record.id, stored.record.id, Class::kPattern));
  stored.message.set_author(names.Professional(context.access.professional));
  stored.message.set_text(request.note().text());
  Class::CopyOwn(request.note(), stored.message);
  stored.record.payload = stored.message.SerializeAsString();
  records::Changes changes(context, now_us);
  changes.Create(stored.record);
  changes.Audit(Class::kCreated, stored.record, std::move(members));
  Response response;
  *response.mutable_note() = ShowApart(stored);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

template <typename Note, typename Response, typename Request>
NotesService::Answer<Response> NotesService::GetApart(CallContext& context,
                                                      const Request& request) {
  using Class = ClassOf<Note>;
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  const auto read = names.ReadNote(request.name(), Class::kPattern);
  if (!read || read->family != context.access.family) co_return schema::NotFound();
  records::Stored<Note> stored;
  const absl::Status found = co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(auto record,
                     deps_.records.Get(tx, agency, read->family, Class::kKind, read->id));
    ASSIGN_OR_RETURN(stored, records::Parse<Note>(std::move(record)));
    return absl::OkStatus();
  });
  if (absl::IsNotFound(found)) co_return schema::NotFound();
  if (!found.ok()) co_return found;
  if (stored.record.parent != read->session ||
      stored.message.author() != names.Professional(context.access.professional)) {
    co_return schema::NotFound();
  }
  context.disclosed_resource = stored.record.id;
  context.disclosed_kind = Class::kKind;
  context.disclosed_version = stored.record.version;
  Response response;
  *response.mutable_note() = ShowApart(stored);
  co_return response;
}

template <typename Note, typename Response, typename Request>
NotesService::Answer<Response> NotesService::ListApart(CallContext& context,
                                                       const Request& request) {
  using Class = ClassOf<Note>;
  CO_ASSIGN_OR_RETURN(const auto terms, Class::Filter().Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"create_time"}, {0, true}));
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  const std::string author = names.Professional(context.access.professional);
  std::string session;
  if (!names.ReadFamily(request.parent())) {
    auto chart = co_await LoadChart(context, ChartPart::kSessions);
    if (!chart.ok()) co_return chart.status();
    const StoredSession* found = FindSession(context, *chart, request.parent());
    if (found == nullptr) co_return schema::NotFound();
    session = found->record.id;
  }
  Response response;
  const records::ListQuery query{.kind = Class::kKind,
                                 .family = context.access.family,
                                 .parent = session,
                                 .newest_first = order.descending};
  const auto take = [&](records::Record record, bool show) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(auto stored, records::Parse<Note>(std::move(record)));
    // Of somebody else's notes no filter tells whether there are any.
    if (stored.message.author() != author) return false;
    Note shown = ShowApart(stored);
    if (!Class::Filter().Matches(terms, shown)) return false;
    if (!show) return true;
    context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
    *response.add_notes() = std::move(shown);
    return true;
  };
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      co_await records::ScanPage(deps_, context, request, query, take));
  co_return response;
}

NotesService::Answer<v1::CreatePsychotherapyNoteResponse> NotesService::CreatePsychotherapyNote(
    CallContext& context, const v1::CreatePsychotherapyNoteRequest& request) {
  return CreateApart<v1::PsychotherapyNote, v1::CreatePsychotherapyNoteResponse>(context, request);
}

NotesService::Answer<v1::GetPsychotherapyNoteResponse> NotesService::GetPsychotherapyNote(
    CallContext& context, const v1::GetPsychotherapyNoteRequest& request) {
  return GetApart<v1::PsychotherapyNote, v1::GetPsychotherapyNoteResponse>(context, request);
}

NotesService::Answer<v1::ListPsychotherapyNotesResponse> NotesService::ListPsychotherapyNotes(
    CallContext& context, const v1::ListPsychotherapyNotesRequest& request) {
  return ListApart<v1::PsychotherapyNote, v1::ListPsychotherapyNotesResponse>(context, request);
}

NotesService::Answer<v1::CreateSudCounselingNoteResponse> NotesService::CreateSudCounselingNote(
    CallContext& context, const v1::CreateSudCounselingNoteRequest& request) {
  return CreateApart<v1::SudCounselingNote, v1::CreateSudCounselingNoteResponse>(context, request);
}

NotesService::Answer<v1::GetSudCounselingNoteResponse> NotesService::GetSudCounselingNote(
    CallContext& context, const v1::GetSudCounselingNoteRequest& request) {
  return GetApart<v1::SudCounselingNote, v1::GetSudCounselingNoteResponse>(context, request);
}

NotesService::Answer<v1::ListSudCounselingNotesResponse> NotesService::ListSudCounselingNotes(
    CallContext& context, const v1::ListSudCounselingNotesRequest& request) {
  return ListApart<v1::SudCounselingNote, v1::ListSudCounselingNotesResponse>(context, request);
}

}  // namespace rapport::notes
