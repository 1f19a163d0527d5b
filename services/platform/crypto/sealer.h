// Sealer: AES-256-GCM under one key. Sealed form: version byte 0x01, key id (4 bytes, big endian),
// nonce (12 bytes), ciphertext, tag (16 bytes): 33 bytes more than the plain text. The first 5
// bytes and the identity are authenticated: a value opens only as what it was sealed as.
// Thread-safe.
#pragma once

#include "platform/crypto/secret.h"

#include <absl/status/statusor.h>

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace rapport::crypto {

class Sealer {
 public:
  // Bytes of a sealed value beyond its plain text.
  static constexpr std::size_t kOverhead = 33;
  // Nonces are random: NIST SP 800-38D allows 2^32 of them a key. A key never comes near.
  static constexpr std::uint64_t kMostSeals = 1ull << 30;

  // `key32` is exactly 32 bytes; `seals` counts what was sealed under it before.
  Sealer(std::uint32_t key_id, std::string_view key32, std::uint64_t seals = 0);
  Sealer(const Sealer&) = delete;  // The key is wiped when the sealer goes.

  // Throws std::length_error when this key has sealed kMostSeals values: one more could give the
  // key away, and there is nothing a caller could do instead.
  std::string Seal(std::string_view identity, std::string_view plain) const;
  // DATA_LOSS when the bytes were not sealed by this key for this identity.
  absl::StatusOr<std::string> Open(std::string_view identity, std::string_view sealed) const;

  std::uint32_t key_id() const { return key_id_; }
  // Values sealed under the key, as far as this process knows.
  std::uint64_t seals() const { return seals_.load(std::memory_order_relaxed); }

 private:
  const std::uint32_t key_id_;
  Secret key_;
  mutable std::atomic<std::uint64_t> seals_;
};

// The key id a sealed value names, for holders of several keys; nullopt: not a sealed value.
std::optional<std::uint32_t> SealedKeyId(std::string_view sealed);

// What a sealed value is bound to: each part preceded by its length, so that no two lists of parts
// give the same identity.
std::string Identity(std::initializer_list<std::string_view> parts);

}  // namespace rapport::crypto
