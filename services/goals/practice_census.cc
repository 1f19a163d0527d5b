#include "goals/practice_census.h"

#include "goals/goals_store.h"
#include "platform/base/agency_work.h"
#include "platform/base/status_macros.h"
#include "platform/db/run_sync.h"

#include <rapport/goals/v1/homework.pb.h>

#include <chrono>
#include <cstdint>

namespace rapport::goals {
namespace {

using telemetry::Metric;

constexpr std::chrono::seconds kPatience{30};
constexpr std::int64_t kWindow = std::chrono::microseconds(std::chrono::days(90)).count();

struct Reached {
  std::string_view value;
  std::vector<std::int64_t> states;
};

std::vector<std::int64_t> Range(v1::HomeworkState first, v1::HomeworkState last) {
  std::vector<std::int64_t> states;
  for (int state = first; state <= last; ++state) states.push_back(state);
  return states;
}

// What was reviewed was agreed before, and all of it was proposed.
const std::vector<Reached>& AllReached() {
  static const auto& all = *new std::vector<Reached>{
      {"proposed", Range(v1::HOMEWORK_STATE_DRAFTED, v1::HOMEWORK_STATE_WITHDRAWN)},
      {"agreed", Range(v1::HOMEWORK_STATE_AGREED, v1::HOMEWORK_STATE_CLOSED)},
      {"reviewed", Range(v1::HOMEWORK_STATE_REVIEWED, v1::HOMEWORK_STATE_CLOSED)}};
  return all;
}

}  // namespace

std::vector<records::Census::Series> PracticeSeries() {
  std::vector<records::Census::Series> series;
  for (const Reached& one : AllReached()) series.push_back({Metric::kHomework, one.value});
  return series;
}

absl::StatusOr<records::Census::Numbers> CountPractice(const records::ServiceDeps& deps,
                                                       std::string_view agency) {
  const std::int64_t from_us = deps.clock.NowMicros() - kWindow;
  records::Census::Numbers numbers;
  AgencyWork context(agency, "service/goals", "rapport.goals/CountPractice", kPatience);
  RETURN_IF_ERROR(db::RunSync(
      deps.db, context,
      [&](db::Tx& tx) -> absl::Status {
        numbers.clear();
        for (const Reached& one : AllReached()) {
          ASSIGN_OR_RETURN(numbers.emplace_back(),
                           records::CountRecords(tx, agency, kHomework, one.states, from_us));
        }
        return absl::OkStatus();
      },
      /*write=*/false));
  return numbers;
}

}  // namespace rapport::goals
