// Disclosures: sees to it that a durable audit row says who was shown what, before the bytes leave.
//
// A list over several families writes a row for each family that it shows (shown.h), all in one
// transaction: every member's accounting has it.
//
// The pipeline asks after every disclosing read. The first disclosure of a (principal, viewer,
// method, family, resource, version, members) writes a row; repeats within
// limits::kDisclosureWindow are covered by that row, which says until when. Equal ones at the same
// time share one row. Forgetting what is covered is harmless: the next read writes a row again.
// Thread-safe.
#pragma once

#include "platform/audit/audit_chain.h"
#include "platform/base/call_context.h"
#include "platform/base/executor.h"
#include "platform/base/limits.h"
#include "platform/base/lru.h"
#include "platform/base/task.h"
#include "platform/crypto/key_ring.h"

#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::audit {

class Disclosures {
 public:
  // `clock` gives the domain time of a row, `machine` the window. All must outlive it.
  Disclosures(db::Db& db, crypto::KeyRing& keys, AuditChain& chain, const Clock& clock,
              const Clock& machine = RealClock());

  // True: a durable row covers what `context` says was shown. The hot path: no coroutine.
  bool Covered(const CallContext& context);

  // OK only when a durable row covers it. Reads principal, method, access and disclosed_*; anything
  // else than OK means that the bytes must not leave.
  Task<absl::Status> Ensure(CallContext& context);

  std::uint64_t covered() const { return covered_count_.load(std::memory_order_relaxed); }
  std::uint64_t written() const { return written_count_.load(std::memory_order_relaxed); }

 private:
  // Whether the caller is the one to write the row of `key`. Others wait until it has.
  class Lead;
  static const Clock& RealClock();
  // What one row is about: the call's own family, or one of those it showed.
  struct Part {
    std::string family;
    std::vector<std::string> members;
    std::string key;  // KeyOf
  };
  static std::vector<Part> PartsOf(const CallContext& context);
  static std::string KeyOf(const CallContext& context, std::string_view family,
                           const std::vector<std::string>& members);
  bool CoveredKey(std::string_view key);
  Task<absl::Status> EnsureOne(CallContext& context);
  Task<absl::Status> EnsureEach(CallContext& context, std::vector<Part> parts);
  Task<absl::Status> WriteRows(CallContext& context, std::vector<Part> parts);
  void WakeWaiting(std::string_view key);

  db::Db& db_;
  crypto::KeyRing& keys_;
  AuditChain& chain_;
  const Clock& clock_;
  const Clock& machine_;
  LruCache<std::int64_t> covered_{200'000};  // until when, machine time
  std::mutex mutex_;
  // Rows being written, and who waits for them. Guarded by mutex_.
  absl::flat_hash_map<std::string, std::vector<Continuation>> writing_;
  std::atomic<std::uint64_t> covered_count_{0}, written_count_{0};
};

}  // namespace rapport::audit
