// What a Records holds. Between records.cc, reading.cc and seal_changes.cc only.
#pragma once

#include "platform/audit/audit_chain.h"
#include "platform/crypto/agency_keys.h"
#include "platform/records/outbox.h"
#include "platform/records/records.h"
#include "platform/records/sealed_changes.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::records {

struct Records::Impl {
  Impl(Options given, db::Db& database, crypto::KeyRing& key_ring, audit::AuditChain& audit_chain)
      : options(std::move(given)),
        db(database),
        keys(key_ring),
        chain(audit_chain),
        index_keys(*options.suite, crypto::SuiteKey::kIndex, options.service) {}

  crypto::KeyClass ClassOf(int kind) const {
    return options.key_class == nullptr ? crypto::KeyClass::kRecord : options.key_class(kind);
  }

  // Seals everything that `changes` writes; makes keys that are missing. `changes` must outlive the
  // result.
  Task<absl::StatusOr<SealedChanges>> Seal(CallContext& context, const Changes::Impl& changes,
                                           const google::protobuf::MessageLite& answer) const;

  const Options options;
  db::Db& db;
  crypto::KeyRing& keys;
  audit::AuditChain& chain;
  const crypto::AgencyKeys index_keys;
};

}  // namespace rapport::records
