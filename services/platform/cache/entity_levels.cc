#include "platform/cache/entity_levels.h"

#include "platform/base/limits.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/runtime/telemetry/spans.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>
#include <utility>

namespace rapport::cache {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::int64_t ValueOrder(std::int64_t version) { return 2 * version + 1; }
constexpr std::int64_t FenceOrder(std::int64_t version) { return 2 * version; }
// Of both. Bounds from callers are compared as versions: they may be any number.
constexpr std::int64_t VersionOf(std::int64_t order) { return order / 2; }

// A sealed value begins with when it was read, microseconds of the machine's clock, big endian.
constexpr std::size_t kReadBytes = sizeof(std::int64_t);
static_assert(std::endian::native == std::endian::little);

std::string ReadBytes(std::int64_t read_us) {
  const std::uint64_t big = __builtin_bswap64(static_cast<std::uint64_t>(read_us));
  std::string bytes(kReadBytes, '\0');
  std::memcpy(bytes.data(), &big, kReadBytes);
  return bytes;
}

std::int64_t ReadMicros(std::string_view bytes) {
  std::uint64_t big;
  std::memcpy(&big, bytes.data(), kReadBytes);
  return static_cast<std::int64_t>(__builtin_bswap64(big));
}

std::string IdentityOf(std::string_view shared_key, std::int64_t order) {
  return crypto::Identity({shared_key, std::to_string(order)});
}

// Entries that were filled together don't end together. Never longer than `ttl`.
milliseconds Shortened(milliseconds ttl) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_real_distribution<double> part(0.8, 1.0);
  return std::max(duration_cast<milliseconds>(ttl * part(random)), milliseconds(1));
}

// Somebody listened all the time from one mark to the other, and listens now.
bool HeardOfChange(const Coherence& coherence, const Coherence::Mark& then,
                   const Coherence::Mark& now) {
  return coherence.listening(SteadyClock::now()) && then.span != 0 && then.span == now.span &&
         !then.SameAs(now);
}

absl::Status Ended(const CallContext& context) {
  return context.cancelled() ? absl::CancelledError("the call ended while it waited for a load")
                             : absl::DeadlineExceededError("no time left to wait for a load");
}

// The context of a load: for whoever `call` is, but not ended by its cancellation or deadline.
void ContinueFor(const CallContext& call, CallContext& load) {
  load.trace = call.trace;
  load.method = call.method;
  load.principal = call.principal;
  load.bearer = call.bearer;
  load.peer = call.peer;
  load.access = call.access;
  load.arrived = SteadyClock::now();
  load.deadline = load.arrived + limits::kCacheLoad;
}

}  // namespace

EntityLevels::EntityLevels(EntityOptions options, SharedCache& shared, CacheSecrets secrets,
                           AnyCodec codec)
    : options_(std::move(options)),
      prefix_(Concat({"rapport/", options_.name, "/", std::to_string(options_.schema), "/"})),
      max_age_(options_.max_age.count() > 0 ? std::min(options_.max_age, options_.ttl)
                                            : options_.ttl),
      shared_(shared),
      secrets_(std::move(secrets)),
      codec_(codec),
      copies_(options_.process_entries) {}

EntityLevels::Place EntityLevels::PlaceOf(std::string_view agency, std::string_view id) {
  return {agency, id, Concat({agency, "/", id})};
}

std::string EntityLevels::SharedKey(const Place& place) const {
  return Concat({prefix_, place.agency, "/", secrets_.show(place.agency, place.id)});
}

Coherence::Mark EntityLevels::MarkOf(const Place& place) const {
  if (!options_.replicated || !secrets_.sealer(place.agency)) return {};
  return shared_.coherence().Now(SharedKey(place));
}

bool EntityLevels::Usable(const Copy& copy, milliseconds longest) const {
  if (copy.exact && options_.max_age.count() == 0) return true;
  const auto now = SteadyClock::now();
  if (!options_.replicated) return now - copy.read <= longest;
  return now - copy.read <= longest && now - copy.taken <= options_.coherent_age &&
         shared_.coherence().Holds(copy.mark, now);
}

EntityLevels::CopyPointer EntityLevels::Known(const Place& place) {
  return options_.process_entries > 0 ? copies_.Find(place.key) : nullptr;
}

AnyValue EntityLevels::Fresh(const Place& place, std::int64_t min_version) {
  const CopyPointer copy = Known(place);
  if (!copy || !copy->value || VersionOf(copy->order) < min_version || !Usable(*copy, max_age_)) {
    return nullptr;
  }
  ++stats_.process_hits;
  return copy->value;
}

