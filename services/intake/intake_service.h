// IntakeService: the use cases of intake. No gRPC, no SQL. One source file per resource:
// family_, member_, professional_, therapist_system_, roster_, account_, import_, relationship_,
// problem_, level_, safety_, consent_, policy_, people_use_cases.cc. Thread-safe.
#pragma once

#include "intake/account_places.h"
#include "intake/intake_store.h"
#include "intake/roster_cache.h"
#include "platform/base/call_context.h"
#include "platform/base/task.h"
#include "platform/records/service_deps.h"
#include "platform/schema/filter.h"

#include <rapport/intake/v1/intake_service.pb.h>
#include <rapport/internal/v1/access_service.pb.h>

#include <absl/status/statusor.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rapport::intake {

class IntakeService {
 public:
  template <typename T>
  using Answer = Task<absl::StatusOr<T>>;

  explicit IntakeService(const records::ServiceDeps& deps, RulesOf rules = {})
      : deps_(deps), store_(deps.records, std::move(rules)), places_(deps), rosters_(deps.caches) {
    deps.records.Follow([this](std::string agency, std::string family, std::int64_t sequence) {
      return rosters_.Changed(std::move(agency), std::move(family), sequence);
    });
  }

  Answer<v1::CreateFamilyResponse> CreateFamily(CallContext&, const v1::CreateFamilyRequest&);
  Answer<v1::GetFamilyResponse> GetFamily(CallContext&, const v1::GetFamilyRequest&);
  Answer<v1::ListFamiliesResponse> ListFamilies(CallContext&, const v1::ListFamiliesRequest&);
  Answer<v1::UpdateFamilyResponse> UpdateFamily(CallContext&, const v1::UpdateFamilyRequest&);
  Answer<v1::TransitionFamilyResponse> TransitionFamily(CallContext&,
                                                        const v1::TransitionFamilyRequest&);

  Answer<v1::OpenInEmergencyResponse> OpenInEmergency(CallContext&,
                                                      const v1::OpenInEmergencyRequest&);
  Answer<v1::ListDueWorkResponse> ListDueWork(CallContext&, const v1::ListDueWorkRequest&);

  Answer<v1::CreateMemberResponse> CreateMember(CallContext&, const v1::CreateMemberRequest&);
  Answer<v1::UpdateMemberResponse> UpdateMember(CallContext&, const v1::UpdateMemberRequest&);
  Answer<v1::EndMembershipResponse> EndMembership(CallContext&, const v1::EndMembershipRequest&);
  Answer<v1::ResumeMembershipResponse> ResumeMembership(CallContext&,
                                                        const v1::ResumeMembershipRequest&);
  Answer<v1::CorrectMembershipResponse> CorrectMembership(CallContext&,
                                                          const v1::CorrectMembershipRequest&);
  Answer<v1::ListMembersResponse> ListMembers(CallContext&, const v1::ListMembersRequest&);

  Answer<v1::SetRelationshipResponse> SetRelationship(CallContext&,
                                                      const v1::SetRelationshipRequest&);
  Answer<v1::EndRelationshipResponse> EndRelationship(CallContext&,
                                                      const v1::EndRelationshipRequest&);
  Answer<v1::ListRelationshipsResponse> ListRelationships(CallContext&,
                                                          const v1::ListRelationshipsRequest&);
  Answer<v1::GetFamilyGraphResponse> GetFamilyGraph(CallContext&, const v1::GetFamilyGraphRequest&);

  Answer<v1::CreateProfessionalResponse> CreateProfessional(CallContext&,
                                                            const v1::CreateProfessionalRequest&);
  Answer<v1::UpdateProfessionalResponse> UpdateProfessional(CallContext&,
                                                            const v1::UpdateProfessionalRequest&);
  Answer<v1::ListProfessionalsResponse> ListProfessionals(CallContext&,
                                                          const v1::ListProfessionalsRequest&);
  Answer<v1::AssignSupervisorResponse> AssignSupervisor(CallContext&,
                                                        const v1::AssignSupervisorRequest&);
  Answer<v1::EndSupervisionResponse> EndSupervision(CallContext&, const v1::EndSupervisionRequest&);
  Answer<v1::ListSupervisionsResponse> ListSupervisions(CallContext&,
                                                        const v1::ListSupervisionsRequest&);

  Answer<v1::JoinTherapistSystemResponse> JoinTherapistSystem(
      CallContext&, const v1::JoinTherapistSystemRequest&);
  Answer<v1::LeaveTherapistSystemResponse> LeaveTherapistSystem(
      CallContext&, const v1::LeaveTherapistSystemRequest&);
  Answer<v1::CorrectHelperResponse> CorrectHelper(CallContext&, const v1::CorrectHelperRequest&);
  Answer<v1::ListTherapistSystemResponse> ListTherapistSystem(
      CallContext&, const v1::ListTherapistSystemRequest&);
  Answer<v1::GetRosterResponse> GetRoster(CallContext&, const v1::GetRosterRequest&);

