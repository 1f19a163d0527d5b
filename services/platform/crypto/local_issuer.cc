#include "platform/crypto/local_issuer.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/base64url.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/files.h"
#include "platform/crypto/key_pair.h"

#include <absl/strings/str_join.h>
#include <openssl/ec.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <system_error>
#include <utility>

namespace rapport::crypto {
namespace {

using nlohmann::json;

constexpr std::size_t kMostBytes = 16 * 1024;
constexpr int kHalf = 32;

std::string KeyPath(const std::string& folder) { return folder + "/issuer.key"; }
std::string UrlPath(const std::string& folder) { return folder + "/url"; }
std::string JwksPath(const std::string& folder) { return folder + "/jwks.json"; }

json PublicJwk(EVP_PKEY* key) {
  const Point point = PublicPoint(key);
  return {{"kty", "EC"},
          {"crv", "P-256"},
          {"x", EncodeBase64Url(point.x)},
          {"y", EncodeBase64Url(point.y)}};
}

// RFC 7638: the digest of the members that make the key, in this order.
std::string Thumbprint(const json& jwk) {
  const json canonical = {
      {"crv", jwk["crv"]}, {"kty", jwk["kty"]}, {"x", jwk["x"]}, {"y", jwk["y"]}};
  return EncodeBase64Url(Sha256({canonical.dump()}));
}

std::string Signature(EVP_PKEY* key, std::string_view text) {
  const DigestContext context(EVP_MD_CTX_new());
  Must(EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key, nullptr));
  std::size_t size = 0;
  Must(EVP_DigestSign(context.get(), nullptr, &size, Bytes(text), text.size()));
  std::string der(size, '\0');
  Must(EVP_DigestSign(context.get(), Bytes(der), &size, Bytes(text), text.size()));
  const unsigned char* read = Bytes(der.c_str());
  const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(
      d2i_ECDSA_SIG(nullptr, &read, static_cast<long>(size)));
  Must(pair != nullptr);
  std::string raw(2 * kHalf, '\0');
  Must(BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), Bytes(raw), kHalf) == kHalf);
  Must(BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), Bytes(raw) + kHalf, kHalf) == kHalf);
  return raw;
}

}  // namespace

LocalIssuer::LocalIssuer(std::string folder, std::string url, KeyPair key)
    : folder_(std::move(folder)),
      url_(std::move(url)),
      key_id_(Thumbprint(PublicJwk(key.get()))),
      key_(std::move(key)) {}

absl::StatusOr<LocalIssuer> LocalIssuer::Create(const std::string& folder, const std::string& url) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (std::filesystem::exists(KeyPath(folder), error)) {
    return absl::AlreadyExistsError(Concat({folder, " is an issuer already"}));
  }
  LocalIssuer issuer(folder, url, NewP256Key());
  json jwk = PublicJwk(issuer.key_.get());
  jwk["kid"] = issuer.key_id_;
  jwk["alg"] = "ES256";
  jwk["use"] = "sig";
  const json set = {{"keys", json::array({jwk})}};
  RETURN_IF_ERROR(ReplaceFile(UrlPath(folder), url + '\n', 0644));
  RETURN_IF_ERROR(ReplaceFile(JwksPath(folder), set.dump(2) + '\n', 0644));
  // Last, so that a folder with a key is whole.
  RETURN_IF_ERROR(ReplaceFile(KeyPath(folder), PrivatePem(issuer.key_.get()), 0600));
  return issuer;
}

absl::StatusOr<LocalIssuer> LocalIssuer::Open(const std::string& folder) {
  ASSIGN_OR_RETURN(const FileText pem, ReadFile(KeyPath(folder), kMostBytes));
  ASSIGN_OR_RETURN(FileText url, ReadFile(UrlPath(folder), kMostBytes));
  auto key = ParsePrivatePem(pem.text);
  if (!key.ok()) {
    return absl::FailedPreconditionError(
        Concat({KeyPath(folder), ": ", Std(key.status().message())}));
  }
  url.text.erase(url.text.find_last_not_of('\n') + 1);
  return LocalIssuer(folder, std::move(url.text), *std::move(key));
}

std::string LocalIssuer::Token(const Request& request, std::int64_t now_unix) const {
  const json header = {{"alg", "ES256"}, {"kid", key_id_}, {"typ", "JWT"}};
  json claims = {{"iss", url_},
                 {"aud", request.audience},
                 {"sub", request.subject},
                 {"agency", request.agency},
                 {"roles", request.roles},
                 {"amr", {"mfa"}},
                 {"iat", now_unix},
                 {"exp", now_unix + request.lifetime.count()}};
  if (!request.scopes.empty()) claims["scope"] = absl::StrJoin(request.scopes, " ");
  return Sign(header.dump(), claims.dump());
}

std::string LocalIssuer::Sign(std::string_view header_json, std::string_view claims_json) const {
  const std::string text =
      Concat({EncodeBase64Url(header_json), ".", EncodeBase64Url(claims_json)});
  return Concat({text, ".", EncodeBase64Url(Signature(key_.get(), text))});
}

std::string LocalIssuer::jwks_path() const { return JwksPath(folder_); }

}  // namespace rapport::crypto