AnyValue EntityLevels::Find(std::string_view agency, std::string_view id,
                            std::int64_t min_version) {
  if (options_.process_entries == 0) return nullptr;
  return Fresh(PlaceOf(agency, id), min_version);
}

Task<absl::StatusOr<AnyValue>> EntityLevels::GetOrLoad(CallContext& context,
                                                       std::string_view agency, std::string_view id,
                                                       std::int64_t min_version,
                                                       AnyLoader& loader) {
  const Place place = PlaceOf(agency, id);
  for (;;) {
    if (AnyValue fresh = Fresh(place, min_version)) co_return fresh;
    const Coherence::Mark asked = MarkOf(place);
    Flights::Seat seat = flights_.Join(place.key);
    if (seat.leads()) {
      co_return co_await Lead(context, place, std::move(seat), min_version, loader);
    }
    const std::optional<Landing> landing = co_await seat.Wait(context);
    if (!landing) {
      if (context.Expired()) co_return Ended(context);
      continue;  // The leader landed with nothing.
    }
    CO_RETURN_IF_ERROR(landing->status());
    // A flight that began before the caller's own write may bring less than it asks for, and one
    // that began before a change of others, what was heard of before the caller came.
    if (VersionOf((*landing)->order) < min_version || !(*landing)->mark.SameAs(asked)) continue;
    ++stats_.waits;
    co_return (*landing)->value;
  }
}

Task<absl::StatusOr<AnyValue>> EntityLevels::Lead(CallContext& context, const Place& place,
                                                  Flights::Seat seat, std::int64_t min_version,
                                                  AnyLoader& loader) {
  const CopyPointer known = Known(place);
  if (known && known->value && VersionOf(known->order) >= min_version &&
      Usable(*known, max_age_)) {  // Another flight landed between the look and the start.
    Land(place, seat, *known);
    co_return known->value;
  }
  const auto sealer = secrets_.sealer(place.agency);
  std::string shared_key;
  const auto taken = SteadyClock::now();
  Coherence::Mark mark;
  if (sealer) {
    shared_key = SharedKey(place);
    if (options_.replicated) mark = shared_.coherence().Now(shared_key);
    telemetry::Piece piece(context.trace, "cache.get", telemetry::SpanKind::kClient);
    const auto hit = co_await shared_.Get(shared_key);
    if (hit) piece.Sizes(-1, static_cast<std::int64_t>(hit->value.size()));
    piece.End(0);
    if (hit) {
      auto copy = Open(*sealer, shared_key, *hit, max_age_);
      // Not older than what this process saw or wrote: a fence may have been lost on its way.
      if (copy && VersionOf(copy->order) >= min_version &&
          (!known || copy->order >= known->order)) {
        ++stats_.shared_hits;
        copy->mark = mark;
        copy->taken = taken;
        Land(place, seat, *copy);
        co_return copy->value;
      }
    }
  }
  Landing loaded = co_await LoadAlone(context, loader);
  if (!loaded.ok()) {
    seat.Land(loaded.status(), [] {});
    co_return loaded.status();
  }
  loaded->mark = mark;
  loaded->taken = taken;
  // A load that an invalidation overtook fills nothing.
  if (Land(place, seat, *loaded) && sealer) Share(*sealer, std::move(shared_key), *loaded);
  co_return loaded->value;
}

Task<EntityLevels::Landing> EntityLevels::LoadAlone(CallContext& context, AnyLoader& loader) {
  ++stats_.loads;
  CallContext load;
  ContinueFor(context, load);
  auto loaded = co_await loader.Load(load);
  if (!loaded.ok()) {
    ++stats_.load_failures;
    co_return loaded.status();
  }
  co_return Copy{.order = ValueOrder(loaded->version),
                 .value = std::move(loaded->value),
                 .read = load.arrived,
                 .exact = options_.process_coherent && !options_.replicated};
}

Task<AnyValue> EntityLevels::FindStale(std::string_view agency, std::string_view id) {
  const Place place = PlaceOf(agency, id);
  const CopyPointer known = Known(place);
  // Of replicated data by its age, though nobody says whether it holds; not where somebody said
  // that it changed, which a fill does too: then the shared level knows more.
  const auto oldest = SteadyClock::now() - options_.ttl;
  if (known && known->value && !HeardOfChange(shared_.coherence(), known->mark, MarkOf(place)) &&
      (known->read >= oldest || Usable(*known, options_.ttl))) {
    co_return known->value;
  }
  const auto sealer = secrets_.sealer(agency);
  if (!sealer) co_return nullptr;
  const std::string shared_key = SharedKey(place);
  const auto hit = co_await shared_.Get(shared_key);
  if (!hit) co_return nullptr;
  const auto copy = Open(*sealer, shared_key, *hit, options_.ttl);
  if (!copy || (known && copy->order < known->order)) co_return nullptr;
  co_return copy->value;
}

