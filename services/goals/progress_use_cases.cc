// Progress: attainment, consensus over time, homework in numbers.
#include "goals/attainment_rules.h"
#include "goals/convergence_rules.h"
#include "goals/goals_service.h"
#include "goals/progress_rules.h"
#include "platform/base/status_macros.h"

#include <algorithm>

namespace rapport::goals {
namespace {

constexpr std::size_t kMostRatings = 200;

// Members whose view there is, then the professionals together.
std::vector<std::string> RatersFor(const Showing& showing) {
  if (showing.who.IsMember()) return showing.who.selves;
  std::vector<std::string> raters = showing.view.members;
  raters.emplace_back();
  return raters;
}

void AddRatings(const Showing& showing, const FamilyFile& file, v1::GoalProgress& progress) {
  std::vector<const v1::GoalRating*> shown;
  for (const v1::GoalRating* one : file.Ratings()) {
    if (one->goal() == progress.goal() && MaySee(showing.who, *one)) shown.push_back(one);
  }
  const std::size_t first = shown.size() > kMostRatings ? shown.size() - kMostRatings : 0;
  for (std::size_t i = first; i < shown.size(); ++i) *progress.add_ratings() = *shown[i];
}

void AddConsensus(const Showing& showing, const std::vector<v1::Stance>& versions,
                  v1::GoalProgress& progress) {
  StanceVersions of_goal;
  for (const v1::Stance& one : versions) {
    if (one.goal() == progress.goal()) of_goal.push_back(one);
  }
  const schema::Names names = showing.deps.NamesOf(showing.context.principal->agency);
  const auto members_at = [&](std::int64_t at_us) {
    return ViewOf(names, *showing.context.access.facts, at_us).members;
  };
  for (v1::ConsensusPoint& point : ConsensusOverTime(std::move(of_goal), members_at)) {
    *progress.add_consensus() = std::move(point);
  }
}

}  // namespace

Task<std::optional<Estimates>> GoalsService::EstimatesFor(CallContext& context) {
  std::string family = deps_.NamesOf(context.principal->agency).Family(context.access.family);
  auto estimates = co_await alliance_.EstimatesOf(context, std::move(family));
  if (!estimates.ok()) co_return std::nullopt;
  co_return *std::move(estimates);
}

GoalsService::Answer<v1::GetProgressResponse> GoalsService::GetProgress(
    CallContext& context, const v1::GetProgressRequest& request) {
  const bool is_member = context.access.viewer == Viewer::kMember;
  const std::string& agency = context.principal->agency;
  CO_ASSIGN_OR_RETURN(const FamilyFile file, co_await LoadKnown(context, /*with_ratings=*/true));
  std::vector<v1::Stance> versions;
  if (!is_member) {
    CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(versions, store_.StanceVersions(tx, agency, file));
      return absl::OkStatus();
    }));
  }
  const Showing showing = ShowingOf(deps_, context, deps_.clock.NowMicros());
  const Work work = file.View();
  const auto ratings = file.Ratings();
  const double rho = request.has_rho() ? request.rho() : kUsualRho;
  v1::GetProgressResponse response;
  v1::Progress& progress = *response.mutable_progress();
  progress.set_family(request.name());
  *progress.mutable_compute_time() = Timestamp(showing.view.now_us);
  for (const std::string& rater : RatersFor(showing)) {
    auto attainment = AttainmentOf(work, rater, ratings, rho);
    if (attainment) *progress.add_attainment() = *std::move(attainment);
    if (!rater.empty()) *progress.add_doers() = DoerProgressOf(work, rater);
  }
  for (const StoredGoal& stored : file.goals) {
    if (!Show(showing, stored)) continue;
    context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
    v1::GoalProgress& goal = *progress.add_goals();
    goal.set_goal(stored.message.name());
    AddRatings(showing, file, goal);
    if (!is_member) AddConsensus(showing, versions, goal);
  }
  if (is_member) co_return response;
  const std::vector<HeldSession> sessions = SessionsOf(deps_.NamesOf(agency), file);
  *progress.mutable_homework() = HomeworkProgressOf(work, sessions);
  const auto enough = [](const v1::DoerProgress& one) { return one.reported() >= kLeastPairs; };
  if (std::none_of(progress.doers().begin(), progress.doers().end(), enough)) co_return response;
  const auto estimates = co_await EstimatesFor(context);
  if (!estimates) co_return response;
  for (v1::DoerProgress& one : *progress.mutable_doers()) {
    if (!enough(one)) continue;
    *one.mutable_task_convergence() = TaskConvergenceOf(work, one.member(), sessions, *estimates);
  }
  co_return response;
}

}  // namespace rapport::goals
