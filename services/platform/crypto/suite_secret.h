// SuiteSecret: what all services of an installation share, from one mounted file, and the keys
// derived from it for each agency. Never rotated: ids that people see rest on it. Thread-safe.
#pragma once

#include "platform/crypto/sealer.h"
#include "platform/crypto/secret.h"

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace rapport::crypto {

// What a derived key is for. The numbers are key ids of sealed values: for ever.
enum class SuiteKey : std::uint8_t {
  kId = 1,          // PublicIds
  kCache = 2,       // entries of the shared cache that several services read
  kEvent = 3,       // event envelopes between services
  kEtag = 4,        // HMAC
  kInvitation = 5,  // rating invitations
  kPageToken = 6,
  kIndex = 7,       // HMAC of unique keys and of callers
  kAudit = 8,       // MAC of the audit chain: who can only write the database can't make one
  kCheckpoint = 9,  // signs checkpoints of the audit chain
  kLog = 10,        // HMAC of ids in log lines; of no agency
};

class SuiteSecret {
 public:
  static absl::StatusOr<std::unique_ptr<SuiteSecret>> Load(const std::string& path);
  explicit SuiteSecret(Secret secret) : secret_(std::move(secret)) {}

  // The agency's key for `use`. Derived anew each time (about 3 us): keep it.
  Secret Key(SuiteKey use, std::string_view agency) const;

  // The same as a sealer, made once an agency. Cache keys change every day of the machine's clock,
  // because they seal too much for one key; everything else opens for ever.
  std::shared_ptr<const Sealer> SealerFor(SuiteKey use, std::string_view agency) const;

 private:
  const Secret secret_;
  mutable std::mutex mutex_;
  mutable absl::flat_hash_map<std::string, std::shared_ptr<const Sealer>> sealers_;
};

}  // namespace rapport::crypto
