// LocalIssuer: an issuer in a folder, for an installation without an identity provider: demo,
// development, tests. Called by rapport-admin and tests; services only ever see its public key set.
//
// The folder holds issuer.key (private, mode 0600), jwks.json and url. Thread-safe.
#pragma once

#include "platform/crypto/openssl.h"

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::crypto {

class LocalIssuer {
 public:
  // What a token says beside the issuer and the times.
  struct Request {
    std::string agency, subject;
    std::vector<std::string> roles;
    std::vector<std::string> scopes{};
    std::string audience = "rapport";
    std::chrono::seconds lifetime{15 * 60};
  };

  // Makes `folder` an issuer named `url`. ALREADY_EXISTS: it is one.
  static absl::StatusOr<LocalIssuer> Create(const std::string& folder, const std::string& url);
  static absl::StatusOr<LocalIssuer> Open(const std::string& folder);

  // A token issued at `now_unix`, with `amr: [mfa]`.
  std::string Token(const Request& request, std::int64_t now_unix) const;
  // Any header and claims, signed ES256, for whoever must make odd ones.
  std::string Sign(std::string_view header_json, std::string_view claims_json) const;

  const std::string& url() const { return url_; }
  const std::string& key_id() const { return key_id_; }
  std::string jwks_path() const;

 private:
  LocalIssuer(std::string folder, std::string url, KeyPair key);

  std::string folder_, url_, key_id_;
  KeyPair key_;
};

}  // namespace rapport::crypto
