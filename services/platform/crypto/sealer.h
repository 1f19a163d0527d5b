// Sealer: AES-256-GCM under one key. Sealed form: version byte 0x01, key id (4 bytes), nonce
// (12 bytes), ciphertext, tag (16 bytes): 33 bytes more than the plain text. The first 5 bytes and the
// identity are authenticated: a value opens only as what it was sealed as. Thread-safe.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace rapport::crypto {

class Sealer {
 public:
  Sealer(std::uint32_t key_id, std::string_view key32);
  ~Sealer();  // Wipes the key.
  Sealer(const Sealer&) = delete;

  std::string Seal(std::string_view identity, std::string_view plain) const;
  // DATA_LOSS when the bytes were not sealed by this key for this identity.
  absl::StatusOr<std::string> Open(std::string_view identity, std::string_view sealed) const;
  std::uint32_t key_id() const { return key_id_; }

 private:
  const std::uint32_t key_id_;
  std::string key_;
};

// What a sealed value is bound to: each part preceded by its length, so that no two lists of parts
// give the same identity.
std::string Identity(std::initializer_list<std::string_view> parts);

}  // namespace rapport::crypto
