// EntityLevels: the logic of EntityCache, on values without a type. Only entity_cache.h uses it.
// Thread-safe.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/clock.h"
#include "platform/base/limits.h"
#include "platform/base/lru.h"
#include "platform/base/single_flight.h"
#include "platform/base/task.h"
#include "platform/cache/shared_cache.h"
#include "platform/crypto/sealer.h"

#include <absl/status/statusor.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rapport::cache {

struct EntityOptions {
  // Of the entity, and in Redis' key names: "intake.roster". The same in all services that share
  // it.
  std::string name;
  // Raised when the encoding changes, so that old and new replicas don't read each other's bytes.
  int schema = 1;
  // How long a copy is kept at all. A load that takes half of it or longer is not kept.
  std::chrono::milliseconds ttl{60'000};
  // How old a copy may be and still be given without asking; 0: as old as it is kept.
  std::chrono::milliseconds max_age{0};
  // Parsed copies in this process; 0: none.
  std::size_t process_entries = 0;
  // Every write of the entity goes through this process and is followed by Invalidate, so what this
  // process loaded itself is right however old it is, unless max_age says otherwise. Without it the
  // process's copies are as old as max_age allows and writes elsewhere show only then.
  bool process_coherent = false;
  // Other processes write it too: the process's copies are given only while Redis says what they
  // change (coherence.h), and not longer than coherent_age; process_coherent then means
  // nothing. A change elsewhere shows a moment after its writer has fenced it off, at the latest a
  // second later.
  bool replicated = false;
  std::chrono::milliseconds coherent_age = limits::kCoherentAge;
};

struct CacheSecrets {
  // The agency's sealer for this entity; null: not there, then the shared level is passed over.
  std::function<std::shared_ptr<const crypto::Sealer>(std::string_view agency)> sealer;
  // What stands for the inner id in Redis' key names: the id people see, or an HMAC.
  std::function<std::string(std::string_view agency, std::string_view id)> show;
};

// Counters since the start, for metrics.
struct EntityStats {
  std::atomic<std::uint64_t> process_hits{0}, shared_hits{0}, loads{0}, load_failures{0};
  std::atomic<std::uint64_t> waits{0};  // calls that another's load answered
};

using AnyValue = std::shared_ptr<const void>;

struct AnyLoaded {
  std::int64_t version = 0;
  AnyValue value;
};

class AnyLoader {
 public:
  virtual Task<absl::StatusOr<AnyLoaded>> Load(CallContext& context) = 0;

 protected:
  ~AnyLoader() = default;
};

struct AnyCodec {
  std::string (*encode)(const void* value);
  AnyValue (*decode)(std::string_view bytes);
};

class EntityLevels {
 public:
  EntityLevels(EntityOptions options, SharedCache& shared, CacheSecrets secrets, AnyCodec codec);

  AnyValue Find(std::string_view agency, std::string_view id, std::int64_t min_version);
  Task<absl::StatusOr<AnyValue>> GetOrLoad(CallContext& context, std::string_view agency,
                                           std::string_view id, std::int64_t min_version,
                                           AnyLoader& loader);
  Task<AnyValue> FindStale(std::string_view agency, std::string_view id);
  void Invalidate(std::string_view agency, std::string_view id, std::int64_t version);
  Task<void> InvalidateAndWait(std::string agency, std::string id, std::int64_t version);
  void Forget(std::string_view agency, std::string_view id);
  const EntityStats& stats() const { return stats_; }

 private:
  // A copy and when it was read from its source; without a value, a fence.
  struct Copy {
    std::int64_t order = 0;
    AnyValue value;
    SteadyClock::time_point read;
    bool exact = false;  // right whatever its age
    // Of replicated data: from before this process read it, here or from the shared level.
    Coherence::Mark mark{};
    SteadyClock::time_point taken{};
  };
  using CopyPointer = std::shared_ptr<const Copy>;
  // What a flight brings: at least a status; a copy when it may be shared on.
  using Landing = absl::StatusOr<Copy>;
  using Flights = SingleFlight<Landing>;
  // Where an entity is, at both levels.
  struct Place {
    std::string_view agency, id;
    std::string key;
  };

  static Place PlaceOf(std::string_view agency, std::string_view id);
  std::string SharedKey(const Place& place) const;
  // Of replicated data that the shared level may have; otherwise none.
  Coherence::Mark MarkOf(const Place& place) const;
  // Of a copy of the process.
  bool Usable(const Copy& copy, std::chrono::milliseconds longest) const;
  CopyPointer Known(const Place& place);
  AnyValue Fresh(const Place& place, std::int64_t min_version);

  Task<absl::StatusOr<AnyValue>> Lead(CallContext& context, const Place& place, Flights::Seat seat,
                                      std::int64_t min_version, AnyLoader& loader);
  Task<Landing> LoadAlone(CallContext& context, AnyLoader& loader);
  bool Land(const Place& place, Flights::Seat& seat, const Copy& copy);
  void KeepLocked(const Place& place, const Copy& copy);
  void DropLocked(const Place& place, std::int64_t version);

  std::optional<Copy> Open(const crypto::Sealer& sealer, std::string_view shared_key,
                           const SharedCache::Hit& hit, std::chrono::milliseconds longest);
  void Share(const crypto::Sealer& sealer, std::string shared_key, const Copy& copy);

  const EntityOptions options_;
  const std::string prefix_;
  const std::chrono::milliseconds max_age_;
  SharedCache& shared_;
  const CacheSecrets secrets_;
  const AnyCodec codec_;
  Flights flights_;
  LruCache<Copy> copies_;
  EntityStats stats_;
};

}  // namespace rapport::cache
