// /metrics over HTTP for Prometheus, made from what telemetry counted.
//
// Belongs on loopback or a port that only the monitoring reaches: it has no authentication, and
// what it shows holds no id and no name. Does nothing between scrapes. Thread-safe.
#pragma once

#include <absl/status/statusor.h>
#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace rapport::runtime {

// Everything a scrape shows. A series nobody observes is left out; so is the histogram of a method
// that was never called.
std::vector<prometheus::MetricFamily> CollectMetrics();

// Serves until the process ends, also while it drains. `address`: "127.0.0.1:9464"; port 0 takes a
// free one. The port, or UNAVAILABLE when it can't be listened on.
absl::StatusOr<int> ServeMetrics(const std::string& address);

}  // namespace rapport::runtime
