#include "platform/cache/shared_cache.h"

namespace rapport::cache {

SharedCache::OwnedCommand::OwnedCommand(Kind its_kind, std::string its_key, std::int64_t its_order,
                                        std::string its_value, std::chrono::milliseconds its_ttl)
    : key_bytes(std::move(its_key)), value_bytes(std::move(its_value)) {
  kind = its_kind;
  key = key_bytes;
  value = value_bytes;
  order = its_order;
  ttl = its_ttl;
  owned = true;
}

SharedCache::GetAwaiter SharedCache::Get(std::string_view key) { return GetAwaiter(*this, key); }

SharedCache::StoreAwaiter SharedCache::Put(std::string_view key, std::int64_t order,
                                           std::string_view value, std::chrono::milliseconds ttl) {
  return StoreAwaiter(
      *this, {.kind = Command::Kind::kPut, .key = key, .value = value, .order = order, .ttl = ttl});
}

SharedCache::StoreAwaiter SharedCache::Fence(std::string_view key, std::int64_t order,
                                             std::chrono::milliseconds ttl) {
  return StoreAwaiter(
      *this, {.kind = Command::Kind::kFence, .key = key, .value = {}, .order = order, .ttl = ttl});
}

void SharedCache::PutSoon(std::string key, std::int64_t order, std::string value,
                          std::chrono::milliseconds ttl) {
  Send(std::make_unique<OwnedCommand>(Command::Kind::kPut, std::move(key), order, std::move(value),
                                      ttl));
}

void SharedCache::FenceSoon(std::string key, std::int64_t order, std::chrono::milliseconds ttl) {
  Send(std::make_unique<OwnedCommand>(Command::Kind::kFence, std::move(key), order, std::string(),
                                      ttl));
}

void SharedCache::Send(std::unique_ptr<OwnedCommand> command) {
  // Started, the cache deletes it, perhaps before Start returns.
  OwnedCommand* const started = command.release();
  if (!Start(*started)) delete started;
}

}  // namespace rapport::cache
