#include "platform/base/strings.h"
#include "platform/runtime/telemetry/metrics.h"
#include "platform/runtime/telemetry/shard.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>

namespace rapport::telemetry {
namespace {

using internal::CallCells;
using internal::kCodes;
using internal::kMostMethods;
using internal::Shard;

constexpr std::size_t kUnknownCode = 2;

struct MethodName {
  std::string full_name;
  std::string_view type;
};

struct Registry {
  std::mutex mutex;
  std::array<MethodName, kMostMethods> server, client;
  std::size_t clients = 0;
};

Registry& TheRegistry() {
  static auto* const registry = new Registry;
  return *registry;
}

std::string_view TypeOf(bool client_streaming, bool server_streaming) {
  if (client_streaming) return server_streaming ? "bidi_stream" : "client_stream";
  return server_streaming ? "server_stream" : "unary";
}

void Record(CallCells& cells, int code, std::chrono::nanoseconds took) {
  const auto known = static_cast<std::size_t>(code);
  cells.handled[known < kCodes ? known : kUnknownCode].Add();
  const std::int64_t nanoseconds = std::max<std::int64_t>(took.count(), 0);
  std::size_t bucket = 0;  // Most calls end in the first few: a plain search is the fast one.
  while (bucket < kLatencyBounds.size() && nanoseconds > kLatencyBounds[bucket]) ++bucket;
  cells.buckets[bucket].Add();
  cells.nanoseconds.Add(static_cast<std::uint64_t>(nanoseconds));
}

// The index of a method this process calls; kMostMethods when there are too many.
std::size_t ClientIndex(std::string_view full_name) {
  thread_local absl::flat_hash_map<std::string, std::size_t> known;
  if (const auto found = known.find(Absl(full_name)); found != known.end()) return found->second;
  Registry& registry = TheRegistry();
  std::lock_guard lock(registry.mutex);
  std::size_t index = 0;
  while (index < registry.clients && registry.client[index].full_name != full_name) ++index;
  if (index == kMostMethods) return index;
  if (index == registry.clients) {
    registry.client[index] = {std::string(full_name), TypeOf(false, false)};
    ++registry.clients;
  }
  known.emplace(full_name, index);
  return index;
}

void Sum(const CallCells& cells, CallTotals& totals) {
  totals.started += cells.started.value();
  totals.nanoseconds += cells.nanoseconds.value();
  for (std::size_t i = 0; i < kCodes; ++i) totals.handled[i] += cells.handled[i].value();
  for (std::size_t i = 0; i < totals.buckets.size(); ++i) {
    totals.buckets[i] += cells.buckets[i].value();
  }
}

}  // namespace

void RegisterMethod(int index, std::string_view full_name, bool client_streaming,
                    bool server_streaming) {
  if (index < 0 || static_cast<std::size_t>(index) >= kMostMethods) return;
  Registry& registry = TheRegistry();
  std::lock_guard lock(registry.mutex);
  registry.server[static_cast<std::size_t>(index)] = {std::string(full_name),
                                                      TypeOf(client_streaming, server_streaming)};
}

void CountStarted(int index) {
  const auto method = static_cast<std::size_t>(index);
  if (method < kMostMethods) Shard::At(internal::ThisThread().server, method).started.Add();
}

void CountHandled(int index, int code, std::chrono::nanoseconds took) {
  const auto method = static_cast<std::size_t>(index);
  if (method < kMostMethods) Record(Shard::At(internal::ThisThread().server, method), code, took);
}

void CountClientCall(std::string_view full_name, int code, std::chrono::nanoseconds took) {
  const std::size_t method = ClientIndex(full_name);
  if (method == kMostMethods) return;
  CallCells& cells = Shard::At(internal::ThisThread().client, method);
  cells.started.Add();
  Record(cells, code, took);
}

void ForEachMethod(CallSide side, absl::FunctionRef<void(const CallTotals&)> see) {
  Registry& registry = TheRegistry();
  std::lock_guard lock(registry.mutex);
  const auto& names = side == CallSide::kServer ? registry.server : registry.client;
  std::map<std::string_view, CallTotals> by_name;  // One method may be on two listeners.
  for (std::size_t i = 0; i < kMostMethods; ++i) {
    const std::string_view name = names[i].full_name;
    if (name.empty()) continue;
    CallTotals& totals = by_name[name];
    const std::size_t slash = std::min(name.find('/'), name.size());
    totals.type = names[i].type;
    totals.service = name.substr(0, slash);
    totals.method = name.substr(std::min(slash + 1, name.size()));
    internal::ForEachShard([&](const Shard& shard) {
      const auto& methods = side == CallSide::kServer ? shard.server : shard.client;
      const CallCells* cells = methods[i].load(std::memory_order_acquire);
      if (cells != nullptr) Sum(*cells, totals);
    });
  }
  for (const auto& [name, totals] : by_name) see(totals);
}

std::string_view CodeName(int code) {
  static constexpr std::array<std::string_view, kCodes> kNames = {
      "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
      "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
      "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
      "DataLoss", "Unauthenticated"};
  const auto known = static_cast<std::size_t>(code);
  return kNames[known < kCodes ? known : kUnknownCode];
}

}  // namespace rapport::telemetry
