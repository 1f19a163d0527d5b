#include "platform/runtime/telemetry/metrics.h"

#include "platform/base/strings.h"
#include "platform/runtime/telemetry/shard.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <vector>

namespace rapport::telemetry {
namespace {

using internal::kOffsets;

std::size_t Index(Metric metric) { return static_cast<std::size_t>(metric); }

// The position of `value` among the row's; series() when it has no such value.
std::size_t SeriesOf(const MetricRow& row, std::string_view value) {
  if (row.label.empty()) return value.empty() ? 0 : row.series();
  const auto* end = row.values.begin() + row.series();
  return static_cast<std::size_t>(std::find(row.values.begin(), end, value) - row.values.begin());
}

struct Reader {
  std::uint64_t id;
  std::size_t slot;
  std::function<double()> read;
};

struct Readers {
  std::mutex mutex;
  std::uint64_t last_id = 0;
  std::vector<Reader> all;
};

Readers& TheReaders() {
  static auto* const readers = new Readers;
  return *readers;
}

}  // namespace

void CountSeries(Metric metric, std::size_t series, std::uint64_t by) {
  const std::size_t slot = kOffsets[Index(metric)] + series;
  if (slot < kOffsets[Index(metric) + 1]) internal::ThisThread().own[slot].Add(by);
}

void CountSeries(Metric metric, std::string_view value, std::uint64_t by) {
  CountSeries(metric, SeriesOf(RowOf(metric), value), by);
}

void Count(Metric metric, std::uint64_t by) { CountSeries(metric, std::size_t{0}, by); }

void CountDenied(std::string_view rule) {
  const MetricRow& row = RowOf(Metric::kAuthzDenied);
  CountSeries(Metric::kAuthzDenied, std::min(SeriesOf(row, rule), row.series() - 1));
}

void CountReason(std::string_view reason) {
  if (reason == "ETAG_MISMATCH") Count(Metric::kEtagConflicts);
  if (reason == "COMMIT_UNKNOWN") Count(Metric::kCommitUnknown);
}

void CountEvents(std::span<const int> types) {
  // In the order of the row.
  static constexpr std::array kTypes = {101, 102, 103, 104, 105, 106, 107, 108,
                                        201, 202, 203, 301, 302, 401, 402, 403};
  static_assert(kTypes.size() == RowOf(Metric::kEvents).series());
  for (const int type : types) {
    CountSeries(Metric::kEvents,
                static_cast<std::size_t>(std::ranges::find(kTypes, type) - kTypes.begin()));
  }
}

Observation Observe(Metric metric, std::string_view value, std::function<double()> read) {
  const MetricRow& row = RowOf(metric);
  const std::size_t series = SeriesOf(row, value);
  if (series == row.series()) std::abort();
  Readers& readers = TheReaders();
  std::lock_guard lock(readers.mutex);
  readers.all.push_back({++readers.last_id, kOffsets[Index(metric)] + series, std::move(read)});
  return Observation(readers.last_id);
}

Observation::~Observation() {
  if (id_ == 0) return;
  Readers& readers = TheReaders();
  std::lock_guard lock(readers.mutex);
  std::erase_if(readers.all, [&](const Reader& reader) { return reader.id == id_; });
}

double Read(Metric metric, std::string_view value) {
  const MetricRow& row = RowOf(metric);
  const std::size_t series = SeriesOf(row, value);
  if (series == row.series()) return std::numeric_limits<double>::quiet_NaN();
  const std::size_t slot = kOffsets[Index(metric)] + series;
  std::uint64_t counted = 0;
  internal::ForEachShard([&](const internal::Shard& shard) { counted += shard.own[slot].value(); });
  bool observed = false;
  double sum = static_cast<double>(counted);
  Readers& readers = TheReaders();
  std::lock_guard lock(readers.mutex);
  for (const Reader& reader : readers.all) {
    if (reader.slot != slot) continue;
    observed = true;
    sum += reader.read();
  }
  if (!observed && row.type != MetricType::kCounter) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return row.step == 1 ? sum : std::floor(sum / row.step) * row.step;
}

std::string DescribeMetrics() {
  static constexpr std::string_view kTypes[] = {"counter", "gauge", "histogram"};
  std::string text;
  const auto line = [&](std::string_view name, std::string_view type, std::string_view labels,
                        std::string_view help) {
    text += Concat({name, " ", type, " {", labels, "} ", help, "\n"});
  };
  for (const CallMetricNames& names : {kServerCalls, kClientCalls}) {
    line(names.started, "counter", "grpc_type,grpc_service,grpc_method", "Calls started.");
    line(names.handled, "counter", "grpc_type,grpc_service,grpc_method,grpc_code",
         "Calls ended, by code.");
    line(names.seconds, "histogram", "grpc_type,grpc_service,grpc_method",
         "Time from a call's arrival to its answer.");
  }
  line(kBuildInfo, "gauge", "version,revision,compiler", "Always 1; what is running.");
  for (const MetricRow& row : kMetrics) {
    std::string labels(row.label);
    for (std::size_t i = 0; !row.label.empty() && i < row.series(); ++i) {
      labels += Concat({i == 0 ? "=" : "|", row.values[i]});
    }
    line(row.name, kTypes[static_cast<std::size_t>(row.type)], labels, row.help);
  }
  return text;
}

}  // namespace rapport::telemetry