  Answer<v1::GrantBreakGlassResponse> GrantBreakGlass(CallContext&,
                                                      const v1::GrantBreakGlassRequest&);
  Answer<v1::EndBreakGlassResponse> EndBreakGlass(CallContext&, const v1::EndBreakGlassRequest&);
  Answer<v1::ReviewBreakGlassResponse> ReviewBreakGlass(CallContext&,
                                                        const v1::ReviewBreakGlassRequest&);
  Answer<v1::ListBreakGlassResponse> ListBreakGlass(CallContext&, const v1::ListBreakGlassRequest&);

  Answer<v1::RecordPresentingProblemResponse> RecordPresentingProblem(
      CallContext&, const v1::RecordPresentingProblemRequest&);
  Answer<v1::RateProblemSeverityResponse> RateProblemSeverity(
      CallContext&, const v1::RateProblemSeverityRequest&);
  Answer<v1::ResolvePresentingProblemResponse> ResolvePresentingProblem(
      CallContext&, const v1::ResolvePresentingProblemRequest&);
  Answer<v1::ListPresentingProblemsResponse> ListPresentingProblems(
      CallContext&, const v1::ListPresentingProblemsRequest&);
  Answer<v1::AssessLevelOfNeedResponse> AssessLevelOfNeed(CallContext&,
                                                          const v1::AssessLevelOfNeedRequest&);
  Answer<v1::ListAssessmentsResponse> ListAssessments(CallContext&,
                                                      const v1::ListAssessmentsRequest&);

  Answer<v1::RecordSafetyScreenResponse> RecordSafetyScreen(CallContext&,
                                                            const v1::RecordSafetyScreenRequest&);
  Answer<v1::ListSafetyScreensResponse> ListSafetyScreens(CallContext&,
                                                          const v1::ListSafetyScreensRequest&);
  Answer<v1::GetSafetyStatusResponse> GetSafetyStatus(CallContext&,
                                                      const v1::GetSafetyStatusRequest&);
  Answer<v1::GrantConsentResponse> GrantConsent(CallContext&, const v1::GrantConsentRequest&);
  Answer<v1::RevokeConsentResponse> RevokeConsent(CallContext&, const v1::RevokeConsentRequest&);
  Answer<v1::ListConsentsResponse> ListConsents(CallContext&, const v1::ListConsentsRequest&);
  Answer<v1::CheckConsentResponse> CheckConsent(CallContext&, const v1::CheckConsentRequest&);
  Answer<v1::CheckReleaseResponse> CheckRelease(CallContext&, const v1::CheckReleaseRequest&);
  Answer<v1::SetSecretsPolicyResponse> SetSecretsPolicy(CallContext&,
                                                        const v1::SetSecretsPolicyRequest&);
  Answer<v1::SignSecretsPolicyResponse> SignSecretsPolicy(CallContext&,
                                                          const v1::SignSecretsPolicyRequest&);
  Answer<v1::GetSecretsPolicyResponse> GetSecretsPolicy(CallContext&,
                                                        const v1::GetSecretsPolicyRequest&);

  Answer<v1::LinkAccountResponse> LinkAccount(CallContext&, const v1::LinkAccountRequest&);
  Answer<v1::UnlinkAccountResponse> UnlinkAccount(CallContext&, const v1::UnlinkAccountRequest&);
  Answer<v1::CreateMemberInviteResponse> CreateMemberInvite(CallContext&,
                                                            const v1::CreateMemberInviteRequest&);
  Answer<v1::RedeemMemberInviteResponse> RedeemMemberInvite(CallContext&,
                                                            const v1::RedeemMemberInviteRequest&);
  Answer<v1::GetAccountResponse> GetAccount(CallContext&, const v1::GetAccountRequest&);
  Answer<v1::ListAccountsResponse> ListAccounts(CallContext&, const v1::ListAccountsRequest&);
  Answer<v1::FindPeopleResponse> FindPeople(CallContext&, const v1::FindPeopleRequest&);
  Answer<v1::BatchImportFamiliesResponse> BatchImportFamilies(
      CallContext&, const v1::BatchImportFamiliesRequest&);

  // Mesh only: what the other services' authorisation rests on.
  Answer<internal::v1::GetAccessFactsResponse> GetAccessFacts(
      CallContext&, const internal::v1::GetAccessFactsRequest&);
  Answer<internal::v1::GetStaffResponse> GetStaff(CallContext&,
                                                  const internal::v1::GetStaffRequest&);
  // Mesh only: whole courses of cases.
  Answer<internal::v1::GetElsewhereResponse> GetElsewhere(CallContext&,
                                                          const internal::v1::GetElsewhereRequest&);
  Answer<internal::v1::ListClosedCasesResponse> ListClosedCases(
      CallContext&, const internal::v1::ListClosedCasesRequest&);

