#include "notes/notes_rpc.h"

#include "platform/rpc/bind.h"

#include <rapport/notes/v1/notes_service.grpc.pb.h>

namespace rapport::notes {
namespace {

using Wire = v1::SessionNotesService;
using Api = rpc::RawApi<
    Wire::Service, Wire::WithRawMethod_ScheduleSession, Wire::WithRawMethod_UpdateSession,
    Wire::WithRawMethod_StartSession, Wire::WithRawMethod_EndSession,
    Wire::WithRawMethod_CancelSession, Wire::WithRawMethod_GetSession,
    Wire::WithRawMethod_ListSessions, Wire::WithRawMethod_CorrectSession,
    Wire::WithRawMethod_RecordAttendance, Wire::WithRawMethod_BatchImportSessions,
    Wire::WithRawMethod_CreateNote, Wire::WithRawMethod_UpdateNote, Wire::WithRawMethod_GetNote,
    Wire::WithRawMethod_ListNotes, Wire::WithRawMethod_ListNoteRevisions,
    Wire::WithRawMethod_SignNote, Wire::WithRawMethod_CosignNote, Wire::WithRawMethod_AddAddendum,
    Wire::WithRawMethod_AmendNote, Wire::WithRawMethod_MarkEnteredInError,
    Wire::WithRawMethod_CreatePsychotherapyNote, Wire::WithRawMethod_GetPsychotherapyNote,
    Wire::WithRawMethod_ListPsychotherapyNotes, Wire::WithRawMethod_CreateSudCounselingNote,
    Wire::WithRawMethod_GetSudCounselingNote, Wire::WithRawMethod_ListSudCounselingNotes,
    Wire::WithRawMethod_ProposeNoteOpening, Wire::WithRawMethod_ApproveNoteOpening,
    Wire::WithRawMethod_ListNoteOpenings, Wire::WithRawMethod_GetOpenedNotes,
    Wire::WithRawMethod_GetEngagement, Wire::WithRawMethod_GetWorklist,
    Wire::WithRawMethod_GetBillingFacts, Wire::WithRawMethod_GetMemberExtract,
    Wire::WithRawMethod_SearchNotes, Wire::WithRawMethod_RecordObservation,
    Wire::WithRawMethod_ListObservations, Wire::WithRawMethod_ListSessionRevisions>::Type;
using S = NotesService;

}  // namespace

rpc::BoundService MakeNotesRpc(NotesService& service, NotesHistory& history) {
  using rpc::Bind;
  auto api = std::make_unique<Api>();
  rpc::BoundService bound;
  bound.methods = {
      Bind<&Api::RequestScheduleSession, &S::ScheduleSession>(
          "rapport.notes.v1.SessionNotesService/ScheduleSession", *api, service),
      Bind<&Api::RequestUpdateSession, &S::UpdateSession>(
          "rapport.notes.v1.SessionNotesService/UpdateSession", *api, service),
      Bind<&Api::RequestStartSession, &S::StartSession>(
          "rapport.notes.v1.SessionNotesService/StartSession", *api, service),
      Bind<&Api::RequestEndSession, &S::EndSession>(
          "rapport.notes.v1.SessionNotesService/EndSession", *api, service),
      Bind<&Api::RequestCancelSession, &S::CancelSession>(
          "rapport.notes.v1.SessionNotesService/CancelSession", *api, service),
      Bind<&Api::RequestGetSession, &S::GetSession>(
          "rapport.notes.v1.SessionNotesService/GetSession", *api, service),
      Bind<&Api::RequestListSessions, &S::ListSessions>(
          "rapport.notes.v1.SessionNotesService/ListSessions", *api, service),
      Bind<&Api::RequestRecordAttendance, &S::RecordAttendance>(
          "rapport.notes.v1.SessionNotesService/RecordAttendance", *api, service),
      Bind<&Api::RequestCorrectSession, &S::CorrectSession>(
          "rapport.notes.v1.SessionNotesService/CorrectSession", *api, service),
      Bind<&Api::RequestBatchImportSessions, &S::BatchImportSessions>(
          "rapport.notes.v1.SessionNotesService/BatchImportSessions", *api, service),
      Bind<&Api::RequestCreateNote, &S::CreateNote>(
          "rapport.notes.v1.SessionNotesService/CreateNote", *api, service),
      Bind<&Api::RequestUpdateNote, &S::UpdateNote>(
          "rapport.notes.v1.SessionNotesService/UpdateNote", *api, service),
      Bind<&Api::RequestGetNote, &S::GetNote>("rapport.notes.v1.SessionNotesService/GetNote", *api,
                                              service),
      Bind<&Api::RequestListNotes, &S::ListNotes>("rapport.notes.v1.SessionNotesService/ListNotes",
                                                  *api, service),
      Bind<&Api::RequestListNoteRevisions, &S::ListNoteRevisions>(
          "rapport.notes.v1.SessionNotesService/ListNoteRevisions", *api, service),
      Bind<&Api::RequestSignNote, &S::SignNote>("rapport.notes.v1.SessionNotesService/SignNote",
                                                *api, service),
      Bind<&Api::RequestCosignNote, &S::CosignNote>(
          "rapport.notes.v1.SessionNotesService/CosignNote", *api, service),
      Bind<&Api::RequestAddAddendum, &S::AddAddendum>(
          "rapport.notes.v1.SessionNotesService/AddAddendum", *api, service),
      Bind<&Api::RequestAmendNote, &S::AmendNote>("rapport.notes.v1.SessionNotesService/AmendNote",
                                                  *api, service),
      Bind<&Api::RequestMarkEnteredInError, &S::MarkEnteredInError>(
          "rapport.notes.v1.SessionNotesService/MarkEnteredInError", *api, service),
      Bind<&Api::RequestCreatePsychotherapyNote, &S::CreatePsychotherapyNote>(
          "rapport.notes.v1.SessionNotesService/CreatePsychotherapyNote", *api, service),
      Bind<&Api::RequestGetPsychotherapyNote, &S::GetPsychotherapyNote>(
          "rapport.notes.v1.SessionNotesService/GetPsychotherapyNote", *api, service),
      Bind<&Api::RequestListPsychotherapyNotes, &S::ListPsychotherapyNotes>(
          "rapport.notes.v1.SessionNotesService/ListPsychotherapyNotes", *api, service),
      Bind<&Api::RequestCreateSudCounselingNote, &S::CreateSudCounselingNote>(
          "rapport.notes.v1.SessionNotesService/CreateSudCounselingNote", *api, service),
      Bind<&Api::RequestGetSudCounselingNote, &S::GetSudCounselingNote>(
          "rapport.notes.v1.SessionNotesService/GetSudCounselingNote", *api, service),
      Bind<&Api::RequestListSudCounselingNotes, &S::ListSudCounselingNotes>(
          "rapport.notes.v1.SessionNotesService/ListSudCounselingNotes", *api, service),
      Bind<&Api::RequestProposeNoteOpening, &S::ProposeNoteOpening>(
          "rapport.notes.v1.SessionNotesService/ProposeNoteOpening", *api, service),
      Bind<&Api::RequestApproveNoteOpening, &S::ApproveNoteOpening>(
          "rapport.notes.v1.SessionNotesService/ApproveNoteOpening", *api, service),
      Bind<&Api::RequestListNoteOpenings, &S::ListNoteOpenings>(
          "rapport.notes.v1.SessionNotesService/ListNoteOpenings", *api, service),
      Bind<&Api::RequestGetOpenedNotes, &S::GetOpenedNotes>(
          "rapport.notes.v1.SessionNotesService/GetOpenedNotes", *api, service),
      Bind<&Api::RequestGetMemberExtract, &S::GetMemberExtract>(
          "rapport.notes.v1.SessionNotesService/GetMemberExtract", *api, service),
      Bind<&Api::RequestSearchNotes, &S::SearchNotes>(
          "rapport.notes.v1.SessionNotesService/SearchNotes", *api, service),
      Bind<&Api::RequestRecordObservation, &S::RecordObservation>(
          "rapport.notes.v1.SessionNotesService/RecordObservation", *api, service),
      Bind<&Api::RequestListObservations, &S::ListObservations>(
          "rapport.notes.v1.SessionNotesService/ListObservations", *api, service),
      Bind<&Api::RequestGetEngagement, &S::GetEngagement>(
          "rapport.notes.v1.SessionNotesService/GetEngagement", *api, service),
      Bind<&Api::RequestGetWorklist, &S::GetWorklist>(
          "rapport.notes.v1.SessionNotesService/GetWorklist", *api, service),
      Bind<&Api::RequestGetBillingFacts, &S::GetBillingFacts>(
          "rapport.notes.v1.SessionNotesService/GetBillingFacts", *api, service),
      Bind<&Api::RequestListSessionRevisions, &NotesHistory::ListSessionRevisions>(
          "rapport.notes.v1.SessionNotesService/ListSessionRevisions", *api, history),
  };
  bound.api = std::move(api);
  return bound;
}

}  // namespace rapport::notes
