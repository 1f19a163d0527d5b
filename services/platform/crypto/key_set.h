// KeySet: the public keys of one issuer, from a JWKS (RFC 7517). What a key may verify is fixed
// here, by the key, and never asked of a token. Used by KeySetFile. Immutable; thread-safe.
#pragma once

#include "platform/crypto/openssl.h"

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rapport::crypto {

enum class Algorithm : std::uint8_t { kEs256, kEdDsa, kRs256 };

// "ES256", "EdDSA", "RS256".
std::string_view NameOf(Algorithm algorithm);

struct VerificationKey {
  Algorithm algorithm;
  PublicKey key;
};

// True for what a key id may be: 1 to 64 of A-Z a-z 0-9 . _ -
bool IsKeyId(std::string_view kid);

// True when `signature` (in JWS form: r and s of 32 bytes each for ES256) is `key`'s for `text`.
bool SignatureHolds(const VerificationKey& key, std::string_view text, std::string_view signature);

class KeySet {
 public:
  // Keys of other kinds or for other uses are left out. INVALID_ARGUMENT when nothing usable is
  // left, a key id comes twice, or a private key is among them.
  static absl::StatusOr<KeySet> Parse(std::string_view jwks);

  // Null: not in the set.
  const VerificationKey* Find(std::string_view kid) const;
  std::size_t size() const { return keys_.size(); }

 private:
  absl::flat_hash_map<std::string, VerificationKey> keys_;
};

}  // namespace rapport::crypto
