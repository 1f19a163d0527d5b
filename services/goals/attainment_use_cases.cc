// Attainment: what the levels of a goal are, and how far people think it is reached.
#include "goals/attainment_rules.h"
#include "goals/change_file.h"
#include "goals/goal_rules.h"
#include "goals/goals_errors.h"
#include "platform/schema/errors.h"

namespace rapport::goals {

GoalsService::Answer<v1::SetAttainmentScaleResponse> GoalsService::SetAttainmentScale(
    CallContext& context, const v1::SetAttainmentScaleRequest& request) {
  Step<v1::SetAttainmentScaleResponse> step =
      [&](Writing& writing, v1::SetAttainmentScaleResponse& response) -> absl::Status {
    const Showing& showing = writing.showing;
    ASSIGN_OR_RETURN(const Actor actor, ActorOf(showing, request.set_by(), "set_by"));
    StoredGoal* goal = FindGoal(showing, writing.file, request.name());
    if (goal == nullptr) return schema::NotFound();
    RETURN_IF_ERROR(CheckEtag(showing, request.etag(), Show(showing, *goal)->etag()));
    RETURN_IF_ERROR(errors::CheckOwner(goal->message, actor));
    RETURN_IF_ERROR(errors::CheckSoleOwner(goal->message, actor));
    const Faults faults = FaultsOfScale(request.scale());
    if (!faults.empty()) return errors::InvalidResource("scale.", faults);
    auto unmet = UnmetForChange(goal->message);
    for (Unmet& one : UnmetForScale(goal->message, actor, writing.file.Ratings())) {
      unmet.push_back(std::move(one));
    }
    if (!unmet.empty()) return errors::NotMet(unmet, "GOAL_ENDED");
    v1::AttainmentScale& scale = *goal->message.mutable_attainment_scale();
    scale = request.scale();
    scale.set_set_by(actor.caller);
    *scale.mutable_set_time() = Timestamp(writing.now_us());
    Save(writing.saving(), "goal.scale", *goal);
    *response.mutable_goal() = *Show(showing, *goal);
    return absl::OkStatus();
  };
  co_return co_await ChangeFile<v1::SetAttainmentScaleResponse>(context, step,
                                                                /*with_ratings=*/true);
}

GoalsService::Answer<v1::RateGoalResponse> GoalsService::RateGoal(
    CallContext& context, const v1::RateGoalRequest& request) {
  Step<v1::RateGoalResponse> step = [&](Writing& writing,
                                        v1::RateGoalResponse& response) -> absl::Status {
    const Showing& showing = writing.showing;
    ASSIGN_OR_RETURN(const Actor actor, ActorOf(showing, request.rating().rater(), "rating.rater"));
    const StoredGoal* goal = FindGoal(showing, writing.file, request.name());
    if (goal == nullptr) return schema::NotFound();
    RETURN_IF_ERROR(errors::CheckOwner(goal->message, actor));
    const Faults faults = FaultsOfRating(request.rating());
    if (!faults.empty()) return errors::InvalidResource("rating.", faults);
    if (!request.rating().session().empty()) {
      RETURN_IF_ERROR(CheckSession(writing, request.rating().session(), "rating.session"));
    }
    const auto unmet = UnmetForRating(*Show(showing, *goal), request.rating());
    if (!unmet.empty()) return errors::NotMet(unmet, "GOAL_NOT_ACTIVE");
    StoredRating rating{
        NewRecord(kGoalRating, writing.file.family, goal->record.id, writing.now_us()),
        request.rating()};
    rating.message.set_rater(actor.person);
    rating.message.set_goal(goal->message.name());
    rating.message.set_recorded_for_rater(actor.RecordedFor());
    *rating.message.mutable_rate_time() = Timestamp(writing.now_us());
    Save(writing.saving(), "goal.rate", rating);
    *response.mutable_rating() = rating.message;
    return absl::OkStatus();
  };
  co_return co_await ChangeFile<v1::RateGoalResponse>(context, step);
}

}  // namespace rapport::goals
