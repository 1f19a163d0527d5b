// What the tests of the entity cache have in common: an entity, where it comes from, replicas.
#pragma once

#include "platform/base/strings.h"
#include "platform/cache/entity_cache.h"
#include "platform/crypto/public_ids.h"
#include "platform/crypto/suite_secret.h"

#include "unit/cache/cache_testing.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace rapport::cache {

inline constexpr char kAgency[] = "agency-one";

// 16 bytes that look like nothing else.
inline std::string IdOf(int number) {
  const std::string digits = std::to_string(number);
  return std::string(16 - digits.size(), 'i') + digits;
}

struct Fact {
  std::string agency, id;
  std::int64_t version = 0;
};

struct FactCodec {
  static std::string Encode(const Fact& fact) {
    return fact.agency + ";" + fact.id + ";" + std::to_string(fact.version);
  }
  static std::shared_ptr<const Fact> Decode(std::string_view bytes) {
    const std::size_t first = bytes.find(';'), last = bytes.rfind(';');
    auto fact = std::make_shared<Fact>();
    if (first == last || !absl::SimpleAtoi(Absl(bytes.substr(last + 1)), &fact->version)) {
      return nullptr;
    }
    fact->agency = bytes.substr(0, first);
    fact->id = bytes.substr(first + 1, last - first - 1);
    return fact;
  }
};

using FactCache = EntityCache<Fact, FactCodec>;
using FactOr = absl::StatusOr<std::shared_ptr<const Fact>>;

// The truth: what a database would hold.
class Source {
 public:
  void Write(const std::string& id, std::int64_t version) {
    std::lock_guard lock(mutex_);
    versions_[id] = version;
  }
  void Delete(const std::string& id) {
    std::lock_guard lock(mutex_);
    versions_.erase(id);
  }
  absl::StatusOr<Loaded<Fact>> Read(const std::string& agency, const std::string& id) {
    ++loads;
    std::lock_guard lock(mutex_);
    const auto found = versions_.find(id);
    if (found == versions_.end()) return absl::NotFoundError("no such fact");
    return Loaded<Fact>{found->second,
                        std::make_shared<const Fact>(Fact{agency, id, found->second})};
  }

  std::atomic<int> loads{0};

 private:
  std::mutex mutex_;
  std::map<std::string, std::int64_t> versions_;
};

inline CacheSecrets SecretsOf(const crypto::SuiteSecret& secret, const crypto::PublicIds& ids) {
  return {
      .sealer =
          [&](std::string_view agency) {
            return secret.SealerFor(crypto::SuiteKey::kCache, agency);
          },
      .show = [&](std::string_view agency, std::string_view id) { return ids.Show(agency, id); }};
}

// The keys of an installation.
struct TestKeys {
  crypto::SuiteSecret secret{[] {
    crypto::Secret bytes;
    std::fill_n(bytes.data(), crypto::Secret::kBytes, 's');
    return bytes;
  }()};
  crypto::PublicIds ids{secret};
  CacheSecrets secrets() const { return SecretsOf(secret, ids); }
};

inline EntityOptions FactOptions() { return {.name = "test.fact", .ttl = kMinute}; }
// Of a process that is the only writer.
inline EntityOptions CoherentOptions() {
  return {.name = "test.fact", .ttl = kMinute, .process_entries = 1'000, .process_coherent = true};
}

// Reads `id` as a call of its own. Between reading the source and landing it passes `door`.
inline Task<FactOr> ReadFact(FactCache& cache, Source& source, std::string id,
                             std::int64_t min_version = 0, support::Door* door = nullptr,
                             std::string agency = kAgency) {
  CallContext context;
  context.deadline = SteadyClock::now() + seconds(60);
  co_return co_await cache.GetOrLoad(context, agency, id, min_version,
                                     [&](CallContext&) -> Task<absl::StatusOr<Loaded<Fact>>> {
                                       auto loaded = source.Read(agency, id);
                                       if (door) co_await door->Pass();
                                       co_return loaded;
                                     });
}

// The version that was read, or 0 when there is no such fact. Everything else fails the test.
inline std::int64_t VersionIn(const FactOr& fact, const std::string& id,
                              const std::string& agency = kAgency) {
  if (absl::IsNotFound(fact.status())) return 0;
  EXPECT_TRUE(fact.ok()) << fact.status();
  if (!fact.ok()) return -1;
  EXPECT_EQ((*fact)->id, id) << "somebody else's value";
  EXPECT_EQ((*fact)->agency, agency) << "somebody else's value";
  return (*fact)->version;
}

// One process of a service.
class Replica {
 public:
  Replica(const RedisProcess& redis, const TestKeys& keys, EntityOptions options)
      : Replica(RedisCache::Options{.address = {.unix_socket = redis.socket()},
                                    .reply_limit = kPatient},
                keys, std::move(options)) {}
  Replica(RedisCache::Options redis, const TestKeys& keys, EntityOptions options)
      : shared(std::move(redis)), cache(std::move(options), shared, keys.secrets()) {
    EXPECT_TRUE(Eventually([&] { return shared.ready(); }));
  }

  std::int64_t Read(Source& source, const std::string& id, std::int64_t min_version = 0) {
    return VersionIn(RunOn(home, ReadFact(cache, source, id, min_version)), id);
  }
  void InvalidateAndWait(const std::string& id, std::int64_t version) {
    RunOn(home, cache.InvalidateAndWait(kAgency, id, version));
  }
  // Returns when everything sent before has been answered: answers come in order.
  void Sync() { RunOn(home, GetTask(shared, "nothing")); }

  ThreadExecutor home, second_home;
  RedisCache shared;
  FactCache cache;
};

}  // namespace rapport::cache
