// Census: numbers of records that metrics show, counted from time to time and not when somebody
// scrapes. Replicas on one database count the same, so what shows them takes the largest.
//
// Round is called by one thread (Wiring::every_second); Observe's numbers are read by any.
#pragma once

#include "platform/base/clock.h"
#include "platform/db/db.h"
#include "platform/runtime/telemetry/metrics.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::records {

class Census {
 public:
  struct Series {
    telemetry::Metric metric;
    std::string_view value;  // of the metric's label
  };
  // One agency's numbers, in the order of the series.
  using Numbers = std::vector<std::int64_t>;
  using Count = std::function<absl::StatusOr<Numbers>(std::string_view agency)>;
  Census(std::vector<Series> series, Count count);

  // Counts the agency again if its time has come: a minute after the last time, or a thousand times
  // as long as that took. Blocks; on threads that serve no executor only. After an error the old
  // numbers stay.
  absl::Status Round(std::string_view agency);
  // Sums over the agencies. A series is left out until something was counted. This must outlive
  // what is returned.
  [[nodiscard]] std::vector<telemetry::Observation> Observe() const;

 private:
  struct Agency {
    Numbers numbers;
    SteadyClock::time_point due{};
  };
  const std::vector<Series> series_;
  const Count count_;
  std::map<std::string, Agency, std::less<>> agencies_;
  std::vector<std::atomic<std::int64_t>> sums_;
  std::atomic<bool> counted_{false};
};

// How many records of `kind` are in one of `states` with `sort_us` from `from_us` on. Reads an
// index, opens nothing.
absl::StatusOr<std::int64_t> CountRecords(db::Tx& tx, std::string_view agency, int kind,
                                          const std::vector<std::int64_t>& states,
                                          std::int64_t from_us);

}  // namespace rapport::records
