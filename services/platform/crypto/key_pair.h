// Private keys of the local authority and the local issuer: P-256, in PEM. Services never call it.
#pragma once

#include "platform/crypto/openssl.h"

#include <absl/status/statusor.h>

#include <string>

namespace rapport::crypto {

KeyPair NewP256Key();

// PKCS #8, unencrypted: the file's mode protects it.
std::string PrivatePem(EVP_PKEY* key);

// INVALID_ARGUMENT unless `pem` is a P-256 private key.
absl::StatusOr<KeyPair> ParsePrivatePem(const std::string& pem);

// The point of a P-256 key: x and y, 32 bytes each.
struct Point {
  std::string x, y;
};
Point PublicPoint(EVP_PKEY* key);

}  // namespace rapport::crypto
