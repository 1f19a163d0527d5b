// The plan: goals against members.
#include "goals/goals_service.h"
#include "goals/plan_rules.h"

namespace rapport::goals {

GoalsService::Answer<v1::GetPlanResponse> GoalsService::GetPlan(CallContext& context,
                                                                const v1::GetPlanRequest& request) {
  auto file = co_await LoadKnown(context);
  if (!file.ok()) co_return file.status();
  const Showing showing = ShowingOf(deps_, context, deps_.clock.NowMicros());
  const Work work = file->View();
  v1::GetPlanResponse response;
  v1::Plan& plan = *response.mutable_plan();
  plan.set_family(request.name());
  *plan.mutable_compute_time() = Timestamp(showing.view.now_us);
  if (showing.who.kind == Onlooker::Kind::kProfessional) {
    plan.set_homework_style(StyleFor(context.access.facts->level_of_need));
  }
  for (const StoredGoal& stored : file->goals) {
    const v1::GoalState state = stored.message.state();
    if (state != v1::GOAL_STATE_PROPOSED && state != v1::GOAL_STATE_ACTIVE) continue;
    const auto shown = Show(showing, stored);
    if (!shown) continue;
    context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
    *plan.add_goals() = RowOf(*shown, showing.who, showing.view, work);
  }
  co_return response;
}

}  // namespace rapport::goals
