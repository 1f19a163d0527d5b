// Refusals: a line in the audit trail for each account that asked for what it may not see or do.
//
// The pipeline calls it when the authorisation function refused. The first refusal of a (principal,
// method, family, rule) writes a line; repeats within limits::kDisclosureWindow are covered by that
// line, which says until when, so that nobody fills the trail by asking again. The caller's answer
// does not depend on it. Thread-safe.
#pragma once

#include "platform/audit/audit_chain.h"
#include "platform/base/call_context.h"
#include "platform/base/lru.h"
#include "platform/base/task.h"
#include "platform/crypto/key_ring.h"

#include <string>
#include <string_view>

namespace rapport::audit {

class Refusals {
 public:
  // `clock` gives the domain time of a line, `machine` the window. All must outlive it.
  Refusals(db::Db& db, crypto::KeyRing& keys, AuditChain& chain, const Clock& clock,
           const Clock& machine)
      : db_(db), keys_(keys), chain_(chain), clock_(clock), machine_(machine) {}

  // `family`: inner id of the family the request names; empty: none, or none of the agency's.
  // `rule`: which rule refused, a constant. OK also when an earlier line covers it or the caller is
  // nobody; otherwise as Db::Write.
  Task<absl::Status> Record(CallContext& context, std::string family, std::string_view rule);

 private:
  db::Db& db_;
  crypto::KeyRing& keys_;
  AuditChain& chain_;
  const Clock& clock_;
  const Clock& machine_;
  LruCache<std::int64_t> covered_{50'000};  // until when, machine time
};

}  // namespace rapport::audit
