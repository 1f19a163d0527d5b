// Opening notes that the law keeps apart. The opening itself tells nobody whether there are any: it
// emits no event and guards no revision, as the notes themselves do.
#include "notes/note_opening_rules.h"
#include "notes/notes_errors.h"
#include "notes/notes_service.h"
#include "notes/show.h"
#include "platform/audit/shown.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"
#include "platform/schema/times.h"

#include <algorithm>

namespace rapport::notes {
namespace {

using StoredOpening = records::Stored<v1::NoteOpening>;

const auto& kOpeningFilter =
    *new schema::ListFilter<v1::NoteOpening>({{"state"}, {"note_class"}, {"basis"}, {"author"}});

void Disclose(const StoredOpening& stored, CallContext& context) {
  context.disclosed_resource = stored.record.id;
  context.disclosed_kind = kNoteOpening;
  context.disclosed_version = stored.record.version;
}

}  // namespace

NotesService::Answer<StoredOpening> NotesService::LoadOpening(CallContext& context,
                                                              const std::string& name) {
  const std::string& agency = context.principal->agency;
  const auto read = deps_.NamesOf(agency).Read(kNoteOpeningPattern, name);
  if (!read || read->family != context.access.family) co_return schema::NotFound();
  StoredOpening stored;
  const absl::Status found = co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(auto record,
                     deps_.records.Get(tx, agency, read->family, kNoteOpening, read->id));
    ASSIGN_OR_RETURN(stored, records::Parse<v1::NoteOpening>(std::move(record)));
    return absl::OkStatus();
  });
  if (absl::IsNotFound(found)) co_return schema::NotFound();
  if (!found.ok()) co_return found;
  co_return stored;
}

NotesService::Answer<v1::ProposeNoteOpeningResponse> NotesService::ProposeNoteOpening(
    CallContext& context, const v1::ProposeNoteOpeningRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  const std::string& family = context.access.family;
  const v1::NoteOpening& wanted = request.note_opening();
  const std::int64_t now_us = Now();
  const auto author = names.ReadProfessional(wanted.author());
  const Faults faults =
      FaultsOfOpening(wanted, author ? *author : "", *context.access.facts, now_us);
  if (!faults.empty()) co_return errors::InvalidResource("note_opening.", faults);
  StoredOpening stored{NewRecord(kNoteOpening, family, "", now_us, now_us), wanted};
  stored.message.set_name(names.Of(kNoteOpeningPattern, family, stored.record.id));
  stored.message.set_custodian(context.principal->subject);
  stored.record.payload = stored.message.SerializeAsString();
  records::Changes changes(context, now_us);
  changes.Create(stored.record);
  changes.Audit("note_opening.propose", stored.record, {},
                v1::OpeningBasis_Name(stored.message.basis()));
  stored.record.version = 1;
  v1::ProposeNoteOpeningResponse response;
  *response.mutable_note_opening() = Show(deps_, agency, stored, now_us);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

NotesService::Answer<v1::ApproveNoteOpeningResponse> NotesService::ApproveNoteOpening(
    CallContext& context, const v1::ApproveNoteOpeningRequest& request) {
  co_return co_await records::RetryConflicts(deps_.records, context,
                                             [&] { return ApproveOpeningOnce(context, request); });
}

NotesService::Answer<v1::ApproveNoteOpeningResponse> NotesService::ApproveOpeningOnce(
    CallContext& context, const v1::ApproveNoteOpeningRequest& request) {
  const std::string& agency = context.principal->agency;
  CO_ASSIGN_OR_RETURN(StoredOpening stored, co_await LoadOpening(context, request.name()));
  const records::Record before = stored.record;
  CO_RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, before.id, before.version));
  const std::int64_t now_us = Now();
  v1::NoteOpening& opening = stored.message;
  const auto refusal =
      WhyNotApproved(opening, before.created_us, context.principal->subject, now_us);
  if (refusal) co_return errors::OpeningRefused(*refusal, opening.name());
  opening.set_approved_by(context.principal->subject);
  *opening.mutable_approve_time() = schema::ToTimestamp(now_us);
  *opening.mutable_until_time() = schema::ToTimestamp(now_us + kOpeningLastsUs);
  stored.record = records::With(before, opening);
  stored.record.updated_us = now_us;
  records::Changes changes(context, now_us);
  changes.Update(before, stored.record);
  stored.record.version = before.version + 1;
  changes.Audit("note_opening.approve", stored.record, {}, v1::OpeningBasis_Name(opening.basis()));
  v1::ApproveNoteOpeningResponse response;
  *response.mutable_note_opening() = Show(deps_, agency, stored, now_us);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

NotesService::Answer<v1::ListNoteOpeningsResponse> NotesService::ListNoteOpenings(
    CallContext& context, const v1::ListNoteOpeningsRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kOpeningFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"create_time"}, {0, true}));
  const std::string& agency = context.principal->agency;
  const std::int64_t now_us = Now();
  v1::ListNoteOpeningsResponse response;
  const records::ListQuery query{
      .kind = kNoteOpening, .family = context.access.family, .newest_first = order.descending};
  const auto take = [&](records::Record record, bool show) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const auto stored, records::Parse<v1::NoteOpening>(std::move(record)));
    v1::NoteOpening shown = Show(deps_, agency, stored, now_us);
    if (!kOpeningFilter.Matches(terms, shown)) return false;
    if (!show) return true;
    context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
    if (context.access.family.empty()) audit::NoteShown(context, stored.record.family);
    *response.add_note_openings() = std::move(shown);
    return true;
  };
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      co_await records::ScanPage(deps_, context, request, query, take));
  co_return response;
}

template <typename Note>
NotesService::Answer<std::string> NotesService::ReadOpened(
    CallContext& context, const v1::GetOpenedNotesRequest& request, int kind,
    const v1::NoteOpening& opening, google::protobuf::RepeatedPtrField<Note>& notes) {
  const records::ListQuery query{
      .kind = kind, .family = context.access.family, .newest_first = true};
  const auto take = [&](records::Record record, bool show) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const auto stored, records::Parse<Note>(std::move(record)));
    if (!Covers(opening, stored.message.author(), stored.record.created_us)) return false;
    if (show) *notes.Add() = ShowApart(stored);
    return true;
  };
  co_return co_await records::ScanPage(deps_, context, request, query, take);
}

NotesService::Answer<v1::GetOpenedNotesResponse> NotesService::GetOpenedNotes(
    CallContext& context, const v1::GetOpenedNotesRequest& request) {
  CO_ASSIGN_OR_RETURN(const StoredOpening stored, co_await LoadOpening(context, request.name()));
  const v1::NoteOpening& opening = stored.message;
  if (!IsOfOpening(opening, context.principal->subject)) co_return schema::NotFound();
  const v1::OpeningState state = StateOfOpening(opening, stored.record.created_us, Now());
  const auto refusal = OpeningLife().RefusalOf(state, OpeningEvent::kRead);
  if (refusal) co_return errors::OpeningRefused(*refusal, opening.name());
  Disclose(stored, context);
  v1::GetOpenedNotesResponse response;
  auto next = opening.note_class() == v1::KEPT_APART_CLASS_PSYCHOTHERAPY
                  ? co_await ReadOpened(context, request, kPsychotherapyNote, opening,
                                        *response.mutable_psychotherapy_notes())
                  : co_await ReadOpened(context, request, kSudCounselingNote, opening,
                                        *response.mutable_sud_counseling_notes());
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*std::move(next));
  co_return response;
}

}  // namespace rapport::notes
