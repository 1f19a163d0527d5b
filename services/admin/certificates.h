// X.509 certificates of a local authority: P-256, SHA-256. Used by `rapport-admin authority`; a
// cluster has an authority of its own. Thread-safe.
#pragma once

#include "platform/crypto/openssl.h"

#include <absl/status/statusor.h>
#include <openssl/x509.h>

#include <chrono>
#include <string>

namespace rapport::admin {

using X509Certificate = crypto::Owned<X509, X509_free>;

struct Certified {
  X509Certificate certificate;
  crypto::KeyPair key;

  std::string CertificatePem() const;
  std::string KeyPem() const;
};

// A self-signed authority that may certify services and nothing below them.
Certified NewAuthority(std::chrono::days valid);
// INVALID_ARGUMENT: the two are no PEM, or do not belong together.
absl::StatusOr<Certified> ParseAuthority(const std::string& certificate_pem,
                                         const std::string& key_pem);

// A certificate of `service` for both ends of a connection on this machine: SPIFFE name
// spiffe://rapport/sa/{service}, localhost, 127.0.0.1, ::1. `service` must be a slug.
Certified Certify(const Certified& authority, const std::string& service, std::chrono::days valid);

// True when `certificate` ends within `days` from now.
bool EndsWithin(const X509Certificate& certificate, std::chrono::days days);

}  // namespace rapport::admin
