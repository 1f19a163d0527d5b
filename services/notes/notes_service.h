// NotesService: the use cases of session notes. No gRPC, no SQL. One source file per resource:
// session_, session_life_, import_, note_, signing_, amending_, kept_apart_,
// engagement_, extract_, observation_, search_, worklist_, billing_use_cases.cc. Thread-safe.
#pragma once

#include "notes/apart_rules.h"
#include "notes/notes_store.h"
#include "notes/secrets_rules.h"
#include "notes/sources.h"
#include "platform/base/call_context.h"
#include "platform/base/task.h"
#include "platform/records/service_deps.h"
#include "platform/schema/filter.h"

#include <rapport/notes/v1/billing.pb.h>
#include <rapport/notes/v1/extract.pb.h>
#include <rapport/notes/v1/kept_apart_requests.pb.h>
#include <rapport/notes/v1/note_opening.pb.h>
#include <rapport/notes/v1/note_requests.pb.h>
#include <rapport/notes/v1/observation.pb.h>
#include <rapport/notes/v1/search.pb.h>
#include <rapport/notes/v1/session_requests.pb.h>
#include <rapport/notes/v1/worklist.pb.h>

#include <absl/status/statusor.h>

#include <functional>
#include <string>

namespace rapport::notes {

// What goals said about due homework before a note is signed.
struct HomeworkAnswer {
  bool asked = false;    // false: nothing is to be signed that rests on it
  bool reached = false;  // false: goals could not be asked, the review is owed
  std::vector<DueItem> unreviewed;
};

class NotesService {
 public:
  template <typename T>
  using Answer = Task<absl::StatusOr<T>>;

  // `homework` and `rosters` must outlive it.
  NotesService(const records::ServiceDeps& deps, HomeworkSource& homework, RosterSource& rosters)
      : deps_(deps), store_(deps.records), homework_(homework), rosters_(rosters) {}

  Answer<v1::ScheduleSessionResponse> ScheduleSession(CallContext&,
                                                      const v1::ScheduleSessionRequest&);
  Answer<v1::UpdateSessionResponse> UpdateSession(CallContext&, const v1::UpdateSessionRequest&);
  Answer<v1::StartSessionResponse> StartSession(CallContext&, const v1::StartSessionRequest&);
  Answer<v1::EndSessionResponse> EndSession(CallContext&, const v1::EndSessionRequest&);
  Answer<v1::CancelSessionResponse> CancelSession(CallContext&, const v1::CancelSessionRequest&);
  Answer<v1::GetSessionResponse> GetSession(CallContext&, const v1::GetSessionRequest&);
  Answer<v1::ListSessionsResponse> ListSessions(CallContext&, const v1::ListSessionsRequest&);
  Answer<v1::RecordAttendanceResponse> RecordAttendance(CallContext&,
                                                        const v1::RecordAttendanceRequest&);
  Answer<v1::CorrectSessionResponse> CorrectSession(CallContext&, const v1::CorrectSessionRequest&);
  Answer<v1::BatchImportSessionsResponse> BatchImportSessions(
      CallContext&, const v1::BatchImportSessionsRequest&);

  Answer<v1::CreateNoteResponse> CreateNote(CallContext&, const v1::CreateNoteRequest&);
  Answer<v1::UpdateNoteResponse> UpdateNote(CallContext&, const v1::UpdateNoteRequest&);
  Answer<v1::GetNoteResponse> GetNote(CallContext&, const v1::GetNoteRequest&);
  Answer<v1::ListNotesResponse> ListNotes(CallContext&, const v1::ListNotesRequest&);
  Answer<v1::ListNoteRevisionsResponse> ListNoteRevisions(CallContext&,
                                                          const v1::ListNoteRevisionsRequest&);
  Answer<v1::SignNoteResponse> SignNote(CallContext&, const v1::SignNoteRequest&);
  Answer<v1::CosignNoteResponse> CosignNote(CallContext&, const v1::CosignNoteRequest&);
  Answer<v1::AddAddendumResponse> AddAddendum(CallContext&, const v1::AddAddendumRequest&);
  Answer<v1::AmendNoteResponse> AmendNote(CallContext&, const v1::AmendNoteRequest&);
  Answer<v1::MarkEnteredInErrorResponse> MarkEnteredInError(CallContext&,
                                                            const v1::MarkEnteredInErrorRequest&);

  Answer<v1::CreatePsychotherapyNoteResponse> CreatePsychotherapyNote(
      CallContext&, const v1::CreatePsychotherapyNoteRequest&);
  Answer<v1::GetPsychotherapyNoteResponse> GetPsychotherapyNote(
      CallContext&, const v1::GetPsychotherapyNoteRequest&);
  Answer<v1::ListPsychotherapyNotesResponse> ListPsychotherapyNotes(
      CallContext&, const v1::ListPsychotherapyNotesRequest&);
  Answer<v1::CreateSudCounselingNoteResponse> CreateSudCounselingNote(
      CallContext&, const v1::CreateSudCounselingNoteRequest&);
  Answer<v1::GetSudCounselingNoteResponse> GetSudCounselingNote(
      CallContext&, const v1::GetSudCounselingNoteRequest&);
  Answer<v1::ListSudCounselingNotesResponse> ListSudCounselingNotes(
      CallContext&, const v1::ListSudCounselingNotesRequest&);

  Answer<v1::ProposeNoteOpeningResponse> ProposeNoteOpening(CallContext&,
                                                            const v1::ProposeNoteOpeningRequest&);
  Answer<v1::ApproveNoteOpeningResponse> ApproveNoteOpening(CallContext&,
                                                            const v1::ApproveNoteOpeningRequest&);
  Answer<v1::ListNoteOpeningsResponse> ListNoteOpenings(CallContext&,
                                                        const v1::ListNoteOpeningsRequest&);
  Answer<v1::GetOpenedNotesResponse> GetOpenedNotes(CallContext&, const v1::GetOpenedNotesRequest&);

