// The course to expect of a rater, fitted to the agency's own closed cases.
#include "alliance/agency_reports.h"
#include "alliance/scoring/error.h"
#include "alliance/scoring/score.h"
#include "alliance/scoring/suppression.h"
#include "platform/base/continue_on.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/errors.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace rapport::alliance {
namespace {

using internal::v1::CachedTrajectory;

constexpr int kAhead = 12;  // ratings, where nobody says how many
constexpr double kFailureShare = 0.25;
constexpr double kSuccessShare = 0.5;

void Keep(const GrowthModel& model, const Trajectory& of, CachedTrajectory::Model& kept) {
  kept.set_raters(of.raters);
  kept.set_successful_raters(of.successful_raters);
  kept.set_centre(model.centre);
  kept.mutable_effects()->Assign(model.effects.begin(), model.effects.end());
  kept.set_intercept_variance(model.intercept_variance);
  kept.set_slope_variance(model.slope_variance);
  kept.set_covariance(model.covariance);
  kept.set_residual(model.residual);
}

GrowthModel Restore(const CachedTrajectory::Model& kept) {
  GrowthModel model{.centre = kept.centre(),
                    .intercept_variance = kept.intercept_variance(),
                    .slope_variance = kept.slope_variance(),
                    .covariance = kept.covariance(),
                    .residual = kept.residual()};
  std::ranges::copy(kept.effects(), model.effects.begin());
  return model;
}

// Of one of the instrument's own definitions.
std::size_t PlaceOf(const v1::Instrument& instrument, const v1::ScoreDefinition& definition) {
  const auto found = std::ranges::find_if(
      instrument.scores(), [&](const v1::ScoreDefinition& one) { return &one == &definition; });
  return static_cast<std::size_t>(found - instrument.scores().begin());
}

// Not to the head.
int ShownRaters(int raters) { return static_cast<int>(WholeElevens(raters)); }

int MissingRaters(int raters) {
  return raters >= kFewestRaters ? 0 : kFewestRaters - ShownRaters(raters);
}

// Under which the courses of a score are published; no instrument has such a name.
std::string PublishedAs(const v1::Instrument& instrument, std::size_t score) {
  return Concat(
      {"trajectory ", instrument.name(), " ", instrument.scores(static_cast<int>(score)).code()});
}

// Whether a model of all raters may take the place of the one before, which nobody forgets: 11 of
// them are new.
bool MayReplace(const CachedTrajectory::Model& before, int raters) {
  return raters - before.raters() >= kFewest;
}

// The same of the successful ones, of whom and of the others none or 11 are new: who is in the one
// model and not in the other would show.
bool MayReplace(const CachedTrajectory::Model& before, int raters, int successful) {
  const int others = (raters - successful) - (before.raters() - before.successful_raters());
  return successful - before.successful_raters() >= kFewest && (others == 0 || others >= kFewest);
}

}  // namespace

