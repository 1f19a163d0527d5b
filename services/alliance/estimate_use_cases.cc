// ListEstimates: where each alliance stood after each session, with its uncertainty.
#include "alliance/alliance_service.h"
#include "alliance/family_history.h"
#include "alliance/signals/family_estimates.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/records/lists.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <map>

namespace rapport::alliance {
namespace {

constexpr int kMostPoints = 500;

void Tell(const EstimatedValue& value, v1::EstimateValue* to) {
  to->set_value(value.value);
  to->set_standard_error(value.error);
}

void AddPoint(const FileView& view, const StoredSession& session, int number,
              const FamilyEstimates& estimates, const FamilyEstimates::Entry& entry,
              v1::EstimateSeries& series) {
  series.set_instrument(entry.instrument);
  series.set_ratings(entry.estimate.ratings());
  v1::EstimatePoint& point = *series.add_points();
  point.set_session(view.names.Session(view.file.id, session.record.id));
  *point.mutable_session_time() = schema::ToTimestamp(session.message.held().started_us());
  point.set_session_number(number);
  point.set_rated(entry.rated);
  if (const auto task = estimates.Part(entry, 0)) Tell(*task, point.mutable_task());
  if (const auto goal = estimates.Part(entry, 1)) Tell(*goal, point.mutable_goal());
  if (const auto bond = estimates.Part(entry, 2)) Tell(*bond, point.mutable_bond());
  Tell(estimates.Whole(entry), point.mutable_whole());
}

std::vector<v1::EstimateSeries> SeriesOf(const FileView& view) {
  FamilyEstimates estimates(view.file.parameters.level);
  std::map<SeriesKey, v1::EstimateSeries> all;
  const std::vector<SessionFacts> history = HistoryOf(view);
  for (std::size_t i = 0; i < history.size(); ++i) {
    estimates.Advance(history[i]);
    for (const auto& [key, entry] : estimates.entries()) {
      v1::EstimateSeries& series = all[key];
      series.set_rater(key.rater);
      series.set_target(key.target);
      AddPoint(view, view.file.sessions[i], history[i].number, estimates, entry, series);
    }
  }
  std::vector<v1::EstimateSeries> in_order;
  for (auto& [key, series] : all) {
    auto& points = *series.mutable_points();
    if (points.size() > kMostPoints) points.DeleteSubrange(0, points.size() - kMostPoints);
    in_order.push_back(std::move(series));
  }
  return in_order;
}

}  // namespace

AllianceService::Answer<v1::ListEstimatesResponse> AllianceService::ListEstimates(
    CallContext& context, const v1::ListEstimatesRequest& request) {
  const std::string& agency = context.principal->agency;
  CO_ASSIGN_OR_RETURN(const FamilyFile file, co_await LoadFile(context));
  const schema::Names names = deps_.NamesOf(agency);
  const FileView view{file, *context.access.facts, store_.shelf(), names, Now()};
  std::vector<records::Placed<v1::EstimateSeries>> entries;
  for (v1::EstimateSeries& series : SeriesOf(view)) {
    if (!request.rater().empty() && series.rater() != request.rater()) continue;
    if (!request.target().empty() && series.target() != request.target()) continue;
    std::string place = Concat({series.rater(), " ", series.target()});
    entries.push_back({0, std::move(place), std::move(series)});
  }
  context.disclosed_version = file.version;
  v1::ListEstimatesResponse response;
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      records::ShowPage(deps_, context, request, std::move(entries),
                                        /*newest_first=*/false, [&](v1::EstimateSeries series) {
                                          *response.add_series() = std::move(series);
                                        }));
  co_return response;
}

}  // namespace rapport::alliance
