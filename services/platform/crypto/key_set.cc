#include "platform/crypto/key_set.h"

#include "platform/base/strings.h"
#include "platform/crypto/base64url.h"
#include "platform/crypto/strict_json.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace rapport::crypto {
namespace {

using nlohmann::json;
using Number = Owned<BIGNUM, BN_free>;
using Signature = Owned<ECDSA_SIG, ECDSA_SIG_free>;

constexpr int kDepth = 4;  // set, list, key, and lists in a key
constexpr std::size_t kCoordinate = 32;
// Below, RSA can be broken; above, verifying is a way to keep a server busy.
constexpr int kLeastRsaBits = 2048, kMostRsaBits = 8192;

absl::Status Unfit(std::string_view what) {
  return absl::InvalidArgumentError(Concat({"key set: ", what}));
}

// A member that is a string; empty when there is none.
std::string Text(const json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

std::string BytesOf(const json& jwk, const char* name) {
  return DecodeBase64Url(Text(jwk, name)).value_or("");
}

PublicKey FromParameters(const char* type, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  PublicKey owned(key);
  const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return EVP_PKEY_public_check(check.get()) == 1 ? std::move(owned) : nullptr;
}

using Builder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;

PublicKey P256(const json& jwk) {
  const std::string x = BytesOf(jwk, "x"), y = BytesOf(jwk, "y");
  if (x.size() != kCoordinate || y.size() != kCoordinate) return nullptr;
  const std::string point = Concat({"\x04", x, y});  // uncompressed
  const Builder builder(OSSL_PARAM_BLD_new());
  Must(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0));
  Must(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                        point.size()));
  return FromParameters("EC", builder.get());
}

PublicKey Ed25519(const json& jwk) {
  const std::string x = BytesOf(jwk, "x");
  return PublicKey(
      EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, Bytes(x.c_str()), x.size()));
}

PublicKey Rsa(const json& jwk) {
  const std::string modulus = BytesOf(jwk, "n"), exponent = BytesOf(jwk, "e");
  if (modulus.size() > kMostRsaBits / 8 || exponent.size() > 4) return nullptr;
  const Number n(BN_bin2bn(Bytes(modulus.c_str()), Size(modulus), nullptr));
  const Number e(BN_bin2bn(Bytes(exponent.c_str()), Size(exponent), nullptr));
  if (BN_num_bits(n.get()) < kLeastRsaBits || !BN_is_odd(e.get()) || BN_is_one(e.get())) {
    return nullptr;
  }
  const Builder builder(OSSL_PARAM_BLD_new());
  Must(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()));
  Must(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()));
  return FromParameters("RSA", builder.get());
}

bool IsForSignatures(const json& jwk) {
  if (jwk.contains("use") && Text(jwk, "use") != "sig") return false;
  const auto operations = jwk.find("key_ops");
  return operations == jwk.end() ||
         std::find(operations->begin(), operations->end(), "verify") != operations->end();
}

// Nullopt: a key this product has no use for.
std::optional<VerificationKey> Usable(const json& jwk) {
  if (!jwk.is_object() || !IsKeyId(Text(jwk, "kid")) || !IsForSignatures(jwk)) return std::nullopt;
  const std::string type = Text(jwk, "kty"), curve = Text(jwk, "crv");
  VerificationKey usable;
  if (type == "EC" && curve == "P-256") {
    usable = {Algorithm::kEs256, P256(jwk)};
  } else if (type == "OKP" && curve == "Ed25519") {
    usable = {Algorithm::kEdDsa, Ed25519(jwk)};
  } else if (type == "RSA") {
    usable = {Algorithm::kRs256, Rsa(jwk)};
  }
  if (usable.key == nullptr) {
    ForgetErrors();
    return std::nullopt;
  }
  if (jwk.contains("alg") && Text(jwk, "alg") != NameOf(usable.algorithm)) return std::nullopt;
  return usable;
}

// The two numbers of a JWS signature in the form the library verifies; empty: not such a signature.
std::string EcdsaDer(std::string_view signature) {
  if (signature.size() != 2 * kCoordinate) return {};
  const Signature pair(ECDSA_SIG_new());
  Must(ECDSA_SIG_set0(pair.get(), BN_bin2bn(Bytes(signature), kCoordinate, nullptr),
                      BN_bin2bn(Bytes(signature) + kCoordinate, kCoordinate, nullptr)));
  const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
  std::string der(static_cast<std::size_t>(size), '\0');
  unsigned char* out = Bytes(der);
  Must(i2d_ECDSA_SIG(pair.get(), &out) == size);
  return der;
}

}  // namespace

std::string_view NameOf(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEs256:
      return "ES256";
    case Algorithm::kEdDsa:
      return "EdDSA";
    case Algorithm::kRs256:
      return "RS256";
  }
  std::abort();
}

bool IsKeyId(std::string_view kid) {
  return !kid.empty() && kid.size() <= 64 && std::all_of(kid.begin(), kid.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

bool SignatureHolds(const VerificationKey& key, std::string_view text, std::string_view signature) {
  const bool ecdsa = key.algorithm == Algorithm::kEs256;
  const std::string der = ecdsa ? EcdsaDer(signature) : std::string();
  const std::string_view form = ecdsa ? std::string_view(der) : signature;
  // Ed25519 hashes by itself. RSA keys get the padding of RS256, PKCS #1 1.5, by default.
  const char* const digest = key.algorithm == Algorithm::kEdDsa ? nullptr : "SHA256";
  const DigestContext context(EVP_MD_CTX_new());
  if (!form.empty() &&
      EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key.key.get(),
                              nullptr) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(form), form.size(), Bytes(text), text.size()) == 1) {
    return true;
  }
  ForgetErrors();
  return false;
}

absl::StatusOr<KeySet> KeySet::Parse(std::string_view jwks) {
  const std::optional<json> set = ParseStrictJson(jwks, kDepth);
  if (!set.has_value()) return Unfit("is no JSON object, or names something twice");
  const auto list = set->find("keys");
  if (list == set->end() || !list->is_array()) return Unfit("has no list \"keys\"");
  KeySet keys;
  for (const json& jwk : *list) {
    if (jwk.is_object() && (jwk.contains("d") || jwk.contains("k"))) {
      return Unfit("holds a private key");
    }
    std::optional<VerificationKey> key = Usable(jwk);
    if (!key.has_value()) continue;
    if (!keys.keys_.try_emplace(Text(jwk, "kid"), *std::move(key)).second) {
      return Unfit("names a key id twice");
    }
  }
  if (keys.keys_.empty()) return Unfit("holds no ES256, EdDSA or RS256 key with a key id");
  return keys;
}

const VerificationKey* KeySet::Find(std::string_view kid) const {
  const auto found = keys_.find(Absl(kid));
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace rapport::crypto
