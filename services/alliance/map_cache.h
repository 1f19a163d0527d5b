// MapCache: alliance maps as professionals see them, built once and given many times.
//
// Called by GetAllianceMap; the process tells it of every commit (Records::Follow), so a map is
// never older than what was committed before the question. What nobody commits, the passing of time
// and the family's people (which intake keeps), a copy says itself: see Holds. Members' maps and
// maps of past times are not in it. Thread-safe.
#pragma once

#include "platform/base/access_facts.h"
#include "platform/cache/entity_cache.h"
#include "platform/records/service_caches.h"

#include <rapport/alliance/v1/alliance_map.pb.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace rapport::alliance {

// One map with what it rests on.
struct BuiltMap {
  // A GetAllianceMapResponse.
  std::string response;
  std::int64_t file_version = 0;  // FamilyFile::version
  std::int64_t as_of_us = 0;
  // Whom it was built for: the people are its rows and columns.
  std::shared_ptr<const AccessFacts> facts;

  // Whether it may be given at `now_us` to somebody with these facts.
  bool Holds(const std::shared_ptr<const AccessFacts>& current, std::int64_t now_us) const;
};

struct MapCodec {
  static std::string Encode(const BuiltMap& map);
  static std::shared_ptr<const BuiltMap> Decode(std::string_view bytes);
};

class MapCache {
 public:
  using Map = std::shared_ptr<const BuiltMap>;
  // How old a map may be by the domain's clock: so late shows what no change announces, a
  // membership that was entered ahead of its first day.
  static constexpr std::chrono::microseconds kFresh = std::chrono::seconds(60);

  explicit MapCache(const records::ServiceCaches& caches)
      : maps_({.name = "alliance.map",
               .ttl = std::chrono::seconds(60),
               .process_entries = caches.process_entries,
               .process_coherent = true,
               .replicated = caches.replicated},
              caches.shared, caches.own) {}

  // The process's copy if it holds; null otherwise. The hot path: no coroutine.
  Map Find(std::string_view agency, std::string_view family,
           const std::shared_ptr<const AccessFacts>& facts, std::int64_t now_us) {
    Map map = maps_.Find(agency, family);
    return map != nullptr && map->Holds(facts, now_us) ? map : nullptr;
  }
  // `build` is a callable (CallContext&) -> Task<StatusOr<cache::Loaded<BuiltMap>>>. A map that
  // does not hold is built again, for this caller alone when the shared cache still has the old
  // one.
  template <typename Build>
  Task<absl::StatusOr<Map>> GetOrBuild(CallContext& context, std::int64_t now_us, Build build) {
    const std::string& agency = context.principal->agency;
    const std::string& family = context.access.family;
    const Map old = maps_.Find(agency, family);
    if (old != nullptr && !old->Holds(context.access.facts, now_us)) maps_.Forget(agency, family);
    auto map = co_await maps_.GetOrLoad(context, agency, family, 0, build);
    if (!map.ok() || (*map)->Holds(context.access.facts, now_us)) co_return map;
    auto built = co_await build(context);
    if (!built.ok()) co_return built.status();
    co_return std::move(built->value);
  }
  // The family changed at this sequence of the agency.
  Task<> Changed(std::string agency, std::string family, std::int64_t sequence) {
    return maps_.InvalidateAndWait(std::move(agency), std::move(family), sequence);
  }

 private:
  cache::EntityCache<BuiltMap, MapCodec> maps_;
};

}  // namespace rapport::alliance
