// SigningKey: Ed25519 (RFC 8032), for what outsiders check with a public key: checkpoints of the
// audit trail. Thread-safe.
#pragma once

#include "platform/crypto/openssl.h"
#include "platform/crypto/secret.h"

#include <string>
#include <string_view>

namespace rapport::crypto {

inline constexpr std::size_t kSignatureBytes = 64;
inline constexpr std::size_t kSigningPublicKeyBytes = 32;

class SigningKey {
 public:
  // The private key is the seed; the same seed gives the same key.
  explicit SigningKey(const Secret& seed);

  std::string Sign(std::string_view message) const;
  const std::string& public_key() const { return public_key_; }

 private:
  KeyPair key_;
  std::string public_key_;
};

// False also when `public_key` or `signature` is no such thing.
bool IsSignedBy(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace rapport::crypto
