// Keys of issuers of every kind, for tests that make tokens no honest issuer would.
#pragma once

#include "platform/base/strings.h"
#include "platform/crypto/base64url.h"
#include "platform/crypto/key_pair.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace rapport::crypto {

inline nlohmann::json KeySetOf(std::initializer_list<nlohmann::json> keys) {
  return {{"keys", nlohmann::json(keys)}};
}

inline nlohmann::json P256Jwk(EVP_PKEY* key, std::string_view kid) {
  const Point point = PublicPoint(key);
  return {{"kty", "EC"},
          {"crv", "P-256"},
          {"kid", kid},
          {"x", EncodeBase64Url(point.x)},
          {"y", EncodeBase64Url(point.y)}};
}

inline KeyPair NewEd25519Key() { return KeyPair(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

inline nlohmann::json Ed25519Jwk(EVP_PKEY* key, std::string_view kid) {
  std::string x(32, '\0');
  std::size_t size = x.size();
  Must(EVP_PKEY_get_raw_public_key(key, Bytes(x), &size));
  return {{"kty", "OKP"}, {"crv", "Ed25519"}, {"kid", kid}, {"x", EncodeBase64Url(x)}};
}

inline KeyPair NewRsaKey(std::size_t bits) {
  return KeyPair(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits));
}

inline nlohmann::json RsaJwk(EVP_PKEY* key, std::string_view kid) {
  const auto number = [key](const char* name) {
    BIGNUM* value = nullptr;
    Must(EVP_PKEY_get_bn_param(key, name, &value));
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, Bytes(bytes));
    BN_free(value);
    return EncodeBase64Url(bytes);
  };
  return {{"kty", "RSA"},
          {"kid", kid},
          {"n", number(OSSL_PKEY_PARAM_RSA_N)},
          {"e", number(OSSL_PKEY_PARAM_RSA_E)}};
}

// As the library gives it: DER for ECDSA.
inline std::string LibrarySignature(EVP_PKEY* key, std::string_view text, bool hashes_itself) {
  const DigestContext context(EVP_MD_CTX_new());
  Must(EVP_DigestSignInit_ex(context.get(), nullptr, hashes_itself ? nullptr : "SHA256", nullptr,
                             nullptr, key, nullptr));
  std::size_t size = 0;
  Must(EVP_DigestSign(context.get(), nullptr, &size, Bytes(text), text.size()));
  std::string signature(size, '\0');
  Must(EVP_DigestSign(context.get(), Bytes(signature), &size, Bytes(text), text.size()));
  signature.resize(size);
  return signature;
}

inline std::string SignedText(std::string_view header, std::string_view claims) {
  return Concat({EncodeBase64Url(header), ".", EncodeBase64Url(claims)});
}

inline std::string WithSignature(std::string_view text, std::string_view signature) {
  return Concat({text, ".", EncodeBase64Url(signature)});
}

}  // namespace rapport::crypto
