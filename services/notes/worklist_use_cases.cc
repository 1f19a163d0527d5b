// What is still to be done about notes, in all families that the caller wrote in or supervises.
// Read are the notes that the caller and whom they supervise left open, and no others.
#include "notes/notes_service.h"
#include "notes/owed_notes.h"
#include "notes/worklist_rules.h"
#include "platform/audit/shown.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"

#include <algorithm>
#include <map>
#include <utility>

namespace rapport::notes {
namespace {

// As if the caller asked for the note itself.
constexpr std::string_view kGetNote = "rapport.notes.v1.SessionNotesService/GetNote";

bool Contains(const std::vector<std::string>& all, std::string_view one) {
  return std::ranges::find(all, one) != all.end();
}

Standing StandingOf(const Staff& staff, std::string_view author) {
  return {.author = !author.empty() && author == staff.professional,
          .supervisor = Contains(staff.supervisees, author)};
}

// Under whose numbers something may be open for `staff`.
std::vector<std::int64_t> StatesFor(const Staff& staff) {
  std::vector<std::int64_t> states = {OwedState(staff.professional)};
  for (const std::string& one : staff.supervisees) states.push_back(OwedState(one));
  std::ranges::sort(states);
  const auto twice = std::ranges::unique(states);
  states.erase(twice.begin(), twice.end());
  return states;
}

// Where a note is open because of several whom the caller stands for, one of its records is it.
bool Stands(const records::Record& owed, const v1::Note& note, const schema::Names& names,
            const std::vector<std::int64_t>& states) {
  std::int64_t first = INT64_MAX;
  for (const std::string& author : AuthorsOwing(note)) {
    const std::int64_t state = OwedState(names.ReadProfessional(author).value_or(""));
    if (std::ranges::binary_search(states, state)) first = std::min(first, state);
  }
  return owed.state == first;
}

bool Has(const std::vector<v1::WorklistTask>& tasks, v1::WorklistTask task) {
  return std::ranges::find(tasks, task) != tasks.end();
}

}  // namespace

// One note of a page, before it is known whether the caller may still see it and whether homework
// is still owed.
struct NotesService::WorklistNote {
  std::string family;
  std::vector<v1::WorklistTask> tasks;
  v1::WorklistEntry entry;
  std::int64_t session_start_us = 0;
};

NotesService::Answer<bool> NotesService::IsReviewOwed(CallContext& context,
                                                      const WorklistNote& note) {
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  auto due = co_await homework_.Due(context, names.Family(note.family), note.session_start_us);
  if (!due.ok() && context.Expired()) co_return due.status();
  co_return !due.ok() || !due->empty();
}

NotesService::Answer<v1::GetWorklistResponse> NotesService::GetWorklist(
    CallContext& context, const v1::GetWorklistRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  CO_ASSIGN_OR_RETURN(const Staff staff, co_await rosters_.StaffOf(context));
  v1::GetWorklistResponse response;
  if (staff.professional.empty()) co_return response;

  std::vector<WorklistNote> notes;
  const records::ListQuery query{.kind = kOwed, .states = StatesFor(staff)};
  const auto take = [&](db::Tx& tx, const records::Record& owed,
                        bool show) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(auto record, deps_.records.Get(tx, agency, owed.family, kNote, owed.parent));
    ASSIGN_OR_RETURN(auto stored, records::Parse<v1::Note>(std::move(record)));
    const v1::Note& note = stored.message;
    if (!Stands(owed, note, names, query.states)) return false;
    WorklistNote found{.family = stored.record.family,
                       .tasks = TasksFor(note, [&](const std::string& author) {
                         return StandingOf(staff, names.ReadProfessional(author).value_or(""));
                       })};
    if (found.tasks.empty()) return false;
    if (request.task() != 0 && !Has(found.tasks, request.task())) return false;
    found.entry.set_note(note.name());
    found.entry.set_author(note.author());
    if (show) notes.push_back(std::move(found));
    return true;
  };
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      co_await records::ScanPage(deps_, context, request, query, take));
  CO_RETURN_IF_ERROR(co_await AddSessions(context, notes));

  std::map<std::string, bool> seen;  // family: whether the caller may see its notes
  for (WorklistNote& note : notes) {
    if (!seen.contains(note.family)) {
      auto access = co_await deps_.access.Check(context, kGetNote, note.family, "");
      if (!access.ok() && absl::IsUnavailable(access.status())) co_return access.status();
      seen[note.family] = access.ok();
    }
    if (!seen[note.family]) continue;
    if (Has(note.tasks, v1::WORKLIST_TASK_REVIEW_HOMEWORK)) {
      CO_ASSIGN_OR_RETURN(const bool owed, co_await IsReviewOwed(context, note));
      if (!owed) std::erase(note.tasks, v1::WORKLIST_TASK_REVIEW_HOMEWORK);
    }
    if (note.tasks.empty()) continue;
    if (request.task() != 0 && !Has(note.tasks, request.task())) continue;
    audit::NoteShown(context, note.family);
    SetTasks(note.tasks, &note.entry);
    *response.add_entries() = std::move(note.entry);
  }
  co_return response;
}

// When the sessions of `notes` were: their names say which they are.
Task<absl::Status> NotesService::AddSessions(CallContext& context,
                                             std::vector<WorklistNote>& notes) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  co_return co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    for (WorklistNote& note : notes) {
      const auto ids = names.ReadNote(note.entry.note());
      if (!ids) return absl::DataLossError("a note without a name");
      ASSIGN_OR_RETURN(const StoredSession session,
                       store_.Session(tx, agency, {ids->family, ids->session}));
      if (session.message.has_end_time()) {
        *note.entry.mutable_session_end_time() = session.message.end_time();
      }
      note.session_start_us = Micros(session.message.start_time());
    }
    return absl::OkStatus();
  });
}

}  // namespace rapport::notes
