#include "alliance/practice_census.h"

#include "alliance/alliance_store.h"
#include "alliance/record_walk.h"
#include "platform/base/agency_work.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"
#include "platform/db/run_sync.h"
#include "platform/schema/times.h"

#include <array>
#include <chrono>
#include <memory>
#include <string>

namespace rapport::alliance {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using telemetry::Metric;

constexpr std::int64_t kWindow = microseconds(days(90)).count();
constexpr std::int64_t kWeek = microseconds(days(7)).count(),
                       kMonth = microseconds(days(30)).count();
constexpr std::chrono::minutes kPatience{5};

// In the order of the metrics' values.
const std::array<std::vector<std::int64_t>, 4> kOutcomes = {
    {{v1::RATING_REQUEST_STATE_DUE, v1::RATING_REQUEST_STATE_OPENED, v1::RATING_REQUEST_STATE_DONE,
      v1::RATING_REQUEST_STATE_SKIPPED, v1::RATING_REQUEST_STATE_EXPIRED},
     {v1::RATING_REQUEST_STATE_DONE},
     {v1::RATING_REQUEST_STATE_SKIPPED},
     {v1::RATING_REQUEST_STATE_EXPIRED}}};
constexpr std::size_t kKinds = 6, kAges = 3;
static_assert(v1::SignalKind_MAX == kKinds);

std::size_t AgeOf(std::int64_t open_us) { return open_us <= kWeek ? 0 : open_us <= kMonth ? 1 : 2; }

}  // namespace

std::vector<records::Census::Series> PracticeSeries() {
  std::vector<records::Census::Series> series;
  const auto add = [&](Metric metric) {
    const telemetry::MetricRow& row = telemetry::RowOf(metric);
    for (std::size_t i = 0; i < row.series(); ++i) series.push_back({metric, row.values[i]});
  };
  add(Metric::kForms);
  add(Metric::kSignalsOpen);
  add(Metric::kSignalsOpenByAge);
  return series;
}

absl::StatusOr<records::Census::Numbers> CountPractice(const records::ServiceDeps& deps,
                                                       std::string_view agency) {
  const std::int64_t now_us = deps.clock.NowMicros();
  AgencyWork context(agency, "service/alliance", "rapport.alliance/CountPractice", kPatience);
  records::Census::Numbers numbers;
  RETURN_IF_ERROR(db::RunSync(
      deps.db, context,
      [&](db::Tx& tx) -> absl::Status {
        numbers.clear();
        for (const auto& states : kOutcomes) {
          ASSIGN_OR_RETURN(numbers.emplace_back(),
                           records::CountRecords(tx, agency, kRequest, states, now_us - kWindow));
        }
        return absl::OkStatus();
      },
      /*write=*/false));
  // A signal's kind is sealed: those that are open are few enough to be read.
  std::array<std::int64_t, kKinds> kinds{};
  std::array<std::int64_t, kAges> ages{};
  const auto take = [&](db::Tx&, records::Record record) -> absl::Status {
    ASSIGN_OR_RETURN(const auto stored,
                     records::Parse<internal::v1::StoredSignal>(std::move(record)));
    const v1::Signal& signal = stored.message.signal();
    const auto kind = static_cast<std::size_t>(signal.kind());
    if (kind >= 1 && kind <= kKinds) ++kinds[kind - 1];
    ++ages[AgeOf(now_us - schema::ToMicros(signal.open_time()))];
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(
      rapport::RunSync(WalkRecords(deps, context, kSignal, take,
                                   {v1::SIGNAL_STATE_OPEN, v1::SIGNAL_STATE_ACKNOWLEDGED,
                                    v1::SIGNAL_STATE_WORKING, v1::SIGNAL_STATE_SNOOZED})));
  numbers.insert(numbers.end(), kinds.begin(), kinds.end());
  numbers.insert(numbers.end(), ages.begin(), ages.end());
  return numbers;
}

}  // namespace rapport::alliance
