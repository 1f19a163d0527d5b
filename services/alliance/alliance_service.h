// AllianceService: the use cases of alliance. No gRPC, no SQL. One source file per resource:
// instrument_, rating_, correction_, import_, plan_, request_, invitation_, due_, urgent_, duty_,
// map_, estimate_, caseload_, figures_, signal_use_cases.cc. Signals are raised by
// signal_evaluator. Thread-safe.
#pragma once

#include "alliance/alliance_store.h"
#include "alliance/caseload_rules.h"
#include "alliance/code_guesses.h"
#include "alliance/map_cache.h"
#include "alliance/plan_store.h"
#include "alliance/rating_rules.h"
#include "alliance/signal_probability.h"
#include "alliance/signals/life_cycle.h"
#include "alliance/signals/session_facts.h"
#include "alliance/sources.h"
#include "alliance/urgent_task.h"
#include "platform/base/call_context.h"
#include "platform/base/ready_answer.h"
#include "platform/base/stream.h"
#include "platform/base/task.h"
#include "platform/records/service_deps.h"
#include "platform/schema/filter.h"

#include <rapport/alliance/v1/alliance_map.pb.h>
#include <rapport/alliance/v1/caseload.pb.h>
#include <rapport/alliance/v1/concern.pb.h>
#include <rapport/alliance/v1/duty.pb.h>
#include <rapport/alliance/v1/estimate.pb.h>
#include <rapport/alliance/v1/instrument.pb.h>
#include <rapport/alliance/v1/measure_plan.pb.h>
#include <rapport/alliance/v1/rating.pb.h>
#include <rapport/alliance/v1/rating_import.pb.h>
#include <rapport/alliance/v1/rating_request.pb.h>
#include <rapport/alliance/v1/signal.pb.h>
#include <rapport/alliance/v1/signal_figures.pb.h>

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance {

class AllianceService {
 public:
  template <typename T>
  using Answer = Task<absl::StatusOr<T>>;

  // All but `deps` must outlive it. `rosters`: where imports look up families and people.
  // `urgent_settings`: what an agency decided about concerns; who is on duty may be set over it.
  AllianceService(const records::ServiceDeps& deps, const AllianceStore& store,
                  RosterSource& rosters, UrgentSettingsOf urgent_settings);

  Answer<v1::CreateInstrumentResponse> CreateInstrument(CallContext&,
                                                        const v1::CreateInstrumentRequest&);
  Answer<v1::GetInstrumentResponse> GetInstrument(CallContext&, const v1::GetInstrumentRequest&);
  Answer<v1::ListInstrumentsResponse> ListInstruments(CallContext&,
                                                      const v1::ListInstrumentsRequest&);

  Answer<v1::SetInstrumentLicenceResponse> SetInstrumentLicence(
      CallContext&, const v1::SetInstrumentLicenceRequest&);
  Answer<v1::GetInstrumentLicenceResponse> GetInstrumentLicence(
      CallContext&, const v1::GetInstrumentLicenceRequest&);

  Answer<v1::SubmitRatingResponse> SubmitRating(CallContext&, const v1::SubmitRatingRequest&);
  Answer<v1::BatchSubmitRatingsResponse> BatchSubmitRatings(CallContext&,
                                                            const v1::BatchSubmitRatingsRequest&);
  Answer<v1::CorrectRatingResponse> CorrectRating(CallContext&, const v1::CorrectRatingRequest&);
  Answer<v1::ListRatingsResponse> ListRatings(CallContext&, const v1::ListRatingsRequest&);
  Answer<v1::ListRatingRevisionsResponse> ListRatingRevisions(
      CallContext&, const v1::ListRatingRevisionsRequest&);
  Answer<v1::ImportRatingsResponse> ImportRatings(CallContext&, Stream<v1::ImportRatingsRequest>&);

  Answer<v1::GetMeasurePlanResponse> GetMeasurePlan(CallContext&, const v1::GetMeasurePlanRequest&);
  Answer<v1::SetMeasurePlanResponse> SetMeasurePlan(CallContext&, const v1::SetMeasurePlanRequest&);
  Answer<v1::ListDueRatingRequestsResponse> ListDueRatingRequests(
      CallContext&, const v1::ListDueRatingRequestsRequest&);
  Answer<v1::CreateRatingInvitationResponse> CreateRatingInvitation(
      CallContext&, const v1::CreateRatingInvitationRequest&);
  Answer<v1::GetRatingInvitationResponse> GetRatingInvitation(
      CallContext&, const v1::GetRatingInvitationRequest&);
  Answer<v1::ListRatingRequestsResponse> ListRatingRequests(CallContext&,
                                                            const v1::ListRatingRequestsRequest&);
  Answer<v1::GetRatingFormResponse> GetRatingForm(CallContext&, const v1::GetRatingFormRequest&);
  Answer<v1::SkipRatingRequestResponse> SkipRatingRequest(CallContext&,
                                                          const v1::SkipRatingRequestRequest&);

  Answer<v1::ReportConcernResponse> ReportConcern(CallContext&, const v1::ReportConcernRequest&);
  Answer<v1::ListUrgentTasksResponse> ListUrgentTasks(CallContext&,
                                                      const v1::ListUrgentTasksRequest&);
  Answer<v1::AcknowledgeUrgentTaskResponse> AcknowledgeUrgentTask(
      CallContext&, const v1::AcknowledgeUrgentTaskRequest&);

  Answer<v1::GetDutyResponse> GetDuty(CallContext&, const v1::GetDutyRequest&);
  Answer<v1::SetDutyResponse> SetDuty(CallContext&, const v1::SetDutyRequest&);
  Answer<v1::ListDutyRevisionsResponse> ListDutyRevisions(CallContext&,
                                                          const v1::ListDutyRevisionsRequest&);

  Answer<v1::ListEstimatesResponse> ListEstimates(CallContext&, const v1::ListEstimatesRequest&);
  Answer<v1::GetCaseloadResponse> GetCaseload(CallContext&, const v1::GetCaseloadRequest&);
  Answer<v1::FitSignalFiguresResponse> FitSignalFigures(CallContext&,
                                                        const v1::FitSignalFiguresRequest&);
  Answer<v1::ListSignalFiguresResponse> ListSignalFigures(CallContext&,
                                                          const v1::ListSignalFiguresRequest&);
  Answer<ReadyAnswer<v1::GetAllianceMapResponse>> GetAllianceMap(CallContext&,
                                                                 const v1::GetAllianceMapRequest&);

  Answer<v1::ListSignalsResponse> ListSignals(CallContext&, const v1::ListSignalsRequest&);
  Answer<v1::ListSignalRevisionsResponse> ListSignalRevisions(
      CallContext&, const v1::ListSignalRevisionsRequest&);
  Answer<v1::AcknowledgeSignalResponse> AcknowledgeSignal(CallContext&,
                                                          const v1::AcknowledgeSignalRequest&);
  Answer<v1::RecordRepairResponse> RecordRepair(CallContext&, const v1::RecordRepairRequest&);
  Answer<v1::DismissSignalResponse> DismissSignal(CallContext&, const v1::DismissSignalRequest&);
  Answer<v1::AdjudicateSignalResponse> AdjudicateSignal(CallContext&,
                                                        const v1::AdjudicateSignalRequest&);
  Answer<v1::SnoozeSignalResponse> SnoozeSignal(CallContext&, const v1::SnoozeSignalRequest&);

 private:
  struct ImportedFamily;
  struct ImportedRow;
  struct Import;
  // A rating that may be recorded, or is.
  struct Prepared {
    records::Record record;
    v1::Rating rating;
    std::string key;  // of kRatingClaim
    Person rater;
  };

  Answer<FamilyFile> LoadFile(CallContext& context);

  // Judges a rating against one snapshot and scores it. `prefix` stands before the paths of wrong
  // fields. `access` is what the caller may do in the family. What else is wrong than what is
  // answered goes into `more`, where it is asked for.
  absl::StatusOr<Prepared> Prepare(db::Tx& tx, const std::string& agency, const Access& access,
                                   Submitter submitter, std::string_view prefix, v1::Rating rating,
                                   std::vector<absl::Status>* more = nullptr) const;
  void Record(Prepared& prepared, records::Changes& changes) const;
  // The name of the rating that has the key; empty: none has.
  absl::StatusOr<std::string> RatingWith(db::Tx& tx, const std::string& agency,
                                         const std::string& family, const std::string& key) const;
  // As the caller may see it.
  // Takes out what the caller, another system, may not be shown of safety.
  Task<absl::Status> HideSafetyFromSystems(CallContext& context,
                                           google::protobuf::RepeatedPtrField<v1::Rating>* ratings);
  v1::Rating Show(const CallContext& context, const records::Record& record,
                  v1::Rating rating) const;
  absl::StatusOr<StoredRating> FindRating(db::Tx& tx, const CallContext& context,
                                          std::string_view name) const;
  Answer<v1::CorrectRatingResponse> CorrectOnce(CallContext& context,
                                                const v1::CorrectRatingRequest& request);
  // The invitation that this call came with opens this rating; its id is claimed in the commit.
  absl::Status CheckInvitation(db::Tx& tx, const CallContext& context, const v1::Rating& rating,
                               std::int64_t now_us) const;
  // SubmitRating without the concern that came with it.
  Answer<v1::SubmitRatingResponse> RecordRating(CallContext& context,
                                                const v1::SubmitRatingRequest& request);
  Answer<v1::BatchSubmitRatingsResponse> BatchOnce(CallContext& context,
                                                   const v1::BatchSubmitRatingsRequest& request);
  Answer<v1::ListRatingsResponse> ListAgencyRatings(CallContext& context,
                                                    const v1::ListRatingsRequest& request,
                                                    const std::vector<schema::FilterTerm>& terms,
                                                    bool newest_first);

  Task<absl::Status> ReadRows(CallContext& context, Stream<v1::ImportRatingsRequest>& stream,
                              Import& import);
  // INVALID_ARGUMENT: there is no such instrument.
  Task<absl::Status> CheckHeader(CallContext& context, const v1::ImportHeader& header) const;
  Task<absl::Status> ResolveFamily(CallContext& context, Import& import, ImportedRow& row);
  absl::Status ResolveRow(db::Tx& tx, const std::string& agency, Import& import,
                          ImportedRow& row) const;
  absl::StatusOr<std::vector<v1::Rating>> VersionsOf(db::Tx& tx, const std::string& agency,
                                                     const std::string& family,
                                                     std::string_view id) const;
  absl::StatusOr<std::vector<RatingFault>> DifferencesFrom(
      db::Tx& tx, const std::string& agency, const Import& import, const ImportedRow& row,
      const std::vector<v1::Rating>& versions) const;
  absl::Status JudgeRow(db::Tx& tx, const std::string& agency, Import& import, ImportedRow& row,
                        records::Changes& changes, v1::ImportOutcome* outcome) const;
  Task<absl::Status> CommitRowsOnce(CallContext& context, Import& import, std::size_t from,
                                    std::size_t to);

  // One request of a loaded file, with everything that follows from the rest.
  absl::StatusOr<const StoredRequest*> FindRequest(const CallContext& context,
                                                   const FamilyFile& file,
                                                   std::string_view name) const;
  // REQUEST_NOT_DUE once the form was sent, skipped or expired.
  absl::Status CheckWaiting(const std::string& agency, const FamilyFile& file,
                            const StoredRequest& request) const;
  v1::RatingRequest ShowRequest(const std::string& agency, const FamilyFile& file,
                                const StoredRequest& request) const;
  absl::StatusOr<v1::RatingForm> BuildForm(const CallContext& context, const FamilyFile& file,
                                           const StoredRequest& request,
                                           const v1::Instrument& instrument,
                                           const UrgentSettings& settings,
                                           bool shared_device) const;
  Answer<std::string> NameOfRater(CallContext& context, const StoredRequest& request,
                                  bool shared_device);
  v1::RatingInvitation ShowInvitation(const std::string& agency, const records::Record& record,
                                      const internal::v1::StoredRatingInvitation& stored) const;
  // For the session whose request it is.
  std::string TokenFor(const std::string& agency, const records::Record& record,
                       const internal::v1::StoredRatingInvitation& stored,
                       const std::string& session) const;
  Answer<v1::CreateRatingInvitationResponse> InviteOnce(
      CallContext& context, const v1::CreateRatingInvitationRequest& request);
  Answer<v1::SkipRatingRequestResponse> SkipOnce(CallContext& context,
                                                 const v1::SkipRatingRequestRequest& request);
  // The rater has read it; `asks`: and was asked whether they want to go on.
  Task<absl::Status> MarkOpened(CallContext& context, const StoredRequest& request,
                                const PlanInForce& plan, bool asks);
  Answer<v1::SetMeasurePlanResponse> SetPlanOnce(CallContext& context,
                                                 const v1::SetMeasurePlanRequest& request);
  Task<absl::Status> StopAsking(CallContext& context, const FamilyFile& file,
                                const StoredRequest& request, records::Changes& changes);
  Task<absl::Status> InheritRules(CallContext& context, v1::MeasurePlan& plan);

  // Opens the member's urgent task, or adds to the open one. `once`: ALREADY_EXISTS when it was
  // reported under this id before; empty: no such id. The task as it is after the changes.
  Answer<StoredUrgent> AddConcern(CallContext& context, const std::string& member,
                                  const v1::Concern& concern, std::string once,
                                  records::Changes* changes);
  Answer<v1::ReportConcernResponse> ReportOnce(CallContext& context,
                                               const v1::ReportConcernRequest& request);
  // False: reported by an earlier try.
  Answer<bool> ReportWithRating(CallContext& context, const v1::SubmitRatingRequest& request);
  Answer<bool> ReportWithRatingOnce(CallContext& context, const v1::SubmitRatingRequest& request);
  Answer<v1::AcknowledgeUrgentTaskResponse> AcknowledgeUrgentOnce(
      CallContext& context, const v1::AcknowledgeUrgentTaskRequest& request);
  Answer<v1::SetDutyResponse> SetDutyOnce(CallContext& context, const v1::SetDutyRequest& request);
  v1::UrgentTask ShowUrgent(const std::string& agency, const StoredUrgent& task) const;

  // The map of the family and time for whoever `context` is.
  Answer<cache::Loaded<BuiltMap>> BuildMapAt(CallContext& context, std::int64_t at_us);
  // Each session, rating and signal as it was on record at `at_us`.
  absl::Status RestoreAt(db::Tx& tx, const std::string& agency, std::int64_t at_us,
                         FamilyFile& file) const;

  // Families, those that rated last first; as many as a fit looks at.
  Answer<std::vector<std::string>> RatedLast(CallContext& context);
  using HistoryVisit =
      std::function<void(const std::string& family, std::span<const SessionFacts> history)>;
  // Shows each family's whole history, one at a time.
  Task<absl::Status> EachHistory(CallContext& context, const std::vector<std::string>& families,
                                 const HistoryVisit& visit);
  Answer<std::vector<Access>> LookedAfter(CallContext& context, const Caseload& caseload);
  Task<> NamePeople(CallContext& context, std::vector<WaitingEntry>& page);
  // What is open in one family, its latest session and its newest forms.
  absl::StatusOr<FamilyStanding> StandingOf(db::Tx& tx, const std::string& agency,
                                            const std::string& family,
                                            const AccessFacts& facts) const;
  absl::Status FindCalls(db::Tx& tx, const std::string& agency, const std::string& family,
                         const AccessFacts& facts, FamilyStanding& standing) const;
  absl::Status CountForms(db::Tx& tx, const std::string& agency, const std::string& family,
                          FamilyStanding& standing) const;

  // One step of a signal's life: the next state is the table's, `change` does the rest.
  using Change = std::function<absl::Status(v1::Signal&)>;
  Answer<v1::Signal> TakeStep(CallContext& context, std::string name, std::string etag,
                              SignalStep step, Change change);
  // A signal as it is now, changed and audited as `action`. Again when somebody else changed the
  // family meanwhile.
  using StoredChange = std::function<absl::Status(internal::v1::StoredSignal&)>;
  Answer<v1::Signal> ChangeSignal(CallContext& context, std::string name, std::string etag,
                                  std::string_view action, StoredChange change);
  Answer<v1::Signal> ChangeSignalOnce(CallContext& context, const std::string& name,
                                      const std::string& etag, std::string_view action,
                                      const StoredChange& change);
  // What people found of the agency's signals.
  Answer<JudgedByKind> JudgedSignals(CallContext& context);

  std::int64_t Now() const { return deps_.clock.NowMicros(); }

  const records::ServiceDeps deps_;
  const AllianceStore& store_;
  RosterSource& rosters_;
  const UrgentSettingsOf urgent_settings_;
  MapCache maps_;
  CodeGuesses guesses_;
};

}  // namespace rapport::alliance