  Answer<v1::GetMemberExtractResponse> GetMemberExtract(CallContext&,
                                                        const v1::GetMemberExtractRequest&);

  Answer<v1::SearchNotesResponse> SearchNotes(CallContext&, const v1::SearchNotesRequest&);

  Answer<v1::RecordObservationResponse> RecordObservation(CallContext&,
                                                          const v1::RecordObservationRequest&);
  Answer<v1::ListObservationsResponse> ListObservations(CallContext&,
                                                        const v1::ListObservationsRequest&);

  Answer<v1::GetEngagementResponse> GetEngagement(CallContext&, const v1::GetEngagementRequest&);
  Answer<v1::GetWorklistResponse> GetWorklist(CallContext&, const v1::GetWorklistRequest&);
  Answer<v1::GetBillingFactsResponse> GetBillingFacts(CallContext&,
                                                      const v1::GetBillingFactsRequest&);

 private:
  // What one write does to the chart it loaded: adds changes, fills in the answer. Runs again when
  // somebody else changed the family meanwhile, or one of the other families in `beside` (inner
  // ids), whose sessions the chart then has.
  template <typename Response>
  using Step = std::function<absl::Status(Chart&, records::Changes&, Response&)>;
  template <typename Response>
  Answer<Response> ChangeChart(CallContext& context, Step<Response> step,
                               ChartPart part = ChartPart::kWhole,
                               const std::vector<std::string>& beside = {});
  template <typename Response>
  Answer<Response> ChangeChartOnce(CallContext& context, const Step<Response>& step, ChartPart part,
                                   const std::vector<std::string>& beside);

  Answer<Chart> LoadChart(CallContext& context, ChartPart part,
                          const std::vector<std::string>& beside = {});
  // What other families have to do with the call's. Puts into its facts who of the family is
  // arranged separately because of another one's records.
  Answer<Elsewhere> AskElsewhere(CallContext& context);
  Answer<v1::ListSessionsResponse> ListAgencySessions(CallContext& context,
                                                      const v1::ListSessionsRequest& request,
                                                      const std::vector<schema::FilterTerm>& terms,
                                                      bool newest_first);
  // The other session of the agency that has one of `session`'s external ids; empty: none. With
  // `own` (an inner id) it is not another one.
  Answer<std::string> ExternalIdOwner(CallContext& context, const v1::Session& session,
                                      std::string_view own);
  // Null: the name is not of a session or note of the caller's family, or of one they may not see.
  StoredSession* FindSession(CallContext& context, Chart& chart, const std::string& name) const;
  StoredNote* FindNote(CallContext& context, Chart& chart, const std::string& name) const;
  // Records who took part; whoever came uninvited is invited, if they may meet the others.
  absl::Status TakeAttendance(const CallContext& context, const Chart& chart,
                              const google::protobuf::RepeatedPtrField<v1::Attendance>& entries,
                              std::int64_t now_us, v1::Session* session) const;
  // What the session's secrets policy keeps out of a note on it; adds to `warnings`, where given.
  absl::Status CheckSecrets(const CallContext& context, const PlacedStatements& statements,
                            const v1::Session& session,
                            google::protobuf::RepeatedField<int>* warnings = nullptr) const;
  // Asks goals what is due, if `name` is a draft that the caller may sign.
  Answer<HomeworkAnswer> AskHomework(CallContext& context, const std::string& name);

  // The three use cases of a class of notes that the law keeps apart (kept_apart_use_cases.cc).
  template <typename Note, typename Response, typename Request>
  Answer<Response> CreateApart(CallContext& context, const Request& request);
  template <typename Note, typename Response, typename Request>
  Answer<Response> GetApart(CallContext& context, const Request& request);
  template <typename Note, typename Response, typename Request>
  Answer<Response> ListApart(CallContext& context, const Request& request);

  // NOT_FOUND: no opening of the call's family has this name.
  Answer<records::Stored<v1::NoteOpening>> LoadOpening(CallContext& context,
                                                       const std::string& name);
  Answer<v1::ApproveNoteOpeningResponse> ApproveOpeningOnce(
      CallContext& context, const v1::ApproveNoteOpeningRequest& request);
  // The next page's token; the notes of `kind` that `opening` covers are added to `notes`.
  template <typename Note>
  Answer<std::string> ReadOpened(CallContext& context, const v1::GetOpenedNotesRequest& request,
                                 int kind, const v1::NoteOpening& opening,
                                 google::protobuf::RepeatedPtrField<Note>& notes);

  // One note of a worklist, as far as it is known before anybody else was asked.
  struct WorklistNote;
  Task<absl::Status> AddSessions(CallContext& context, std::vector<WorklistNote>& notes);
  Answer<bool> IsReviewOwed(CallContext& context, const WorklistNote& note);

  // One row of an import, as far as it is known before the transaction.
  struct ImportedRow;
  Answer<std::vector<ImportedRow>> ResolveRows(CallContext& context,
                                               const v1::BatchImportSessionsRequest& request);
  Answer<v1::BatchImportSessionsResponse> ImportOnce(CallContext& context,
                                                     const v1::BatchImportSessionsRequest& request,
                                                     const std::vector<ImportedRow>& rows);

  std::int64_t Now() const { return deps_.clock.NowMicros(); }

  const records::ServiceDeps deps_;
  const NotesStore store_;
  HomeworkSource& homework_;
  RosterSource& rosters_;
};

}  // namespace rapport::notes