void EntityLevels::Invalidate(std::string_view agency, std::string_view id, std::int64_t version) {
  const Place place = PlaceOf(agency, id);
  flights_.Forget(place.key, [&] { DropLocked(place, version); });
  shared_.FenceSoon(SharedKey(place), FenceOrder(version), options_.ttl);
}

Task<void> EntityLevels::InvalidateAndWait(std::string agency, std::string id,
                                           std::int64_t version) {
  const Place place = PlaceOf(agency, id);
  flights_.Forget(place.key, [&] { DropLocked(place, version); });
  const std::string shared_key = SharedKey(place);
  co_await shared_.Fence(shared_key, FenceOrder(version), options_.ttl);
}

void EntityLevels::Forget(std::string_view agency, std::string_view id) {
  const Place place = PlaceOf(agency, id);
  flights_.Forget(place.key, [&] { copies_.Erase(place.key); });
}

bool EntityLevels::Land(const Place& place, Flights::Seat& seat, const Copy& copy) {
  return seat.Land(copy, [&] { KeepLocked(place, copy); });
}

void EntityLevels::KeepLocked(const Place& place, const Copy& copy) {
  if (options_.process_entries == 0 || !copy.value) return;
  // Could never be given but as a stale one, where such are asked for.
  if (options_.replicated && copy.mark.span == 0 && max_age_ == options_.ttl) return;
  const CopyPointer known = copies_.Find(place.key);
  if (known && known->order > copy.order) return;
  copies_.Put(place.key, std::make_shared<const Copy>(copy));
}

// Leaves a fence instead of nothing, so that an older value from the shared level is not taken.
void EntityLevels::DropLocked(const Place& place, std::int64_t version) {
  if (options_.process_entries == 0) return;
  const CopyPointer known = copies_.Find(place.key);
  if (known && known->order >= FenceOrder(version)) return;
  copies_.Put(place.key, std::make_shared<const Copy>(Copy{.order = FenceOrder(version),
                                                           .value = nullptr,
                                                           .read = SteadyClock::now(),
                                                           .exact = false}));
}

std::optional<EntityLevels::Copy> EntityLevels::Open(const crypto::Sealer& sealer,
                                                     std::string_view shared_key,
                                                     const SharedCache::Hit& hit,
                                                     milliseconds longest) {
  const auto opened = sealer.Open(IdentityOf(shared_key, hit.order), hit.value);
  if (!opened.ok()) {
    ++shared_.stats().decrypt_failures;
    // Sealed under another key it may be ours of yesterday. Otherwise it is somebody else's reply.
    const auto key_id = crypto::SealedKeyId(hit.value);
    if (!key_id || *key_id == sealer.key_id()) shared_.Distrust();
    return std::nullopt;
  }
  if (opened->size() < kReadBytes) return std::nullopt;
  // A clock that is ahead elsewhere must not make values last for ever.
  const microseconds age(RealMicros() - ReadMicros(*opened));
  if (age > longest || age < -longest) return std::nullopt;
  AnyValue value = codec_.decode(std::string_view(*opened).substr(kReadBytes));
  if (!value) return std::nullopt;
  return Copy{.order = hit.order,
              .value = std::move(value),
              .read = SteadyClock::now() - std::max(age, microseconds(0)),
              .exact = false};
}

void EntityLevels::Share(const crypto::Sealer& sealer, std::string shared_key, const Copy& copy) {
  const auto took = SteadyClock::now() - copy.read;
  // A fence must outlast every fill that began before it.
  if (!copy.value || 2 * took >= options_.ttl) return;
  if (sealer.seals() >= crypto::Sealer::kMostSeals) return;
  const std::int64_t read_us = RealMicros() - duration_cast<microseconds>(took).count();
  const std::string plain = Concat({ReadBytes(read_us), codec_.encode(copy.value.get())});
  if (plain.size() > limits::kCacheValueBytes) return;
  std::string sealed = sealer.Seal(IdentityOf(shared_key, copy.order), plain);
  shared_.PutSoon(std::move(shared_key), copy.order, std::move(sealed), Shortened(options_.ttl));
}

}  // namespace rapport::cache
