#include "goals/goals_rpc.h"

#include "platform/rpc/bind.h"

#include <rapport/goals/v1/goals_service.grpc.pb.h>

namespace rapport::goals {
namespace {

using Wire = v1::GoalsService;
using Api = rpc::RawApi<Wire::Service, Wire::WithRawMethod_ProposeGoal, Wire::WithRawMethod_GetGoal,
                        Wire::WithRawMethod_ListGoals, Wire::WithRawMethod_SucceedGoal,
                        Wire::WithRawMethod_CloseGoal, Wire::WithRawMethod_SetStance,
                        Wire::WithRawMethod_ListStances, Wire::WithRawMethod_SetAttainmentScale,
                        Wire::WithRawMethod_RateGoal, Wire::WithRawMethod_GetProgress,
                        Wire::WithRawMethod_ProposeHomework, Wire::WithRawMethod_CounterHomework,
                        Wire::WithRawMethod_RespondToHomework, Wire::WithRawMethod_WithdrawHomework,
                        Wire::WithRawMethod_ReportHomework, Wire::WithRawMethod_ReviewHomework,
                        Wire::WithRawMethod_GetHomework, Wire::WithRawMethod_ListHomework,
                        Wire::WithRawMethod_ListDueHomework, Wire::WithRawMethod_GetPlan,
                        Wire::WithRawMethod_ListPlanRevisions>::Type;
using S = GoalsService;

}  // namespace

rpc::BoundService MakeGoalsRpc(GoalsService& service, GoalsHistory& history) {
  using rpc::Bind;
  auto api = std::make_unique<Api>();
  rpc::BoundService bound;
  bound.methods = {
      Bind<&Api::RequestProposeGoal, &S::ProposeGoal>("rapport.goals.v1.GoalsService/ProposeGoal",
                                                      *api, service),
      Bind<&Api::RequestGetGoal, &S::GetGoal>("rapport.goals.v1.GoalsService/GetGoal", *api,
                                              service),
      Bind<&Api::RequestListGoals, &S::ListGoals>("rapport.goals.v1.GoalsService/ListGoals", *api,
                                                  service),
      Bind<&Api::RequestSucceedGoal, &S::SucceedGoal>("rapport.goals.v1.GoalsService/SucceedGoal",
                                                      *api, service),
      Bind<&Api::RequestCloseGoal, &S::CloseGoal>("rapport.goals.v1.GoalsService/CloseGoal", *api,
                                                  service),
      Bind<&Api::RequestSetStance, &S::SetStance>("rapport.goals.v1.GoalsService/SetStance", *api,
                                                  service),
      Bind<&Api::RequestListStances, &S::ListStances>("rapport.goals.v1.GoalsService/ListStances",
                                                      *api, service),
      Bind<&Api::RequestSetAttainmentScale, &S::SetAttainmentScale>(
          "rapport.goals.v1.GoalsService/SetAttainmentScale", *api, service),
      Bind<&Api::RequestRateGoal, &S::RateGoal>("rapport.goals.v1.GoalsService/RateGoal", *api,
                                                service),
      Bind<&Api::RequestProposeHomework, &S::ProposeHomework>(
          "rapport.goals.v1.GoalsService/ProposeHomework", *api, service),
      Bind<&Api::RequestCounterHomework, &S::CounterHomework>(
          "rapport.goals.v1.GoalsService/CounterHomework", *api, service),
      Bind<&Api::RequestRespondToHomework, &S::RespondToHomework>(
          "rapport.goals.v1.GoalsService/RespondToHomework", *api, service),
      Bind<&Api::RequestWithdrawHomework, &S::WithdrawHomework>(
          "rapport.goals.v1.GoalsService/WithdrawHomework", *api, service),
      Bind<&Api::RequestReportHomework, &S::ReportHomework>(
          "rapport.goals.v1.GoalsService/ReportHomework", *api, service),
      Bind<&Api::RequestReviewHomework, &S::ReviewHomework>(
          "rapport.goals.v1.GoalsService/ReviewHomework", *api, service),
      Bind<&Api::RequestGetHomework, &S::GetHomework>("rapport.goals.v1.GoalsService/GetHomework",
                                                      *api, service),
      Bind<&Api::RequestListHomework, &S::ListHomework>(
          "rapport.goals.v1.GoalsService/ListHomework", *api, service),
      Bind<&Api::RequestListDueHomework, &S::ListDueHomework>(
          "rapport.goals.v1.GoalsService/ListDueHomework", *api, service),
      Bind<&Api::RequestGetProgress, &S::GetProgress>("rapport.goals.v1.GoalsService/GetProgress",
                                                      *api, service),
      Bind<&Api::RequestGetPlan, &S::GetPlan>("rapport.goals.v1.GoalsService/GetPlan", *api,
                                              service),
      Bind<&Api::RequestListPlanRevisions, &GoalsHistory::ListPlanRevisions>(
          "rapport.goals.v1.GoalsService/ListPlanRevisions", *api, history),
  };
  bound.api = std::move(api);
  return bound;
}

}  // namespace rapport::goals
