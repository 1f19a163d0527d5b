// KeptFigures: figures of an agency that take a walk through all its ratings, worked out once and
// given for ten minutes, one after the other. Used by agency_reports. Thread-safe.
#pragma once

#include "platform/base/task.h"
#include "platform/base/turns.h"
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

  // `turns`: of all who hold an agency's numbers. Must outlive it.
  KeptFigures(std::string name, const records::ServiceCaches& caches, Turns& turns, AsOf as_of)
      : figures_({.name = std::move(name),
                  .ttl = kKept,
                  .process_entries = std::min(caches.process_entries, kMostEntries),
                  .replicated = caches.replicated},
                 caches.shared, caches.own),
        turns_(turns),
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
    const auto load = [this, &make](CallContext& walk) {
      return InTurn(walk, make, /*patient=*/true);
    };
    auto found = co_await figures_.GetOrLoad(context, agency, key, 0, load);
    if (!found.ok() || Holds(**found, now_us)) co_return found;
    auto made = co_await InTurn(context, make, /*patient=*/false);
    if (!made.ok()) co_return made.status();
    co_return std::move(made->value);
  }

 private:
  static constexpr std::chrono::minutes kKept{10};
  // Through all ratings: more than the cache allows a load.
  static constexpr std::chrono::seconds kLongestWalk{60};
  static constexpr std::size_t kMostEntries = 100;

  // `patient`: the time of the walk counts from its turn. CANCELLED: while it waited.
  template <typename Make>
  Task<absl::StatusOr<cache::Loaded<Message>>> InTurn(CallContext& walk, Make& make, bool patient) {
    const Turns::Turn turn = co_await turns_.Take("numbers", walk);
    if (!turn.held()) co_return absl::CancelledError("cancelled while other figures were made");
    if (patient) walk.deadline = SteadyClock::now() + kLongestWalk;
    co_return co_await make(walk);
  }

  bool Holds(const Message& figures, std::int64_t now_us) const {
    const std::int64_t age_us = now_us - as_of_(figures);
    return age_us >= 0 && age_us <= std::chrono::microseconds(kKept).count();
  }

  cache::EntityCache<Message> figures_;
  Turns& turns_;
  const AsOf as_of_;
};

}  // namespace rapport::alliance
