// MonitorCache: family monitors of families that something has just happened in, so that a rating
// costs the arithmetic of its session and not that of the whole history.
//
// Called by the event handler. Keeps, for each family, what was known after all sessions but the
// last, with a digest of what they told: where the digest is no longer that of the history (a late
// or corrected rating, a form that expired), the monitor is built from the first session again.
// So the answer is always the one that the whole history gives, to the last bit. In memory only and
// bounded; nothing is lost with it. Thread-safe.
#pragma once

#include "alliance/signals/family_monitor.h"
#include "platform/base/lru.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace rapport::alliance {

class MonitorCache {
 public:
  // About 0.3 MiB a family of four with one helper.
  static constexpr std::size_t kFamilies = 128;

  // What the monitor says after the last session of `history`, which is not empty.
  std::vector<Assessment> Assess(std::string_view agency, std::string_view family,
                                 const MonitorParameters& parameters,
                                 std::span<const SessionFacts> history);
  // The family was erased.
  void Forget(std::string_view agency, std::string_view family);

 private:
  struct Known {
    FamilyMonitor monitor;
    std::uint64_t digest = 0;
  };
  LruCache<Known> known_{kFamilies};
};

// Of everything in `facts` and of what came before it.
std::uint64_t DigestOf(const SessionFacts& facts, std::uint64_t before);

}  // namespace rapport::alliance
