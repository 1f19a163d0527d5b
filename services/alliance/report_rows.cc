// What AgencyReports reads: ratings and requests of the whole agency in pages, closed cases from
// intake. Between two pages other calls of the thread go on.
#include "alliance/agency_reports.h"
#include "alliance/alliance_errors.h"
#include "alliance/record_walk.h"
#include "alliance/request_rules.h"
#include "platform/base/status_macros.h"
#include "platform/schema/errors.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <iterator>

namespace rapport::alliance {
AgencyReports::AgencyReports(const records::ServiceDeps& deps, const AllianceStore& store,
                             CaseSource& cases, std::size_t most_ratings)
    : deps_(deps),
      store_(store),
      cases_(cases),
      most_ratings_(most_ratings),
      insights_(
          "alliance.insight", deps.caches, turns_,
          [](const v1::AgencyInsight& insight) { return schema::ToMicros(insight.as_of_time()); }),
      trajectories_("alliance.trajectory", deps.caches, turns_,
                    [](const internal::v1::CachedTrajectory& one) { return one.as_of_us(); }) {}

Task<absl::StatusOr<AgencyReports::InstrumentPointer>> AgencyReports::FindInstrument(
    CallContext& context, const std::string& name) {
  InstrumentPointer instrument;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(instrument, store_.Instrument(tx, context.principal->agency, name));
    return instrument == nullptr ? schema::NotFound() : absl::OkStatus();
  }));
  co_return instrument;
}

Task<absl::Status> AgencyReports::ReadRatings(CallContext& context, InsightRows& rows) {
  const std::string& agency = context.principal->agency;
  const auto take = [&](db::Tx& tx, records::Record record) -> absl::Status {
    ASSIGN_OR_RETURN(const auto newest, records::Parse<v1::Rating>(std::move(record)));
    const records::Record& of = newest.record;
    if (newest.message.instrument() != rows.instrument().name()) return absl::OkStatus();
    std::vector<StoredRating> earlier;
    if (of.version > 1) {
      ASSIGN_OR_RETURN(auto history, deps_.records.History(tx, agency, of.family, kRating, of.id));
      for (records::Record& one : history) {
        ASSIGN_OR_RETURN(auto version, records::Parse<v1::Rating>(std::move(one)));
        earlier.push_back(std::move(version));
      }
    }
    std::vector<InsightRows::Version> versions;
    for (const StoredRating& one : earlier) {
      versions.push_back({one.record.updated_us, &one.message});
    }
    versions.push_back({of.updated_us, &newest.message});
    rows.Add({.family = of.family,
              .session = of.parent,
              .session_us = of.sort_us,
              .recorded_us = of.created_us},
             versions);
    return rows.rows() > most_ratings_ ? errors::TooManyRatings() : absl::OkStatus();
  };
  co_return co_await WalkRecords(deps_, context, kRating, take);
}

// A form that was answered in time is settled then, another one when its time ran out or the rater
// skipped it. What came later counts as not answered, so that what is published stays as it is.
Task<absl::StatusOr<std::vector<Contribution>>> AgencyReports::ReadRequests(CallContext& context,
                                                                            const InsightRows& rows,
                                                                            std::int64_t now_us) {
  std::vector<Contribution> settled;
  Numbers people;
  const InsightRows::Times times = rows.TimesOfAnswers();
  const auto take = [&](db::Tx&, records::Record record) -> absl::Status {
    ASSIGN_OR_RETURN(const auto one,
                     records::Parse<internal::v1::StoredRatingRequest>(std::move(record)));
    const v1::RatingRequest& request = one.message.request();
    if (request.instrument() != rows.instrument().name()) return absl::OkStatus();
    const std::int64_t expires_us = schema::ToMicros(request.expire_time());
    // Skipped, or withdrawn: stored as expired.
    const bool closed = one.record.state == v1::RATING_REQUEST_STATE_SKIPPED ||
                        one.record.state == v1::RATING_REQUEST_STATE_EXPIRED;
    const std::int64_t ended_us = closed ? std::min(one.record.updated_us, expires_us) : expires_us;
    const auto recorded_us = times.Of(one.record.parent, request.rater());
    const bool answered = recorded_us && *recorded_us <= ended_us;
    // Withdrawn while it was waiting: nobody was asked after all.
    const bool withdrawn =
        one.record.state == v1::RATING_REQUEST_STATE_EXPIRED && one.record.updated_us < expires_us;
    if (withdrawn && !answered) return absl::OkStatus();
    const std::int64_t at_us = answered ? *recorded_us : ended_us;
    if (at_us > now_us) return absl::OkStatus();
    settled.push_back({.at_us = at_us, .person = people.Of(request.rater()), .answered = answered});
    return absl::OkStatus();
  };
  CO_RETURN_IF_ERROR(co_await WalkRecords(deps_, context, kRequest, take));
  std::ranges::sort(settled, {}, &Contribution::at_us);
  co_return settled;
}

Task<absl::StatusOr<GoalEnds>> AgencyReports::ReadGoalEnds(CallContext& context) {
  GoalEnds ends;
  const auto take = [&](db::Tx&, records::Record record) -> absl::Status {
    ASSIGN_OR_RETURN(const auto work, records::Parse<internal::v1::StoredWork>(std::move(record)));
    ends.Add(work.message);
    return absl::OkStatus();
  };
  CO_RETURN_IF_ERROR(co_await WalkRecords(deps_, context, kWork, take));
  co_return ends;
}

Task<absl::StatusOr<std::vector<ClosedCase>>> AgencyReports::ReadClosedCases(CallContext& context,
                                                                             InsightRows& rows) {
  std::vector<ClosedCase> cases;
  internal::v1::ListClosedCasesRequest request;
  request.set_agency(context.principal->agency);
  for (;;) {
    CO_ASSIGN_OR_RETURN(const auto page, co_await cases_.ClosedCases(context, request));
    for (const internal::v1::ClosedCase& one : page.cases()) {
      cases.push_back({.family = rows.FamilyNumber(one.family()),
                       .open_us = one.open_us(),
                       .close_us = one.close_us(),
                       .completed = one.completed()});
    }
    if (!page.has_next()) co_return cases;
    *request.mutable_after() = page.next();
  }
}

}  // namespace rapport::alliance
