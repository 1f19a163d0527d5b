// SqlKeyRing: the key ring over SERVICE.keys.db. Every service has one.
//
// Unwrapped keys are kept by name for as long as they are used, at most 100,000 of them; each is
// compared with its row every 5 minutes, and wiped when it was not used meanwhile or its row is
// gone. Thread-safe.
#pragma once

#include "platform/base/clock.h"
#include "platform/base/lru.h"
#include "platform/crypto/erasure_list.h"
#include "platform/crypto/key_ring.h"
#include "platform/crypto/key_wrapping.h"
#include "platform/db/db.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::crypto {

class SqlKeyRing final : public KeyRing {
 public:
  struct Options {
    std::size_t cached_keys = 100'000;
    std::chrono::microseconds cached_for = std::chrono::minutes(5);
    // Called before keys are destroyed: the driver's log of changes must not keep them either.
    // Empty: it has none.
    std::function<void()> empty_log;
  };

  // `db` holds the tables of migrations/0001_keys.sql. `db` and `machine_clock` must outlive it.
  SqlKeyRing(KeyWrapping wrapping, db::Db& db, const Clock& machine_clock, Options options);
  SqlKeyRing(KeyWrapping wrapping, db::Db& db, const Clock& machine_clock)
      : SqlKeyRing(std::move(wrapping), db, machine_clock, Options{}) {}

  // Beside what KeyRing says: UNAVAILABLE when the key is there and can't be unwrapped.
  absl::StatusOr<std::shared_ptr<const Sealer>> Find(std::string_view agency,
                                                     std::string_view family,
                                                     KeyClass key_class) override;
  Task<absl::StatusOr<std::shared_ptr<const Sealer>>> FindOrCreate(CallContext& context,
                                                                   std::string agency,
                                                                   std::string family,
                                                                   KeyClass key_class) override;

  // Erases a family: its keys of every class are gone for ever, here at once and in other replicas
  // within `cached_for`; none is made again. Repeating it is harmless. INVALID_ARGUMENT: no family.
  // Other outcomes as Db::Write.
  Task<absl::Status> Destroy(CallContext& context, std::string agency, std::string family);

  // The same when it was done before and a backup may have brought the keys back. True: it had.
  Task<absl::StatusOr<bool>> DestroyAgain(CallContext& context, std::string agency,
                                          std::string family);
  // Every family that Destroy was called for.
  Task<absl::StatusOr<std::vector<ErasedFamily>>> AllErased(CallContext& context);

  // Wipes the keys that nobody used for `cached_for`. Happens by itself while keys are looked for;
  // call it every minute so that it happens in an idle process too.
  void WipeIdle();

  // Unwrapped keys in memory; families erased since the start.
  std::size_t cached() { return cache_.size(); }
  std::uint64_t erased() const { return destructions_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    Entry(std::uint32_t key_id, const Secret& key) : sealer(key_id, key.view()) {}
    Sealer sealer;
    mutable std::atomic<std::int64_t> fresh_until_us{0};
  };
  using Found = absl::StatusOr<std::shared_ptr<const Entry>>;

  Found Load(const KeyName& name, std::string_view cache_key, std::shared_ptr<const Entry> known);
  absl::StatusOr<std::shared_ptr<const Entry>> ReadRow(db::Tx& tx, const KeyName& name,
                                                       const std::shared_ptr<const Entry>& known);
  absl::Status Insert(db::Tx& tx, const KeyName& name);
  absl::StatusOr<std::unique_ptr<Sealer>> AgencyKeyInUse(db::Tx& tx, std::string_view agency);

  const KeyWrapping wrapping_;
  db::Db& db_;
  const Clock& machine_clock_;
  const Options options_;
  LruCache<Entry> cache_;
  std::atomic<std::uint64_t> destructions_{0};
  std::atomic<std::int64_t> next_wipe_us_{0};
};

}  // namespace rapport::crypto
