#include "cli/service_config.h"

#include "cli/methods.h"
#include "platform/base/strings.h"
#include "platform/schema/method_table.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <vector>

namespace rapport::cli {
namespace {

using Json = nlohmann::ordered_json;

// Beyond what the service itself takes at most: a connection that has to be made first, and what is
// sent again.
constexpr std::chrono::seconds kOnTheWay{5};

// What a client does about a method.
struct Handling {
  bool again = false;
  std::chrono::milliseconds timeout{0};  // 0: none, it is a stream
  friend auto operator<=>(const Handling&, const Handling&) = default;
};

Handling HandlingOf(const google::protobuf::MethodDescriptor& method) {
  const auto policy = schema::PolicyOf(&method);
  Handling handling;
  if (!policy.ok()) return handling;
  const bool stream = method.client_streaming() || method.server_streaming();
  handling.again = !method.client_streaming() &&
                   (policy->effect == options::v1::EFFECT_READ || policy->has_request_id);
  if (!stream) handling.timeout = policy->deadline + kOnTheWay;
  return handling;
}

Json Entry(const Handling& handling, Json names) {
  Json entry = {{"name", std::move(names)}};
  if (handling.timeout.count() > 0) {
    entry["timeout"] = Concat({std::to_string(handling.timeout.count() / 1'000), "s"});
  }
  if (handling.again) {
    entry["retryPolicy"] = {{"maxAttempts", 3},
                            {"initialBackoff", "0.1s"},
                            {"maxBackoff", "1s"},
                            {"backoffMultiplier", 2},
                            {"retryableStatusCodes", {"UNAVAILABLE"}}};
  }
  return entry;
}

std::vector<const google::protobuf::ServiceDescriptor*> Services() {
  auto services = PublicServices();
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const char* every : {"rapport.audit.v1.AuditService", "rapport.changes.v1.ChangesService"}) {
    if (const auto* service = pool->FindServiceByName(every)) services.push_back(service);
  }
  return services;
}

}  // namespace

std::string ServiceConfig() {
  std::map<Handling, Json> names;
  Json services = Json::array();
  for (const auto* service : Services()) {
    services.push_back({{"service", service->full_name()}});
    for (int i = 0; i < service->method_count(); ++i) {
      const auto& method = *service->method(i);
      if (IsForServices(method)) continue;
      names[HandlingOf(method)].push_back(
          {{"service", service->full_name()}, {"method", method.name()}});
    }
  }
  // What holds for most is said once, of whole services; a method's own entry goes before it.
  auto most = names.begin();
  for (auto one = names.begin(); one != names.end(); ++one) {
    if (one->second.size() > most->second.size()) most = one;
  }
  Json entries = Json::array({Entry(most->first, services)});
  for (const auto& [handling, of_methods] : names) {
    if (handling != most->first) entries.push_back(Entry(handling, of_methods));
  }
  const Json config = {{"loadBalancingConfig", Json::array({{{"round_robin", Json::object()}}})},
                       {"methodConfig", std::move(entries)},
                       {"retryThrottling", {{"maxTokens", 100}, {"tokenRatio", 0.1}}}};
  return config.dump(2) + "\n";
}

}  // namespace rapport::cli
