#include "platform/records/census.h"

#include "platform/base/status_macros.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace rapport::records {
namespace {

constexpr std::chrono::minutes kAtLeast{1};
constexpr int kShare = 1'000;  // of the time, one part at most

constexpr char kCount[] =
    "SELECT count(*) FROM record"
    " WHERE agency_id = $1 AND kind = $2 AND state = $3 AND sort_us >= $4";

}  // namespace

Census::Census(std::vector<Series> series, Count count)
    : series_(std::move(series)), count_(std::move(count)), sums_(series_.size()) {}

absl::Status Census::Round(std::string_view agency) {
  Agency& one = agencies_[std::string(agency)];
  const auto begin = SteadyClock::now();
  if (begin < one.due) return absl::OkStatus();
  one.due = begin + kAtLeast;
  ASSIGN_OR_RETURN(Numbers numbers, count_(agency));
  numbers.resize(series_.size());
  const auto end = SteadyClock::now();
  one.due = std::max(one.due, end + (end - begin) * kShare);
  one.numbers = std::move(numbers);
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    std::int64_t sum = 0;
    for (const auto& [id, counted] : agencies_) {
      if (i < counted.numbers.size()) sum += counted.numbers[i];
    }
    sums_[i] = sum;
  }
  counted_ = true;
  return absl::OkStatus();
}

std::vector<telemetry::Observation> Census::Observe() const {
  std::vector<telemetry::Observation> all;
  all.reserve(series_.size());
  for (std::size_t i = 0; i < series_.size(); ++i) {
    all.push_back(telemetry::Observe(series_[i].metric, series_[i].value, [this, i] {
      return counted_ ? static_cast<double>(sums_[i]) : std::numeric_limits<double>::quiet_NaN();
    }));
  }
  return all;
}

absl::StatusOr<std::int64_t> CountRecords(db::Tx& tx, std::string_view agency, int kind,
                                          const std::vector<std::int64_t>& states,
                                          std::int64_t from_us) {
  std::int64_t sum = 0;
  for (const std::int64_t state : states) {
    RETURN_IF_ERROR(tx.Run(kCount, {agency, kind, state, from_us}, [&](const db::Row& row) {
                        sum += row.Int(0);
                      }).status());
  }
  return sum;
}

}  // namespace rapport::records
