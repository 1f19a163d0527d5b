// RosterCache: rosters of now, put together once and given until the family changes.
//
// Called by GetRoster; ends with every commit that wrote one of the family's records
// (Records::Follow) and with changes of its professionals. What nobody commits, the passing of time
// over a period's edge, a copy says itself: see Holds. Rosters of other times are not in it.
// Thread-safe.
#pragma once

#include "platform/cache/entity_cache.h"
#include "platform/records/service_caches.h"

#include <rapport/intake/v1/roster.pb.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rapport::intake {

// A roster, and for which times it is right: from `as_of_us` on, before `until_us`.
struct KnownRoster {
  v1::Roster roster;
  std::int64_t as_of_us = 0, until_us = 0;

  bool Holds(std::int64_t now_us) const { return as_of_us <= now_us && now_us < until_us; }
};

struct RosterCodec {
  static std::string Encode(const KnownRoster& known);
  // Null: not such a value.
  static std::shared_ptr<const KnownRoster> Decode(std::string_view bytes);
};

class RosterCache {
 public:
  using Known = std::shared_ptr<const KnownRoster>;

  explicit RosterCache(const records::ServiceCaches& caches)
      : rosters_({.name = "intake.roster",
                  .ttl = std::chrono::seconds(60),
                  .process_entries = caches.process_entries,
                  .process_coherent = true,
                  .replicated = caches.replicated},
                 caches.shared, caches.own) {}

  // The process's copy if it holds; null otherwise. The hot path: no coroutine.
  Known Find(std::string_view agency, std::string_view family, std::int64_t now_us) {
    Known known = rosters_.Find(agency, family);
    return known != nullptr && known->Holds(now_us) ? known : nullptr;
  }
  // `load` is a callable (CallContext&) -> Task<StatusOr<cache::Loaded<KnownRoster>>>, as of
  // `now_us`.
  template <typename Load>
  Task<absl::StatusOr<Known>> GetOrLoad(CallContext& context, std::int64_t now_us, Load load) {
    const std::string& agency = context.principal->agency;
    const std::string& family = context.access.family;
    const Known old = rosters_.Find(agency, family);
    if (old != nullptr && !old->Holds(now_us)) rosters_.Forget(agency, family);
    auto known = co_await rosters_.GetOrLoad(context, agency, family, 0, load);
    if (!known.ok() || (*known)->Holds(now_us)) co_return known;
    // The shared cache still has one from before a period's edge.
    auto loaded = co_await load(context);
    if (!loaded.ok()) co_return loaded.status();
    co_return std::move(loaded->value);
  }
  // The family changed at this sequence of the agency.
  Task<> Changed(std::string agency, std::string family, std::int64_t sequence) {
    return rosters_.InvalidateAndWait(std::move(agency), std::move(family), sequence);
  }

 private:
  cache::EntityCache<KnownRoster, RosterCodec> rosters_;
};

}  // namespace rapport::intake
