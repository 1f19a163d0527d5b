// LruCache: bounded map from string to shared value, 16 shards with a lock each. Thread-safe.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace rapport {

template <typename Value>
class LruCache {
 public:
  explicit LruCache(std::size_t capacity) : shard_capacity_(capacity / kShards + 1) {}

  // The value, moved to the front; null when absent.
  std::shared_ptr<const Value> Find(std::string_view key) {
    Shard& shard = ShardOf(key);
    std::lock_guard lock(shard.mutex);
    auto found = shard.index.find(key);
    if (found == shard.index.end()) return nullptr;
    shard.order.splice(shard.order.begin(), shard.order, found->second);
    return found->second->value;
  }

  void Erase(std::string_view key) {
    Shard& shard = ShardOf(key);
    std::lock_guard lock(shard.mutex);
    const auto found = shard.index.find(key);
    if (found == shard.index.end()) return;
    const auto entry = found->second;
    shard.index.erase(found);
    shard.order.erase(entry);
  }

  // Drops every value that `outdated` says true of. Locks one shard after the other for as long as
  // it takes to look at all of it.
  template <typename Predicate>
  void EraseIf(Predicate outdated) {
    for (Shard& shard : shards_) {
      std::lock_guard lock(shard.mutex);
      for (auto entry = shard.order.begin(); entry != shard.order.end();) {
        const auto next = std::next(entry);
        if (outdated(*entry->value)) {
          shard.index.erase(std::string_view(entry->key));
          shard.order.erase(entry);
        }
        entry = next;
      }
    }
  }

  std::size_t size() {
    std::size_t all = 0;
    for (Shard& shard : shards_) {
      std::lock_guard lock(shard.mutex);
      all += shard.order.size();
    }
    return all;
  }

  void Put(std::string_view key, std::shared_ptr<const Value> value) {
    Shard& shard = ShardOf(key);
    std::lock_guard lock(shard.mutex);
    if (auto found = shard.index.find(key); found != shard.index.end()) {
      found->second->value = std::move(value);
      shard.order.splice(shard.order.begin(), shard.order, found->second);
      return;
    }
    shard.order.push_front({std::string(key), std::move(value)});
    shard.index.emplace(shard.order.front().key, shard.order.begin());
    if (shard.order.size() > shard_capacity_) {
      shard.index.erase(std::string_view(shard.order.back().key));
      shard.order.pop_back();
    }
  }

 private:
  static constexpr std::size_t kShards = 16;
  struct Entry {
    std::string key;
    std::shared_ptr<const Value> value;
  };
  struct alignas(64) Shard {
    std::mutex mutex;
    std::list<Entry> order;
    absl::flat_hash_map<std::string_view, typename std::list<Entry>::iterator> index;
  };
  Shard& ShardOf(std::string_view key) {
    return shards_[absl::Hash<std::string_view>{}(key) >> 8 & (kShards - 1)];
  }

  const std::size_t shard_capacity_;
  std::array<Shard, kShards> shards_;
};

}  // namespace rapport
