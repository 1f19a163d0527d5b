// KeptFigures: figures of an agency that take a walk through all its ratings, worked out once and
// given for ten minutes. Used by agency_reports. Thread-safe.
#pragma once

#include "platform/cache/entity_cache.h"
#include "platform/records/service_caches.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace rapport::alliance {

// `as_of(message)`: the domain time it was worked out at, microseconds.
template <typename Message>
class KeptFigures {
 public:
  using Figures = std::shared_ptr<const Message>;
  using AsOf = std::int64_t (*)(const Message&);

  KeptFigures(std::string name, const records::ServiceCaches& caches, AsOf as_of)
      : figures_({.name = std::move(name),
                  .ttl = kKept,
                  .process_entries = std::min(caches.process_entries, kMostEntries),
                  .replicated = caches.replicated},
                 caches.shared, caches.own),
        as_of_(as_of) {}

  // `make` is a callable (CallContext&) -> Task<StatusOr<cache::Loaded<Message>>>. Time passes by
  // the domain's clock: figures that are too old by it are made again, for this caller alone while
  // the shared cache has the old ones.
  template <typename Make>
  Task<absl::StatusOr<Figures>> GetOrMake(CallContext& context, std::string key,
                                          std::int64_t now_us, Make make) {
    const std::string& agency = context.principal->agency;
    const Figures old = figures_.Find(agency, key);
    if (old != nullptr && !Holds(*old, now_us)) figures_.Forget(agency, key);
    const auto load = [&make](CallContext& walk) {
      walk.deadline = SteadyClock::now() + kLongestWalk;
      return make(walk);
    };
    auto found = co_await figures_.GetOrLoad(context, agency, key, 0, load);
    if (!found.ok() || Holds(**found, now_us)) co_return found;
    auto made = co_await make(context);
    if (!made.ok()) co_return made.status();
    co_return std::move(made->value);
  }

 private:
  static constexpr std::chrono::minutes kKept{10};
  // Through all ratings: more than the cache allows a load.
  static constexpr std::chrono::seconds kLongestWalk{60};
  static constexpr std::size_t kMostEntries = 100;

  bool Holds(const Message& figures, std::int64_t now_us) const {
    const std::int64_t age_us = now_us - as_of_(figures);
    return age_us >= 0 && age_us <= std::chrono::microseconds(kKept).count();
  }

  cache::EntityCache<Message> figures_;
  const AsOf as_of_;
};

}  // namespace rapport::alliance
