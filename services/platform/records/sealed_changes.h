// Sealed changes: everything a commit writes, ready to be written. Sealing happens at home, before
// the transaction; the transaction only runs statements. Between records.cc and apply.cc only.
#pragma once

#include "platform/audit/audit_chain.h"
#include "platform/crypto/key_ring.h"
#include "platform/records/changes_impl.h"
#include "platform/records/outbox.h"

#include <optional>
#include <string>
#include <vector>

namespace rapport::records {

struct SealedChanges {
  struct Answer {
    std::string caller_hmac;
    std::string request_id;
    std::string family;
    crypto::KeyClass key_class = crypto::KeyClass::kRecord;
    std::int64_t expires_us = 0;
    std::string reply;
  };

  const Changes::Impl* changes = nullptr;  // outlives this
  std::vector<std::string> payloads;       // of changes->writes, in order
  std::vector<crypto::KeyClass> classes;   // of the same
  std::vector<std::string> claims;         // HMACs of changes->claims, in order
  std::vector<audit::AuditChain::Entry> audits;
  std::vector<Outbox::Sealed> events;
  std::optional<Answer> answer;
};

// Runs the whole of it inside a transaction; the sequence of the last audit row, 0 without one. Any
// error undoes everything. Owns no state: it may run again.
absl::StatusOr<std::int64_t> Apply(db::Tx& tx, audit::AuditChain& chain,
                                   const SealedChanges& sealed);

// The event that the changes are the effect of was applied before.
absl::Status AppliedBeforeError();
bool IsAppliedBefore(const absl::Status& status);

}  // namespace rapport::records