Task<absl::StatusOr<v1::GetTrajectoryResponse>> AgencyReports::GetTrajectory(
    CallContext& context, const v1::GetTrajectoryRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto instrument,
                      co_await FindInstrument(context, request.instrument()));
  const v1::ScoreDefinition* definition = FindScore(*instrument, request.score());
  if (definition == nullptr) {
    co_return schema::InvalidField("score", "the code of a score of the instrument");
  }
  const ScoreRange range = RangeOf(*instrument, *definition);
  const double first = request.first_value();
  if (!(first >= range.lowest && first <= range.highest)) {
    co_return schema::InvalidField("first_value", "within the range of the score");
  }
  const std::size_t score = PlaceOf(*instrument, *definition);
  const std::int64_t now_us = deps_.clock.NowMicros();
  const std::string key = Concat({request.instrument(), " ", request.score()});
  CO_ASSIGN_OR_RETURN(const auto kept, co_await trajectories_.GetOrMake(
                                           context, key, now_us, [&](CallContext& call) {
                                             return MakeTrajectory(call, instrument, score, now_us);
                                           }));
  v1::GetTrajectoryResponse response;
  v1::Trajectory& shown = *response.mutable_trajectory();
  shown.set_instrument(instrument->name());
  shown.set_score(request.score());
  *shown.mutable_as_of_time() = schema::ToTimestamp(kept->as_of_us());
  shown.set_raters(ShownRaters(kept->raters()));
  shown.set_missing_raters(MissingRaters(kept->raters()));
  shown.set_successful_raters(ShownRaters(kept->successful_raters()));
  shown.set_missing_successful_raters(MissingRaters(kept->successful_raters()));
  // Of the youngest whom the form is for: figures of any age fit them too.
  const int age = instrument->min_age_years() > 0 ? instrument->min_age_years() : kAgeUnknown;
  if (const auto error = FindError(*instrument, request.score(), age)) {
    shown.set_reliable_change(error->reliable_change());
    shown.set_change_basis(error->basis);
  } else {
    shown.set_change_basis(v1::CHANGE_BASIS_NONE_KNOWN);
  }
  if (!kept->has_all()) co_return response;
  const GrowthModel all = Restore(kept->all()), successful = Restore(kept->successful());
  const bool higher_better = instrument->direction() != v1::DIRECTION_LOWER_BETTER;
  const double failure_share = higher_better ? kFailureShare : 1 - kFailureShare;
  const int ratings = request.ratings() != 0 ? request.ratings() : kAhead;
  const auto within = [&](double value) { return std::clamp(value, range.lowest, range.highest); };
  for (int t = 2; t <= ratings; ++t) {
    v1::TrajectoryPoint& point = *shown.add_points();
    point.set_rating(t);
    point.set_expected(within(all.Expected(first, t)));
    point.set_failure(within(all.Percentile(first, t, failure_share)));
    if (kept->has_successful()) {
      point.set_success(within(successful.Percentile(first, t, kSuccessShare)));
    }
  }
  co_return response;
}

Task<absl::StatusOr<cache::Loaded<CachedTrajectory>>> AgencyReports::MakeTrajectory(
    CallContext& context, InstrumentPointer instrument, std::size_t score, std::int64_t now_us) {
  InsightRows rows(*instrument, score);
  CO_RETURN_IF_ERROR(co_await ReadRatings(context, rows));
  CO_ASSIGN_OR_RETURN(const auto cases, co_await ReadClosedCases(context, rows));
  Executor* const home = Executor::Current();
  if (home != nullptr) co_await ContinueOn{&figures_};
  const std::vector<GrowthCase> courses = CoursesOf(rows, score, cases);
  const Trajectory trajectory = TrajectoryOf(courses);
  auto kept = std::make_shared<CachedTrajectory>();
  kept->set_as_of_us(now_us);
  kept->set_raters(trajectory.raters);
  kept->set_successful_raters(trajectory.successful_raters);
  if (trajectory.all) Keep(*trajectory.all, trajectory, *kept->mutable_all());
  if (trajectory.successful) {
    Keep(*trajectory.successful, trajectory, *kept->mutable_successful());
  }
  co_await ContinueOn{home};
  const std::string name = PublishedAs(*instrument, score);
  CO_ASSIGN_OR_RETURN(*kept, co_await records::RetryConflicts(deps_.records, context, [&] {
    return PublishCourse(context, name, *kept);  // not a coroutine itself
  }));
  co_return cache::Loaded<CachedTrajectory>{.version = now_us, .value = std::move(kept)};
}

// What was published stays until there is enough for the next. Whoever asks again sees the same,
// and no two courses differ by few people.
Task<absl::StatusOr<CachedTrajectory>> AgencyReports::PublishCourse(CallContext& context,
                                                                    const std::string& name,
                                                                    CachedTrajectory course) {
  CO_ASSIGN_OR_RETURN(const auto before, co_await FindPublication(context, name));
  const CachedTrajectory known = before ? before->message.trajectory() : CachedTrajectory();
  const bool all = course.has_all() && MayReplace(known.all(), course.raters());
  const bool successful = course.has_successful() && MayReplace(known.successful(), course.raters(),
                                                                course.successful_raters());
  if (!all) course.clear_all();
  if (!all && known.has_all()) *course.mutable_all() = known.all();
  if (!successful) course.clear_successful();
  if (!successful && known.has_successful()) *course.mutable_successful() = known.successful();
  if (!all && !successful) co_return course;
  internal::v1::StoredPublication after;
  *after.mutable_trajectory() = course;
  CO_RETURN_IF_ERROR(co_await KeepPublication(context, name, before, after));
  co_return course;
}

}  // namespace rapport::alliance
