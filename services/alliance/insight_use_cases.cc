// How a measure does in the agency's own data: read, published in batches, worked out, kept.
#include "alliance/agency_reports.h"
#include "alliance/alliance_errors.h"
#include "alliance/insight_show.h"
#include "platform/base/continue_on.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/errors.h"
#include "platform/schema/times.h"

#include <functional>
#include <limits>
#include <optional>
#include <utility>

namespace rapport::alliance {

struct AgencyReports::Scope {
  InstrumentPointer instrument;
  std::int64_t from_us = std::numeric_limits<std::int64_t>::min();
  std::int64_t to_us = std::numeric_limits<std::int64_t>::max();
  std::int64_t now_us = 0;
};

// Two for each score of the instrument, the second for its distribution, and, last, one for the
// requests; or those of goals.
struct AgencyReports::Streams {
  enum class Cut : std::uint8_t {
    kWhole,
    kDivided,  // those of the stream before it, told apart
    kLasting,  // those of the stream before it, in batches that don't grow
  };
  struct Stream {
    std::string score;  // empty: the requests
    // By time. Made when they are cut, so that those of one stream are held at a time.
    std::function<std::vector<Contribution>()> contributions;
    Cut cut = Cut::kWhole;
    // Known once they are published.
    std::vector<std::int64_t> ends_us = {};
    std::optional<PublishedWindow> window = std::nullopt;
  };
  std::vector<Stream> all;
};

namespace {

using internal::v1::StoredPublication;

// Under which publications of goals are kept; no instrument has such a name.
constexpr const char* kGoalsPublished = "goals";
// After a score's code; no code has such a character.
constexpr std::string_view kDistribution = " distribution";

std::vector<std::int64_t> EndsIn(const StoredPublication& stored, std::string_view score) {
  for (const StoredPublication::Stream& stream : stored.streams()) {
    if (stream.score() == score) return {stream.ends_us().begin(), stream.ends_us().end()};
  }
  return {};
}

std::optional<InsightShare> RateOf(std::span<const Contribution> requests,
                                   const std::optional<PublishedWindow>& window) {
  if (!window) return std::nullopt;
  std::int64_t asked = 0, answered = 0;
  for (const Contribution& request : requests) {
    if (!window->Contains(request.at_us)) continue;
    ++asked;
    answered += request.answered ? 1 : 0;
  }
  return ShareOf(asked, answered);
}

}  // namespace

Task<absl::StatusOr<v1::GetAgencyInsightResponse>> AgencyReports::GetAgencyInsight(
    CallContext& context, const v1::GetAgencyInsightRequest& request) {
  Scope scope{.now_us = deps_.clock.NowMicros()};
  if (request.has_from_time()) scope.from_us = MonthStart(schema::ToMicros(request.from_time()));
  if (request.has_to_time()) scope.to_us = MonthStart(schema::ToMicros(request.to_time()));
  if (scope.from_us >= scope.to_us) {
    co_return schema::InvalidField("to_time", "in a later month than from_time");
  }
  CO_ASSIGN_OR_RETURN(scope.instrument, co_await FindInstrument(context, request.instrument()));
  const std::string key = Concat(
      {request.instrument(), " ", std::to_string(scope.from_us), " ", std::to_string(scope.to_us)});
  CO_ASSIGN_OR_RETURN(
      const auto insight,
      co_await insights_.GetOrMake(context, key, scope.now_us, [&](CallContext& call) {
        return MakeInsight(call, scope);  // not a coroutine itself
      }));
  v1::GetAgencyInsightResponse response;
  *response.mutable_insight() = *insight;
  co_return response;
}

Task<absl::StatusOr<cache::Loaded<v1::AgencyInsight>>> AgencyReports::MakeInsight(
    CallContext& context, const Scope& scope) {
  auto made = co_await records::RetryConflicts(deps_.records, context,
                                               [&] { return MakeInsightOnce(context, scope); });
  if (!made.ok()) co_return made.status();
  co_return cache::Loaded<v1::AgencyInsight>{.version = scope.now_us, .value = *std::move(made)};
}

Task<absl::StatusOr<std::shared_ptr<v1::AgencyInsight>>> AgencyReports::MakeInsightOnce(
    CallContext& context, const Scope& scope) {
  const v1::Instrument& instrument = *scope.instrument;
  InsightRows rows(instrument, scope.from_us, scope.to_us);
  CO_RETURN_IF_ERROR(co_await ReadRatings(context, rows));
  Streams streams;
  for (int i = 0; i < instrument.scores_size(); ++i) {
    const auto given = [&rows, i] { return rows.ContributionsOf(static_cast<std::size_t>(i)); };
    const std::string& code = instrument.scores(i).code();
    streams.all.push_back({.score = code, .contributions = given});
    streams.all.push_back({.score = Concat({code, kDistribution}),
                           .contributions = given,
                           .cut = Streams::Cut::kLasting});
  }
  CO_ASSIGN_OR_RETURN(const auto requests, co_await ReadRequests(context, rows, scope.now_us));
  streams.all.push_back({.contributions = [&requests] { return requests; }});
  CO_RETURN_IF_ERROR(co_await Publish(context, scope, instrument.name(), streams));
  auto insight = std::make_shared<v1::AgencyInsight>();
  CO_RETURN_IF_ERROR(co_await AddGoals(context, scope, *insight));

  Executor* const home = Executor::Current();
  if (home != nullptr) co_await ContinueOn{&figures_};
  insight->set_instrument(instrument.name());
  *insight->mutable_as_of_time() = schema::ToTimestamp(scope.now_us);
  if (const auto rate = RateOf(requests, streams.all.back().window)) {
    insight->mutable_response_rate()->set_asked_requests(rate->asked);
    insight->mutable_response_rate()->set_answered_share(rate->share);
  }
  for (int i = 0; i < instrument.scores_size(); ++i) {
    const auto score = static_cast<std::size_t>(i);
    *insight->add_scores() =
        ShowScore(rows, score, streams.all[2 * score].window, streams.all[2 * score + 1].window);
  }
  co_await ContinueOn{home};
  co_return insight;
}

Task<absl::Status> AgencyReports::AddGoals(CallContext& context, const Scope& scope,
                                           v1::AgencyInsight& insight) {
  CO_ASSIGN_OR_RETURN(const GoalEnds ends, co_await ReadGoalEnds(context));
  Streams streams;
  const auto outcomes = [&ends] { return ends.Outcomes(); };
  streams.all.push_back({.score = "outcomes", .contributions = outcomes});
  streams.all.push_back(
      {.score = "outcomes.divided", .contributions = outcomes, .cut = Streams::Cut::kDivided});
  streams.all.push_back({.score = "levels", .contributions = [&ends] { return ends.Levels(); }});
  CO_RETURN_IF_ERROR(co_await Publish(context, scope, kGoalsPublished, streams));
  if (auto shown = ends.ShowOutcomes(streams.all[0].window, streams.all[1].window)) {
    *insight.mutable_goal_outcomes() = *std::move(shown);
  }
  if (auto shown = ends.ShowLevels(streams.all[2].window)) {
    *insight.mutable_goal_levels() = *std::move(shown);
  }
  co_return absl::OkStatus();
}

// Whatever a figure is of is on record as published before anybody sees it.
Task<absl::Status> AgencyReports::Publish(CallContext& context, const Scope& scope,
                                          const std::string& name, Streams& streams) {
  CO_ASSIGN_OR_RETURN(const auto before, co_await FindPublication(context, name));
  StoredPublication after;
  bool changed = false;
  std::vector<std::int64_t> whole;  // of the stream before
  for (Streams::Stream& stream : streams.all) {
    const std::vector<std::int64_t> ends =
        before ? EndsIn(before->message, stream.score) : std::vector<std::int64_t>();
    const std::vector<Contribution> contributions = stream.contributions();
    switch (stream.cut) {
      case Streams::Cut::kWhole:
        stream.ends_us = whole = PublishedEnds(contributions, ends, scope.now_us);
        break;
      case Streams::Cut::kDivided:
        stream.ends_us = DividedEnds(contributions, ends, whole);
        break;
      case Streams::Cut::kLasting:
        stream.ends_us = LastingEnds(contributions, ends, whole, scope.now_us);
        break;
    }
    stream.window = WindowOf(contributions, stream.ends_us, scope.from_us, scope.to_us);
    // Of those who were erased nothing is left; what was published stays published.
    const auto& kept = stream.ends_us.empty() ? ends : stream.ends_us;
    changed |= kept != ends;
    if (kept.empty()) continue;
    StoredPublication::Stream& stored = *after.add_streams();
    stored.set_score(stream.score);
    stored.mutable_ends_us()->Assign(kept.begin(), kept.end());
  }
  if (!changed) co_return absl::OkStatus();
  co_return co_await KeepPublication(context, name, before, after);
}

Task<absl::StatusOr<AgencyReports::StoredPublished>> AgencyReports::FindPublication(
    CallContext& context, const std::string& name) {
  const std::string& agency = context.principal->agency;
  StoredPublished found;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    found.reset();
    ASSIGN_OR_RETURN(const auto id, deps_.records.FindClaim(tx, agency, kPublicationClaim, name));
    if (!id) return absl::OkStatus();
    ASSIGN_OR_RETURN(auto record, deps_.records.Get(tx, agency, "", kPublication, *id));
    ASSIGN_OR_RETURN(found, records::Parse<StoredPublication>(std::move(record)));
    return absl::OkStatus();
  }));
  co_return found;
}

Task<absl::Status> AgencyReports::KeepPublication(CallContext& context, const std::string& name,
                                                  const StoredPublished& before,
                                                  const StoredPublication& after) {
  const std::int64_t now_us = deps_.clock.NowMicros();
  records::Changes changes(context, now_us);
  records::Record record =
      records::With(before ? before->record : NewRecord(kPublication, "", now_us), after);
  if (before) {
    changes.Update(before->record, record);
  } else {
    changes.Create(record);
    changes.Claim(kPublicationClaim, name, record);
  }
  changes.Audit("insight.publish", record);
  const auto committed = co_await deps_.records.Commit(context, std::move(changes), after);
  if (records::TakenIndex(committed.status()) == kPublicationClaim) {
    co_return schema::Refused(schema::reasons::kConflict);
  }
  co_return committed.status();
}

}  // namespace rapport::alliance
