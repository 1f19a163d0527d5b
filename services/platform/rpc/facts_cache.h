// FactsCache: access facts that were loaded not long ago, in this process and in the shared cache.
//
// Intake fills and fences it; the other services fill it with what intake told them. A copy is
// given for limits::kFactsFresh, and kept limits::kFactsStale for when intake can't be reached.
// Thread-safe.
#pragma once

#include "platform/base/limits.h"
#include "platform/cache/entity_cache.h"
#include "platform/records/service_caches.h"
#include "platform/rpc/facts_codec.h"
#include "platform/rpc/facts_source.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace rapport::rpc {

struct FactsCodec {
  static std::string Encode(const AccessFacts& facts) {
    return ToMessage(facts).SerializeAsString();
  }
  static std::shared_ptr<const AccessFacts> Decode(std::string_view bytes) {
    internal::v1::AccessFacts message;
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return nullptr;
    return std::make_shared<const AccessFacts>(FromMessage(message));
  }
};

class FactsCache {
 public:
  using Facts = FactsSource::Facts;

  explicit FactsCache(const records::ServiceCaches& caches)
      : cache_({.name = "intake.access_facts",
                .ttl = limits::kFactsStale,
                .max_age = limits::kFactsFresh,
                .process_entries = caches.process_entries,
                .replicated = caches.replicated},
               caches.shared, caches.suite) {}

  Facts Find(std::string_view agency, std::string_view family) {
    return cache_.Find(agency, family);
  }
  // `load`: (CallContext&) -> Task<StatusOr<Facts>>, null for no such family.
  template <typename Load>
  Task<absl::StatusOr<Facts>> GetOrLoad(CallContext& context, std::string_view agency,
                                        std::string_view family, Load load) {
    const auto loader = [&load](CallContext& call) { return Loaded(call, load); };
    co_return co_await cache_.GetOrLoad(context, agency, family, 0, loader);
  }
  // Up to limits::kFactsStale old; null: none.
  Task<Facts> FindStale(std::string_view agency, std::string_view family) {
    co_return co_await cache_.FindStale(agency, family);
  }
  // Intake committed a change of the family's facts, at this sequence of the agency.
  void Changed(std::string_view agency, std::string_view family, std::int64_t sequence) {
    cache_.Invalidate(agency, family, sequence);
  }
  // Somebody else did, at a sequence that is not known here: this process's copy goes.
  void Forget(std::string_view agency, std::string_view family) { cache_.Forget(agency, family); }

 private:
  template <typename Load>
  static Task<absl::StatusOr<cache::Loaded<AccessFacts>>> Loaded(CallContext& call, Load& load) {
    absl::StatusOr<Facts> facts = co_await load(call);
    if (!facts.ok()) co_return facts.status();
    const std::int64_t version = *facts ? (*facts)->version : 0;
    co_return cache::Loaded<AccessFacts>{version, *std::move(facts)};
  }

  cache::EntityCache<AccessFacts, FactsCodec> cache_;
};

}  // namespace rapport::rpc