 private:
  Answer<v1::AssignSupervisorResponse> AssignOnce(CallContext&, const v1::AssignSupervisorRequest&);
  // What one write of a family does to the case it loaded: adds changes, fills in the answer. Runs
  // again when somebody else changed the family meanwhile. Its audit row and guard are added by
  // ChangeCase.
  template <typename Response>
  using Step = std::function<absl::Status(StoredCase&, records::Changes&, Response&)>;
  // Rules about who leads a case need to know who of its helpers is a trainee: nobody else does.
  enum class CaseNeeds : std::uint8_t { kRecords, kTrainees };
  template <typename Response>
  Answer<Response> ChangeCase(CallContext& context, Step<Response> step,
                              CaseNeeds needs = CaseNeeds::kRecords);
  template <typename Response>
  Answer<Response> ChangeCaseOnce(CallContext& context, const Step<Response>& step,
                                  CaseNeeds needs);

  Answer<StoredCase> LoadCase(CallContext& context, CaseNeeds needs = CaseNeeds::kRecords);
  // The professional whose account the caller is; nullopt: none.
  Answer<std::optional<std::string>> CallersProfessional(CallContext& context);
  // ALREADY_EXISTS when another professional than `own` (an inner id; empty: a new one) has one of
  // the external ids; INVALID_ARGUMENT when one stands twice.
  Task<absl::Status> IdsAreFree(CallContext& context,
                                google::protobuf::RepeatedPtrField<type::v1::ExternalId> ids,
                                std::string own);
  // NOT_FOUND when `name` is nobody's.
  Answer<StoredProfessional> LoadProfessional(CallContext& context, std::string name);
  // What a professional (a name) is called in the directory.
  absl::StatusOr<std::string> DisplayNameOf(db::Tx& tx, const std::string& agency,
                                            const std::string& professional) const;
  // Inner ids of the families the caller helps now, and of those whose helpers they supervise.
  absl::StatusOr<std::vector<std::string>> OwnFamilies(db::Tx& tx,
                                                       const Principal& principal) const;
  absl::StatusOr<std::optional<std::vector<std::string>>> ListableFamilies(
      db::Tx& tx, const Principal& principal) const;
  // What a list of families is made of.
  struct Listing {
    // The caller's own, in order; nullopt: the whole agency's.
    std::optional<std::vector<std::string>> own;
    bool intake_too = false;  // and every one that is not yet open
    // The only ones that can be in it; nullopt: the agency has to be looked through.
    std::optional<std::vector<std::string>> only;
    bool Has(const std::string& family, const v1::Family& message) const;
  };
  absl::StatusOr<Listing> ListingOf(db::Tx& tx, const Principal& principal,
                                    const std::vector<schema::FilterTerm>& terms) const;
  absl::Status DescribeKnown(db::Tx& tx, const std::string& agency, const std::string& family,
                             const v1::FamilyImport& row, v1::FamilyImportOutcome* outcome) const;
  void ImportRow(const v1::FamilyImport& row, const v1::ImportAttestation& attestation,
                 const std::string& therapist, const std::string& agency, records::Changes& changes,
                 v1::FamilyImportOutcome* outcome) const;
  Answer<v1::UnlinkAccountResponse> UnlinkProfessional(CallContext& context,
                                                       const v1::UnlinkAccountRequest& request);
  Answer<v1::LinkAccountResponse> LinkProfessional(CallContext& context,
                                                   const v1::LinkAccountRequest& request);
  static absl::Status LinkMember(StoredCase& file, const std::string& member,
                                 const internal::v1::AccountLink& link, records::Changes& changes);
  v1::Helper AddHelper(const std::string& family, const std::string& professional,
                       v1::Helper helper, const std::string& agency, std::int64_t now_us,
                       records::Changes& changes) const;
  // One change of an entry of the therapist system.
  struct HelperChange {
    std::string name, etag;
    const char* action;  // for the audit trail
    std::function<absl::Status(v1::Helper*)> edit;
  };
  // The entry and the professional's caseload. LAST_THERAPIST: nobody would treat an open case.
  template <typename Response>
  Answer<Response> ChangeHelper(CallContext& context, const HelperChange& change);
  // `at_us`: domain time. The version is the agency's sequence of the snapshot.
  Answer<cache::Loaded<KnownRoster>> RosterAt(CallContext& context, std::int64_t at_us);
  // What of `now` the member who calls may see.
  Answer<v1::Roster> OwnRoster(CallContext& context, const v1::Roster& now);
  // Commits what changes a professional. What follows the families that they help and those whose
  // helpers they supervise hears of it too: facts and rosters say who they are.
  Task<absl::Status> CommitFor(CallContext& context, std::string professional,
                               records::Changes changes,
                               const google::protobuf::MessageLite& answer);
  std::int64_t Now() const { return deps_.clock.NowMicros(); }

  const records::ServiceDeps deps_;
  const IntakeStore store_;
  const AccountPlaces places_;
  RosterCache rosters_;
};

}  // namespace rapport::intake
