// EntityCache: what services use to read an entity often and load it seldom.
//
// Three steps: this process's own copies (optional, parsed), the shared cache (sealed bytes), the
// loader; the last two in single flight. The shared level is never believed: a value opens only as
// what was asked for, at the order it claims, and not older than the cache allows. Writers call
// Invalidate after every commit. It knows no entity: a codec turns values into bytes. Never use it
// for psychotherapy notes, for consents at a release, or for break-glass. Thread-safe; awaited on
// an executor. Must outlive the calls that use it.
#pragma once

#include "platform/cache/entity_levels.h"

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace rapport::cache {

// The codec of a protobuf message.
template <typename Message>
struct MessageCodec {
  static std::string Encode(const Message& message) { return message.SerializeAsString(); }
  // Null: not such a message.
  static std::shared_ptr<const Message> Decode(std::string_view bytes) {
    auto message = std::make_shared<Message>();
    if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return nullptr;
    return message;
  }
};

// What a loader brings. `version` is that of the state it was read from: the entity's own, or, for
// what is computed from many rows, the agency's sequence (Records::Sequence). A null value is given
// to whoever waits and not cached.
template <typename T>
struct Loaded {
  std::int64_t version = 0;
  std::shared_ptr<const T> value;
};

template <typename T, typename Codec = MessageCodec<T>>
class EntityCache {
 public:
  using Value = std::shared_ptr<const T>;
  using Options = EntityOptions;

  // `shared` must outlive it.
  EntityCache(Options options, SharedCache& shared, CacheSecrets secrets)
      : levels_(std::move(options), shared, std::move(secrets), {&Encode, &Decode}) {}

  // The process's own copy, if it may still be used; null otherwise. The hot path: no coroutine.
  Value Find(std::string_view agency, std::string_view id, std::int64_t min_version = 0) {
    return Typed(levels_.Find(agency, id, min_version));
  }

  // `loader` is a callable (CallContext&) -> Task<StatusOr<Loaded<T>>>. It runs at most once at a
  // time for an entity in this process, for all who wait: on the first caller's executor and with
  // that caller's identity, but in a context of its own, so that nobody's cancellation or deadline
  // ends it. What it answers must not depend on who asks. Its failure is given to all.
  // Nothing older than `min_version` comes from a cache; what the loader says is final.
  // CANCELLED, DEADLINE_EXCEEDED: the call ended while it waited for another's load.
  template <typename Loader>
  Task<absl::StatusOr<Value>> GetOrLoad(CallContext& context, std::string_view agency,
                                        std::string_view id, std::int64_t min_version,
                                        Loader loader) {
    Adapter<Loader> adapter(loader);
    auto found = co_await levels_.GetOrLoad(context, agency, id, min_version, adapter);
    if (!found.ok()) co_return found.status();
    co_return Typed(*std::move(found));
  }

  // A copy up to `ttl` old, for when the loader can't reach its source and the caller may live with
  // that; null when there is none.
  Task<Value> FindStale(std::string_view agency, std::string_view id) {
    co_return Typed(co_await levels_.FindStale(agency, id));
  }

  // After every commit that changed or deleted the entity, with the version it has now, also when
  // nobody waits for the commit any more. On return this process gives nothing older; when the
  // awaited form returns and Redis is well, no replica reads anything older from the shared level.
  void Invalidate(std::string_view agency, std::string_view id, std::int64_t version) {
    levels_.Invalidate(agency, id, version);
  }
  Task<void> InvalidateAndWait(std::string agency, std::string id, std::int64_t version) {
    co_await levels_.InvalidateAndWait(std::move(agency), std::move(id), version);
  }

  // Another process changed the entity, at a version that is not known here: this process's copy
  // goes, and so does a load under way. The shared level is the writer's to fence.
  void Forget(std::string_view agency, std::string_view id) { levels_.Forget(agency, id); }

  const EntityStats& stats() const { return levels_.stats(); }

 private:
  template <typename Loader>
  class Adapter final : public AnyLoader {
   public:
    explicit Adapter(Loader& loader) : loader_(loader) {}
    Task<absl::StatusOr<AnyLoaded>> Load(CallContext& context) override {
      absl::StatusOr<Loaded<T>> loaded = co_await loader_(context);
      if (!loaded.ok()) co_return loaded.status();
      co_return AnyLoaded{loaded->version, std::move(loaded->value)};
    }

   private:
    Loader& loader_;
  };

  static std::string Encode(const void* value) {
    return Codec::Encode(*static_cast<const T*>(value));
  }
  static AnyValue Decode(std::string_view bytes) {
    return std::shared_ptr<const T>(Codec::Decode(bytes));
  }
  static Value Typed(AnyValue value) { return std::static_pointer_cast<const T>(std::move(value)); }

  EntityLevels levels_;
};

}  // namespace rapport::cache
