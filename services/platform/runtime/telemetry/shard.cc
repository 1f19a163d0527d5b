#include "platform/runtime/telemetry/shard.h"

#include <mutex>
#include <vector>

namespace rapport::telemetry::internal {
namespace {

struct Shards {
  std::mutex mutex;
  std::vector<Shard*> all, free;
};

// Never destroyed: threads may end after main() returned.
Shards& TheShards() {
  static auto* const shards = new Shards;
  return *shards;
}

// Holds a shard while its thread lives.
class Lease {
 public:
  Lease() {
    Shards& shards = TheShards();
    std::lock_guard lock(shards.mutex);
    if (shards.free.empty()) {
      shard_ = shards.all.emplace_back(new Shard);
    } else {
      shard_ = shards.free.back();
      shards.free.pop_back();
    }
  }
  ~Lease();
  Shard* shard() const { return shard_; }

 private:
  Shard* shard_;
};

thread_local constinit Shard* mine = nullptr;

Lease::~Lease() {
  mine = nullptr;
  Shards& shards = TheShards();
  std::lock_guard lock(shards.mutex);
  shards.free.push_back(shard_);
}

}  // namespace

Shard& ThisThread() {
  if (mine == nullptr) {
    thread_local const Lease lease;
    mine = lease.shard();
  }
  return *mine;
}

void ForEachShard(absl::FunctionRef<void(const Shard&)> see) {
  Shards& shards = TheShards();
  std::lock_guard lock(shards.mutex);
  for (const Shard* shard : shards.all) see(*shard);
}

}  // namespace rapport::telemetry::internal
