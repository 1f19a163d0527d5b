#include "intake/intake_rpc.h"

#include "platform/rpc/bind.h"

#include <rapport/intake/v1/intake_service.grpc.pb.h>
#include <rapport/internal/v1/access_service.grpc.pb.h>

namespace rapport::intake {
namespace {

using Wire = v1::IntakeService;
using Api =
    rpc::RawApi<Wire::Service, Wire::WithRawMethod_CreateFamily, Wire::WithRawMethod_GetFamily,
                Wire::WithRawMethod_ListFamilies, Wire::WithRawMethod_UpdateFamily,
                Wire::WithRawMethod_TransitionFamily, Wire::WithRawMethod_OpenInEmergency,
                Wire::WithRawMethod_ListDueWork, Wire::WithRawMethod_CreateMember,
                Wire::WithRawMethod_UpdateMember, Wire::WithRawMethod_EndMembership,
                Wire::WithRawMethod_ResumeMembership, Wire::WithRawMethod_CorrectMembership,
                Wire::WithRawMethod_ListMembers, Wire::WithRawMethod_SetRelationship,
                Wire::WithRawMethod_EndRelationship, Wire::WithRawMethod_GetFamilyGraph,
                Wire::WithRawMethod_CreateProfessional, Wire::WithRawMethod_UpdateProfessional,
                Wire::WithRawMethod_ListProfessionals, Wire::WithRawMethod_JoinTherapistSystem,
                Wire::WithRawMethod_LeaveTherapistSystem, Wire::WithRawMethod_CorrectHelper,
                Wire::WithRawMethod_ListTherapistSystem, Wire::WithRawMethod_GetRoster,
                Wire::WithRawMethod_AssignSupervisor, Wire::WithRawMethod_EndSupervision,
                Wire::WithRawMethod_GrantBreakGlass, Wire::WithRawMethod_EndBreakGlass,
                Wire::WithRawMethod_ReviewBreakGlass, Wire::WithRawMethod_ListBreakGlass,
                Wire::WithRawMethod_WithdrawErasure, Wire::WithRawMethod_RecordPresentingProblem,
                Wire::WithRawMethod_RateProblemSeverity,
                Wire::WithRawMethod_ResolvePresentingProblem,
                Wire::WithRawMethod_ListPresentingProblems, Wire::WithRawMethod_AssessLevelOfNeed,
                Wire::WithRawMethod_ListAssessments, Wire::WithRawMethod_RecordSafetyScreen,
                Wire::WithRawMethod_ListSafetyScreens, Wire::WithRawMethod_GetSafetyStatus,
                Wire::WithRawMethod_GrantConsent, Wire::WithRawMethod_RevokeConsent,
                Wire::WithRawMethod_ListConsents, Wire::WithRawMethod_CheckConsent,
                Wire::WithRawMethod_CheckRelease, Wire::WithRawMethod_SetSecretsPolicy,
                Wire::WithRawMethod_SignSecretsPolicy, Wire::WithRawMethod_GetSecretsPolicy,
                Wire::WithRawMethod_LinkAccount, Wire::WithRawMethod_UnlinkAccount,
                Wire::WithRawMethod_CreateMemberInvite, Wire::WithRawMethod_RedeemMemberInvite,
                Wire::WithRawMethod_ListAccounts, Wire::WithRawMethod_FindPeople,
                Wire::WithRawMethod_GetAccount, Wire::WithRawMethod_BatchImportFamilies,
                Wire::WithRawMethod_PlaceLegalHold, Wire::WithRawMethod_ReleaseLegalHold,
                Wire::WithRawMethod_ListLegalHolds, Wire::WithRawMethod_EraseFamily,
                Wire::WithRawMethod_ApproveErasure, Wire::WithRawMethod_GetErasure,
                Wire::WithRawMethod_ListErasures, Wire::WithRawMethod_OpenRecordRequest,
                Wire::WithRawMethod_DecideRecordRequest, Wire::WithRawMethod_ListRecordRequests,
                Wire::WithRawMethod_ListCaseRevisions, Wire::WithRawMethod_ListAgencyRevisions,
                Wire::WithRawMethod_ListRelationships, Wire::WithRawMethod_ListSupervisions>::Type;
using Access = internal::v1::AccessService;
using AccessApi = rpc::RawApi<Access::Service, Access::WithRawMethod_GetAccessFacts,
                              Access::WithRawMethod_GetStaff, Access::WithRawMethod_GetElsewhere,
                              Access::WithRawMethod_ListClosedCases>::Type;
using S = IntakeService;
using E = ErasureService;
using R = RecordRequestService;

}  // namespace

rpc::BoundService MakeIntakeRpc(IntakeService& service, ErasureService& erasures,
                                RecordRequestService& requests, IntakeHistory& history) {
  using rpc::Bind;
  auto api = std::make_unique<Api>();
  rpc::BoundService bound;
  bound.methods = {
      Bind<&Api::RequestCreateFamily, &S::CreateFamily>(
          "rapport.intake.v1.IntakeService/CreateFamily", *api, service),
      Bind<&Api::RequestGetFamily, &S::GetFamily>("rapport.intake.v1.IntakeService/GetFamily", *api,
                                                  service),
      Bind<&Api::RequestListFamilies, &S::ListFamilies>(
          "rapport.intake.v1.IntakeService/ListFamilies", *api, service),
      Bind<&Api::RequestUpdateFamily, &S::UpdateFamily>(
          "rapport.intake.v1.IntakeService/UpdateFamily", *api, service),
      Bind<&Api::RequestTransitionFamily, &S::TransitionFamily>(
          "rapport.intake.v1.IntakeService/TransitionFamily", *api, service),
      Bind<&Api::RequestOpenInEmergency, &S::OpenInEmergency>(
          "rapport.intake.v1.IntakeService/OpenInEmergency", *api, service),
      Bind<&Api::RequestListDueWork, &S::ListDueWork>("rapport.intake.v1.IntakeService/ListDueWork",
                                                      *api, service),
      Bind<&Api::RequestCreateMember, &S::CreateMember>(
          "rapport.intake.v1.IntakeService/CreateMember", *api, service),
      Bind<&Api::RequestUpdateMember, &S::UpdateMember>(
          "rapport.intake.v1.IntakeService/UpdateMember", *api, service),
      Bind<&Api::RequestEndMembership, &S::EndMembership>(
          "rapport.intake.v1.IntakeService/EndMembership", *api, service),
      Bind<&Api::RequestResumeMembership, &S::ResumeMembership>(
          "rapport.intake.v1.IntakeService/ResumeMembership", *api, service),
      Bind<&Api::RequestCorrectMembership, &S::CorrectMembership>(
          "rapport.intake.v1.IntakeService/CorrectMembership", *api, service),
      Bind<&Api::RequestListMembers, &S::ListMembers>("rapport.intake.v1.IntakeService/ListMembers",
                                                      *api, service),
      Bind<&Api::RequestSetRelationship, &S::SetRelationship>(
          "rapport.intake.v1.IntakeService/SetRelationship", *api, service),
      Bind<&Api::RequestEndRelationship, &S::EndRelationship>(
          "rapport.intake.v1.IntakeService/EndRelationship", *api, service),
      Bind<&Api::RequestGetFamilyGraph, &S::GetFamilyGraph>(
          "rapport.intake.v1.IntakeService/GetFamilyGraph", *api, service),
      Bind<&Api::RequestCreateProfessional, &S::CreateProfessional>(
          "rapport.intake.v1.IntakeService/CreateProfessional", *api, service),
      Bind<&Api::RequestUpdateProfessional, &S::UpdateProfessional>(
          "rapport.intake.v1.IntakeService/UpdateProfessional", *api, service),
      Bind<&Api::RequestListProfessionals, &S::ListProfessionals>(
          "rapport.intake.v1.IntakeService/ListProfessionals", *api, service),
      Bind<&Api::RequestJoinTherapistSystem, &S::JoinTherapistSystem>(
          "rapport.intake.v1.IntakeService/JoinTherapistSystem", *api, service),
      Bind<&Api::RequestLeaveTherapistSystem, &S::LeaveTherapistSystem>(
          "rapport.intake.v1.IntakeService/LeaveTherapistSystem", *api, service),
      Bind<&Api::RequestCorrectHelper, &S::CorrectHelper>(
          "rapport.intake.v1.IntakeService/CorrectHelper", *api, service),
      Bind<&Api::RequestListTherapistSystem, &S::ListTherapistSystem>(
          "rapport.intake.v1.IntakeService/ListTherapistSystem", *api, service),
      Bind<&Api::RequestGetRoster, &S::GetRoster>("rapport.intake.v1.IntakeService/GetRoster", *api,
                                                  service),
      Bind<&Api::RequestAssignSupervisor, &S::AssignSupervisor>(
          "rapport.intake.v1.IntakeService/AssignSupervisor", *api, service),
      Bind<&Api::RequestEndSupervision, &S::EndSupervision>(
          "rapport.intake.v1.IntakeService/EndSupervision", *api, service),
      Bind<&Api::RequestGrantBreakGlass, &S::GrantBreakGlass>(
          "rapport.intake.v1.IntakeService/GrantBreakGlass", *api, service),
      Bind<&Api::RequestEndBreakGlass, &S::EndBreakGlass>(
          "rapport.intake.v1.IntakeService/EndBreakGlass", *api, service),
      Bind<&Api::RequestReviewBreakGlass, &S::ReviewBreakGlass>(
          "rapport.intake.v1.IntakeService/ReviewBreakGlass", *api, service),
      Bind<&Api::RequestListBreakGlass, &S::ListBreakGlass>(
          "rapport.intake.v1.IntakeService/ListBreakGlass", *api, service),
      Bind<&Api::RequestRecordPresentingProblem, &S::RecordPresentingProblem>(
          "rapport.intake.v1.IntakeService/RecordPresentingProblem", *api, service),
      Bind<&Api::RequestRateProblemSeverity, &S::RateProblemSeverity>(
          "rapport.intake.v1.IntakeService/RateProblemSeverity", *api, service),
      Bind<&Api::RequestResolvePresentingProblem, &S::ResolvePresentingProblem>(
          "rapport.intake.v1.IntakeService/ResolvePresentingProblem", *api, service),
      Bind<&Api::RequestListPresentingProblems, &S::ListPresentingProblems>(
          "rapport.intake.v1.IntakeService/ListPresentingProblems", *api, service),
      Bind<&Api::RequestAssessLevelOfNeed, &S::AssessLevelOfNeed>(
          "rapport.intake.v1.IntakeService/AssessLevelOfNeed", *api, service),
      Bind<&Api::RequestListAssessments, &S::ListAssessments>(
          "rapport.intake.v1.IntakeService/ListAssessments", *api, service),
      Bind<&Api::RequestRecordSafetyScreen, &S::RecordSafetyScreen>(
          "rapport.intake.v1.IntakeService/RecordSafetyScreen", *api, service),
      Bind<&Api::RequestListSafetyScreens, &S::ListSafetyScreens>(
          "rapport.intake.v1.IntakeService/ListSafetyScreens", *api, service),
      Bind<&Api::RequestGetSafetyStatus, &S::GetSafetyStatus>(
          "rapport.intake.v1.IntakeService/GetSafetyStatus", *api, service),
      Bind<&Api::RequestGrantConsent, &S::GrantConsent>(
          "rapport.intake.v1.IntakeService/GrantConsent", *api, service),
      Bind<&Api::RequestRevokeConsent, &S::RevokeConsent>(
          "rapport.intake.v1.IntakeService/RevokeConsent", *api, service),
      Bind<&Api::RequestListConsents, &S::ListConsents>(
          "rapport.intake.v1.IntakeService/ListConsents", *api, service),
      Bind<&Api::RequestCheckConsent, &S::CheckConsent>(
          "rapport.intake.v1.IntakeService/CheckConsent", *api, service),
      Bind<&Api::RequestCheckRelease, &S::CheckRelease>(
          "rapport.intake.v1.IntakeService/CheckRelease", *api, service),
      Bind<&Api::RequestSetSecretsPolicy, &S::SetSecretsPolicy>(
          "rapport.intake.v1.IntakeService/SetSecretsPolicy", *api, service),
      Bind<&Api::RequestSignSecretsPolicy, &S::SignSecretsPolicy>(
          "rapport.intake.v1.IntakeService/SignSecretsPolicy", *api, service),
      Bind<&Api::RequestGetSecretsPolicy, &S::GetSecretsPolicy>(
          "rapport.intake.v1.IntakeService/GetSecretsPolicy", *api, service),
      Bind<&Api::RequestLinkAccount, &S::LinkAccount>("rapport.intake.v1.IntakeService/LinkAccount",
                                                      *api, service),
      Bind<&Api::RequestUnlinkAccount, &S::UnlinkAccount>(
          "rapport.intake.v1.IntakeService/UnlinkAccount", *api, service),
      Bind<&Api::RequestCreateMemberInvite, &S::CreateMemberInvite>(
          "rapport.intake.v1.IntakeService/CreateMemberInvite", *api, service),
      Bind<&Api::RequestRedeemMemberInvite, &S::RedeemMemberInvite>(
          "rapport.intake.v1.IntakeService/RedeemMemberInvite", *api, service),
      Bind<&Api::RequestListAccounts, &S::ListAccounts>(
          "rapport.intake.v1.IntakeService/ListAccounts", *api, service),
      Bind<&Api::RequestFindPeople, &S::FindPeople>("rapport.intake.v1.IntakeService/FindPeople",
                                                    *api, service),
      Bind<&Api::RequestGetAccount, &S::GetAccount>("rapport.intake.v1.IntakeService/GetAccount",
                                                    *api, service),
      Bind<&Api::RequestBatchImportFamilies, &S::BatchImportFamilies>(
          "rapport.intake.v1.IntakeService/BatchImportFamilies", *api, service),
      Bind<&Api::RequestPlaceLegalHold, &E::PlaceLegalHold>(
          "rapport.intake.v1.IntakeService/PlaceLegalHold", *api, erasures),
      Bind<&Api::RequestReleaseLegalHold, &E::ReleaseLegalHold>(
          "rapport.intake.v1.IntakeService/ReleaseLegalHold", *api, erasures),
      Bind<&Api::RequestListLegalHolds, &E::ListLegalHolds>(
          "rapport.intake.v1.IntakeService/ListLegalHolds", *api, erasures),
      Bind<&Api::RequestEraseFamily, &E::EraseFamily>("rapport.intake.v1.IntakeService/EraseFamily",
                                                      *api, erasures),
      Bind<&Api::RequestApproveErasure, &E::ApproveErasure>(
          "rapport.intake.v1.IntakeService/ApproveErasure", *api, erasures),
      Bind<&Api::RequestWithdrawErasure, &E::WithdrawErasure>(
          "rapport.intake.v1.IntakeService/WithdrawErasure", *api, erasures),
      Bind<&Api::RequestGetErasure, &E::GetErasure>("rapport.intake.v1.IntakeService/GetErasure",
                                                    *api, erasures),
      Bind<&Api::RequestListErasures, &E::ListErasures>(
          "rapport.intake.v1.IntakeService/ListErasures", *api, erasures),
      Bind<&Api::RequestOpenRecordRequest, &R::OpenRecordRequest>(
          "rapport.intake.v1.IntakeService/OpenRecordRequest", *api, requests),
      Bind<&Api::RequestDecideRecordRequest, &R::DecideRecordRequest>(
          "rapport.intake.v1.IntakeService/DecideRecordRequest", *api, requests),
      Bind<&Api::RequestListRecordRequests, &R::ListRecordRequests>(
          "rapport.intake.v1.IntakeService/ListRecordRequests", *api, requests),
      Bind<&Api::RequestListRelationships, &S::ListRelationships>(
          "rapport.intake.v1.IntakeService/ListRelationships", *api, service),
      Bind<&Api::RequestListSupervisions, &S::ListSupervisions>(
          "rapport.intake.v1.IntakeService/ListSupervisions", *api, service),
      Bind<&Api::RequestListCaseRevisions, &IntakeHistory::ListCaseRevisions>(
          "rapport.intake.v1.IntakeService/ListCaseRevisions", *api, history),
      Bind<&Api::RequestListAgencyRevisions, &IntakeHistory::ListAgencyRevisions>(
          "rapport.intake.v1.IntakeService/ListAgencyRevisions", *api, history),
  };
  bound.api = std::move(api);
  return bound;
}

rpc::BoundService MakeAccessRpc(IntakeService& service) {
  auto api = std::make_unique<AccessApi>();
  rpc::BoundService bound;
  bound.methods = {
      rpc::Bind<&AccessApi::RequestGetAccessFacts, &S::GetAccessFacts>(
          "rapport.internal.v1.AccessService/GetAccessFacts", *api, service),
      rpc::Bind<&AccessApi::RequestGetStaff, &S::GetStaff>(
          "rapport.internal.v1.AccessService/GetStaff", *api, service),
      rpc::Bind<&AccessApi::RequestGetElsewhere, &S::GetElsewhere>(
          "rapport.internal.v1.AccessService/GetElsewhere", *api, service),
      rpc::Bind<&AccessApi::RequestListClosedCases, &S::ListClosedCases>(
          "rapport.internal.v1.AccessService/ListClosedCases", *api, service),
  };
  bound.api = std::move(api);
  return bound;
}

}  // namespace rapport::intake
