// Metrics, the recording side: what the pipeline, channels and stores count.
//
// Names stand in metric_names.h, the endpoint in runtime/metrics_endpoint.h. Counters are kept per
// thread (shard.h) and gauges are asked for when somebody scrapes, so an idle process does nothing.
// Nothing here allocates per call or takes text of a request. Thread-safe.
#pragma once

#include "platform/runtime/telemetry/metric_names.h"

#include <absl/functional/function_ref.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace rapport::telemetry {

// Adds to a counter. `series` is the position of the label's value in the metric's row, `value` the
// value itself (slower); one that does not exist is ignored.
void Count(Metric metric, std::uint64_t by = 1);
void CountSeries(Metric metric, std::size_t series, std::uint64_t by = 1);
void CountSeries(Metric metric, std::string_view value, std::uint64_t by = 1);

inline void CountReplay() { Count(Metric::kIdempotentReplays); }
// `priority`: a rapport.options.v1.Priority number, the position in the row.
inline void CountShed(int priority) {
  CountSeries(Metric::kShed, static_cast<std::size_t>(priority));
}
// `rule`: a value of the row; anything else counts as "other".
void CountDenied(std::string_view rule);
// Counts a refusal that has a metric of its own: ETAG_MISMATCH, COMMIT_UNKNOWN. `reason`: the
// status's (schema::ReasonOf).
void CountReason(std::string_view reason);

// Counts events that were committed. `types`: rapport.internal.v1.EventType numbers; what is none
// of them is ignored.
void CountEvents(std::span<const int> types);

// A number that is asked for while this object lives: gauges, and counters somebody else keeps.
class Observation {
 public:
  Observation() = default;
  Observation(Observation&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
  Observation& operator=(Observation&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Observation();  // Waits for a call of `read` under way.

 private:
  friend Observation Observe(Metric, std::string_view, std::function<double()>);
  explicit Observation(std::uint64_t id) : id_(id) {}
  std::uint64_t id_ = 0;
};
// `read` runs on the thread that scrapes and must be quick; NaN leaves the series out. `value` is
// the label's value, empty for a metric without a label; one that is not in the row is a mistake of
// the program and ends it. Several observations of one series add up. `read` must not call Observe.
[[nodiscard]] Observation Observe(Metric metric, std::string_view value,
                                  std::function<double()> read);
[[nodiscard]] inline Observation Observe(Metric metric, std::function<double()> read) {
  return Observe(metric, {}, std::move(read));
}

// What a scrape would see: counted plus observed, down to a multiple of the row's step. NaN for a
// gauge nobody observes.
double Read(Metric metric, std::string_view value = {});

// Calls this process serves. `index` is dense from 0 and below 256 (above: not counted); the same
// method may have one on each listener. `full_name`:
// "rapport.notes.v1.SessionNotesService/GetNote".
void RegisterMethod(int index, std::string_view full_name, bool client_streaming,
                    bool server_streaming = false);
void CountStarted(int index);
// `code`: the gRPC code, 0 to 16; anything else counts as UNKNOWN.
void CountHandled(int index, int code, std::chrono::nanoseconds took);
// A unary call to another service that ended. `full_name` comes from code, never from a request.
void CountClientCall(std::string_view full_name, int code, std::chrono::nanoseconds took);

// Totals of one method over all threads and listeners.
struct CallTotals {
  std::string_view type, service, method;
  std::uint64_t started = 0, nanoseconds = 0;
  std::array<std::uint64_t, 17> handled{};
  std::array<std::uint64_t, kLatencyBounds.size() + 1> buckets{};  // not cumulative
};
enum class CallSide : std::uint8_t { kServer, kClient };
// Each method once, sorted by name.
void ForEachMethod(CallSide side, absl::FunctionRef<void(const CallTotals&)> see);

// The name of a gRPC code as clients print it: "OK", "InvalidArgument".
std::string_view CodeName(int code);

// Every metric: name, type, labels with their values, meaning; one line each.
std::string DescribeMetrics();

}  // namespace rapport::telemetry
