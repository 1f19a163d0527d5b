// SHA-256, HMAC and HKDF over it. Parts are hashed one after the other without separators: whoever
// needs them kept apart hashes Identity(parts) of sealer.h. Thread-safe.
#pragma once

#include "platform/crypto/secret.h"

#include <initializer_list>
#include <string>
#include <string_view>

namespace rapport::crypto {

inline constexpr std::size_t kDigestBytes = 32;

std::string Sha256(std::initializer_list<std::string_view> parts);

// 32 bytes. `key` may have any length but 0.
std::string HmacSha256(std::string_view key, std::initializer_list<std::string_view> parts);

// HKDF (RFC 5869) without salt: a key for the use that `info` names. `secret` must be a uniformly
// random key, not a password.
Secret Hkdf(std::string_view secret, std::string_view info);

// Takes the same time wherever the first difference is. Different lengths are unequal.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

}  // namespace rapport::crypto
