// TokenVerifier: from an authorization header to a principal, or nothing.
//
// The pipeline asks it once a call. A signature costs 80 us, a token seen before 0.2 us. The rules
// are those of RFC 8725 and research/reliability.md 2.6: the algorithm is the key's and never the
// token's, keys come only from the agency's pinned key set. Failures all look the same to the
// caller; why is for the operator. Machine time, never the domain's. Thread-safe.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/clock.h"
#include "platform/base/lru.h"
#include "platform/crypto/agencies.h"
#include "platform/crypto/suite_secret.h"

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace rapport::crypto {

class KeySetFile;

class TokenVerifier {
 public:
  // Everything in it must be thread-safe and quick; absent hooks are left out.
  struct Hooks {
    // Tokens of this principal issued before this second are refused, however long they live. Asked
    // on every call, behind the cache. 0: none.
    std::function<std::int64_t(const Principal&)> revoked_before;
    // Why a token was refused: a constant text, without anything of the token.
    std::function<void(std::string_view reason)> on_refused;
    // An agency's key set can't be used; the keys read before stay in use for a day.
    std::function<void(std::string_view agency, const absl::Status& problem)> on_key_problem;
  };

  // `secret` and `machine_clock` must outlive it. A key set that can't be read is a problem of its
  // agency only: it is told to the hook and looked at again.
  TokenVerifier(std::shared_ptr<const Agencies> agencies, const SuiteSecret& secret,
                const Clock& machine_clock, Hooks hooks);
  ~TokenVerifier();

  // `header` is the value of the only authorization header: "Bearer {JWT}", "Invitation {token}",
  // or "Invitation-Code {code}", whose principal has the role of an invitation and none yet: the
  // method that takes codes looks for it. UNAUTHENTICATED, always the same and without details,
  // when it proves nothing.
  absl::StatusOr<std::shared_ptr<const Principal>> Authenticate(std::string_view header);

  // Seconds since the agency's key set was last seen good; 0 for an agency that does not exist.
  std::int64_t KeySetAgeSeconds(std::string_view agency) const;

 private:
  struct Issuer {
    const Agency* agency;
    std::unique_ptr<KeySetFile> key_set;
  };
  struct Verified {
    Principal principal;
    std::int64_t issued_unix = 0;
    KeySetFile* key_set = nullptr;
    std::uint64_t generation = 0;  // of the key set it was verified with
  };
  using Found = absl::StatusOr<std::shared_ptr<const Principal>>;

  std::int64_t NowUnix() const;
  Found Bearer(std::string_view token, std::int64_t now_unix);
  Found Invited(std::string_view token, std::int64_t now_unix) const;
  Found ByCode(std::string_view typed, std::int64_t now_unix) const;
  absl::StatusOr<Verified> Verify(std::string_view token, std::int64_t now_unix) const;

  const std::shared_ptr<const Agencies> agencies_;
  const SuiteSecret& secret_;
  const Clock& machine_clock_;
  const Hooks hooks_;
  absl::flat_hash_map<std::string, Issuer> issuers_;  // by agency id; fixed after construction
  LruCache<Verified> verified_;                       // by the raw token
};

}  // namespace rapport::crypto
