#include "alliance/alliance_rpc.h"

#include "platform/base/strings.h"
#include "platform/rpc/bind.h"

#include <rapport/alliance/v1/alliance_service.grpc.pb.h>

#include <algorithm>

namespace rapport::alliance {
namespace {

using Wire = v1::AllianceService;
using Api =
    rpc::RawApi<Wire::Service, Wire::WithRawMethod_CreateInstrument,
                Wire::WithRawMethod_GetInstrument, Wire::WithRawMethod_ListInstruments,
                Wire::WithRawMethod_SetInstrumentLicence, Wire::WithRawMethod_GetInstrumentLicence,
                Wire::WithRawMethod_SubmitRating, Wire::WithRawMethod_BatchSubmitRatings,
                Wire::WithRawMethod_ImportRatings, Wire::WithRawMethod_ListRatings,
                Wire::WithRawMethod_CorrectRating, Wire::WithRawMethod_ListRatingRevisions,
                Wire::WithRawMethod_GetMeasurePlan, Wire::WithRawMethod_SetMeasurePlan,
                Wire::WithRawMethod_ListDueRatingRequests,
                Wire::WithRawMethod_CreateRatingInvitation, Wire::WithRawMethod_GetRatingInvitation,
                Wire::WithRawMethod_ListRatingRequests, Wire::WithRawMethod_GetRatingForm,
                Wire::WithRawMethod_SkipRatingRequest, Wire::WithRawMethod_ReportConcern,
                Wire::WithRawMethod_ListUrgentTasks, Wire::WithRawMethod_AcknowledgeUrgentTask,
                Wire::WithRawMethod_GetDuty, Wire::WithRawMethod_SetDuty,
                Wire::WithRawMethod_ListDutyRevisions, Wire::WithRawMethod_GetAllianceMap,
                Wire::WithRawMethod_ListEstimates, Wire::WithRawMethod_GetCaseload,
                Wire::WithRawMethod_FitSignalFigures, Wire::WithRawMethod_ListSignalFigures,
                Wire::WithRawMethod_ListSignals, Wire::WithRawMethod_ListSignalRevisions,
                Wire::WithRawMethod_WatchSignals, Wire::WithRawMethod_AcknowledgeSignal,
                Wire::WithRawMethod_RecordRepair, Wire::WithRawMethod_DismissSignal,
                Wire::WithRawMethod_SnoozeSignal, Wire::WithRawMethod_AdjudicateSignal,
                Wire::WithRawMethod_GetAgencyInsight, Wire::WithRawMethod_GetTrajectory>::Type;
using S = AllianceService;

}  // namespace

rpc::BoundService MakeAllianceRpc(AllianceService& service, SignalWatch& watch,
                                  AgencyReports& reports) {
  using rpc::Bind;
  auto api = std::make_unique<Api>();
  rpc::BoundService bound;
  bound.methods = {
      Bind<&Api::RequestCreateInstrument, &S::CreateInstrument>(
          "rapport.alliance.v1.AllianceService/CreateInstrument", *api, service),
      Bind<&Api::RequestGetInstrument, &S::GetInstrument>(
          "rapport.alliance.v1.AllianceService/GetInstrument", *api, service),
      Bind<&Api::RequestListInstruments, &S::ListInstruments>(
          "rapport.alliance.v1.AllianceService/ListInstruments", *api, service),
      Bind<&Api::RequestSetInstrumentLicence, &S::SetInstrumentLicence>(
          "rapport.alliance.v1.AllianceService/SetInstrumentLicence", *api, service),
      Bind<&Api::RequestGetInstrumentLicence, &S::GetInstrumentLicence>(
          "rapport.alliance.v1.AllianceService/GetInstrumentLicence", *api, service),
      Bind<&Api::RequestSubmitRating, &S::SubmitRating>(
          "rapport.alliance.v1.AllianceService/SubmitRating", *api, service),
      Bind<&Api::RequestBatchSubmitRatings, &S::BatchSubmitRatings>(
          "rapport.alliance.v1.AllianceService/BatchSubmitRatings", *api, service),
      Bind<&Api::RequestImportRatings, &S::ImportRatings>(
          "rapport.alliance.v1.AllianceService/ImportRatings", *api, service),
      Bind<&Api::RequestListRatings, &S::ListRatings>(
          "rapport.alliance.v1.AllianceService/ListRatings", *api, service),
      Bind<&Api::RequestCorrectRating, &S::CorrectRating>(
          "rapport.alliance.v1.AllianceService/CorrectRating", *api, service),
      Bind<&Api::RequestListRatingRevisions, &S::ListRatingRevisions>(
          "rapport.alliance.v1.AllianceService/ListRatingRevisions", *api, service),
      Bind<&Api::RequestGetMeasurePlan, &S::GetMeasurePlan>(
          "rapport.alliance.v1.AllianceService/GetMeasurePlan", *api, service),
      Bind<&Api::RequestSetMeasurePlan, &S::SetMeasurePlan>(
          "rapport.alliance.v1.AllianceService/SetMeasurePlan", *api, service),
      Bind<&Api::RequestListDueRatingRequests, &S::ListDueRatingRequests>(
          "rapport.alliance.v1.AllianceService/ListDueRatingRequests", *api, service),
      Bind<&Api::RequestCreateRatingInvitation, &S::CreateRatingInvitation>(
          "rapport.alliance.v1.AllianceService/CreateRatingInvitation", *api, service),
      Bind<&Api::RequestGetRatingInvitation, &S::GetRatingInvitation>(
          "rapport.alliance.v1.AllianceService/GetRatingInvitation", *api, service),
      Bind<&Api::RequestListRatingRequests, &S::ListRatingRequests>(
          "rapport.alliance.v1.AllianceService/ListRatingRequests", *api, service),
      Bind<&Api::RequestGetRatingForm, &S::GetRatingForm>(
          "rapport.alliance.v1.AllianceService/GetRatingForm", *api, service),
      Bind<&Api::RequestSkipRatingRequest, &S::SkipRatingRequest>(
          "rapport.alliance.v1.AllianceService/SkipRatingRequest", *api, service),
      Bind<&Api::RequestReportConcern, &S::ReportConcern>(
          "rapport.alliance.v1.AllianceService/ReportConcern", *api, service),
      Bind<&Api::RequestListUrgentTasks, &S::ListUrgentTasks>(
          "rapport.alliance.v1.AllianceService/ListUrgentTasks", *api, service),
      Bind<&Api::RequestAcknowledgeUrgentTask, &S::AcknowledgeUrgentTask>(
          "rapport.alliance.v1.AllianceService/AcknowledgeUrgentTask", *api, service),
      Bind<&Api::RequestGetDuty, &S::GetDuty>("rapport.alliance.v1.AllianceService/GetDuty", *api,
                                              service),
      Bind<&Api::RequestSetDuty, &S::SetDuty>("rapport.alliance.v1.AllianceService/SetDuty", *api,
                                              service),
      Bind<&Api::RequestListDutyRevisions, &S::ListDutyRevisions>(
          "rapport.alliance.v1.AllianceService/ListDutyRevisions", *api, service),
      Bind<&Api::RequestGetAllianceMap, &S::GetAllianceMap>(
          "rapport.alliance.v1.AllianceService/GetAllianceMap", *api, service),
      Bind<&Api::RequestListEstimates, &S::ListEstimates>(
          "rapport.alliance.v1.AllianceService/ListEstimates", *api, service),
      Bind<&Api::RequestGetCaseload, &S::GetCaseload>(
          "rapport.alliance.v1.AllianceService/GetCaseload", *api, service),
      Bind<&Api::RequestFitSignalFigures, &S::FitSignalFigures>(
          "rapport.alliance.v1.AllianceService/FitSignalFigures", *api, service),
      Bind<&Api::RequestListSignalFigures, &S::ListSignalFigures>(
          "rapport.alliance.v1.AllianceService/ListSignalFigures", *api, service),
      Bind<&Api::RequestListSignals, &S::ListSignals>(
          "rapport.alliance.v1.AllianceService/ListSignals", *api, service),
      Bind<&Api::RequestListSignalRevisions, &S::ListSignalRevisions>(
          "rapport.alliance.v1.AllianceService/ListSignalRevisions", *api, service),
      Bind<&Api::RequestWatchSignals, &SignalWatch::WatchSignals>(
          "rapport.alliance.v1.AllianceService/WatchSignals", *api, watch),
      Bind<&Api::RequestAcknowledgeSignal, &S::AcknowledgeSignal>(
          "rapport.alliance.v1.AllianceService/AcknowledgeSignal", *api, service),
      Bind<&Api::RequestRecordRepair, &S::RecordRepair>(
          "rapport.alliance.v1.AllianceService/RecordRepair", *api, service),
      Bind<&Api::RequestDismissSignal, &S::DismissSignal>(
          "rapport.alliance.v1.AllianceService/DismissSignal", *api, service),
      Bind<&Api::RequestSnoozeSignal, &S::SnoozeSignal>(
          "rapport.alliance.v1.AllianceService/SnoozeSignal", *api, service),
      Bind<&Api::RequestAdjudicateSignal, &S::AdjudicateSignal>(
          "rapport.alliance.v1.AllianceService/AdjudicateSignal", *api, service),
      Bind<&Api::RequestGetAgencyInsight, &AgencyReports::GetAgencyInsight>(
          "rapport.alliance.v1.AllianceService/GetAgencyInsight", *api, reports),
      Bind<&Api::RequestGetTrajectory, &AgencyReports::GetTrajectory>(
          "rapport.alliance.v1.AllianceService/GetTrajectory", *api, reports),
  };
  const auto method = [&](std::string_view name) -> rpc::Method& {
    return *std::ranges::find(bound.methods, Concat({"rapport.alliance.v1.AllianceService/", name}),
                              &rpc::Method::full_name);
  };
  method("GetRatingInvitation").takes_codes = true;
  method("SubmitRating").urgent = [](const google::protobuf::Message& request) {
    return static_cast<const v1::SubmitRatingRequest&>(request).has_concern();
  };
  bound.api = std::move(api);
  return bound;
}

}  // namespace rapport::alliance
