// AgencyReports: the use cases of GetAgencyInsight and GetTrajectory: what an agency learns from
// all its ratings, without learning of anybody. One source file each: insight_,
// trajectory_use_cases.cc; reading is in report_rows.cc. Figures are worked out at most every ten
// minutes, on a thread of their own, and one after the other, since each holds the agency's numbers
// for as long. Thread-safe.
#pragma once

#include "alliance/alliance_store.h"
#include "alliance/goal_ends.h"
#include "alliance/insight_rows.h"
#include "alliance/kept_figures.h"
#include "alliance/sources.h"
#include "platform/base/executor.h"
#include "platform/base/task.h"
#include "platform/base/turns.h"
#include "platform/records/service_deps.h"

#include <rapport/alliance/v1/insight.pb.h>
#include <rapport/alliance/v1/trajectory.pb.h>
#include <rapport/internal/v1/alliance_records.pb.h>

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rapport::alliance {

class AgencyReports {
 public:
  // `most_ratings`: how many are held at once; with more a figure is refused.
  static constexpr std::size_t kMostRatings = 1'000'000;

  // All but `deps` must outlive it.
  AgencyReports(const records::ServiceDeps& deps, const AllianceStore& store, CaseSource& cases,
                std::size_t most_ratings = kMostRatings);

  Task<absl::StatusOr<v1::GetAgencyInsightResponse>> GetAgencyInsight(
      CallContext&, const v1::GetAgencyInsightRequest&);
  Task<absl::StatusOr<v1::GetTrajectoryResponse>> GetTrajectory(CallContext&,
                                                                const v1::GetTrajectoryRequest&);

 private:
  using InstrumentPointer = std::shared_ptr<const v1::Instrument>;
  // Of one insight: which ratings, as of when.
  struct Scope;
  // What one insight is made of.
  struct Streams;

  // NOT_FOUND: none.
  Task<absl::StatusOr<InstrumentPointer>> FindInstrument(CallContext& context,
                                                         const std::string& name);
  // All ratings with the instrument of `rows`. FAILED_PRECONDITION: TOO_MANY_RATINGS.
  Task<absl::Status> ReadRatings(CallContext& context, InsightRows& rows);
  // Requests for the instrument that are settled at `now_us`, by time.
  Task<absl::StatusOr<std::vector<Contribution>>> ReadRequests(CallContext& context,
                                                               const InsightRows& rows,
                                                               std::int64_t now_us);
  // What became of all the agency's goals that ended.
  Task<absl::StatusOr<GoalEnds>> ReadGoalEnds(CallContext& context);
  Task<absl::StatusOr<std::vector<ClosedCase>>> ReadClosedCases(CallContext& context,
                                                                InsightRows& rows);

  Task<absl::StatusOr<cache::Loaded<v1::AgencyInsight>>> MakeInsight(CallContext& context,
                                                                     const Scope& scope);
  Task<absl::StatusOr<std::shared_ptr<v1::AgencyInsight>>> MakeInsightOnce(CallContext& context,
                                                                           const Scope& scope);
  // Reads the ends, publishes, and shows what is of goals.
  Task<absl::Status> AddGoals(CallContext& context, const Scope& scope, v1::AgencyInsight& insight);
  // What figures are published of under a name. Nullopt: none are.
  using StoredPublished = std::optional<records::Stored<internal::v1::StoredPublication>>;
  Task<absl::StatusOr<StoredPublished>> FindPublication(CallContext& context,
                                                        const std::string& name);
  // ABORTED: somebody else did.
  Task<absl::Status> KeepPublication(CallContext& context, const std::string& name,
                                     const StoredPublished& before,
                                     const internal::v1::StoredPublication& after);
  // Fills in the ends of every stream's batches and its window in `scope`, and keeps them under
  // `name`: the instrument's, or kGoalsPublished. ABORTED: somebody else did.
  Task<absl::Status> Publish(CallContext& context, const Scope& scope, const std::string& name,
                             Streams& streams);
  Task<absl::StatusOr<cache::Loaded<internal::v1::CachedTrajectory>>> MakeTrajectory(
      CallContext& context, InstrumentPointer instrument, std::size_t score, std::int64_t now_us);
  // `course` with what was published in the place of what may not be yet; what may is. ABORTED:
  // somebody else did.
  Task<absl::StatusOr<internal::v1::CachedTrajectory>> PublishCourse(
      CallContext& context, const std::string& name, internal::v1::CachedTrajectory course);

  const records::ServiceDeps deps_;
  const AllianceStore& store_;
  CaseSource& cases_;
  const std::size_t most_ratings_;
  Turns turns_;
  KeptFigures<v1::AgencyInsight> insights_;
  KeptFigures<internal::v1::CachedTrajectory> trajectories_;
  ThreadExecutor figures_;
};

}  // namespace rapport::alliance
