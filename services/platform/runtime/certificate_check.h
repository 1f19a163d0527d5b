// Checks a key and its certificate before they are served.
//
// A pair that does not match, or half a file, would end every new handshake (reliability.md finding
// 11), so nothing is served that did not pass here. Pure but for OpenSSL's settings of the machine
// (the smallest keys it accepts). Thread-safe.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>

namespace rapport::runtime {

struct CertificateFiles {
  std::string certificate;  // PEM: the certificate, then those between it and the authority
  std::string key;          // PEM, not encrypted
  std::string authority;    // PEM: whom to trust; empty: the chain is not verified (api listener)
};

struct CheckedCertificate {
  std::int64_t not_after_unix = 0;  // of the certificate itself
  std::string service;              // of its SPIFFE name; not looked for without an authority
};

// INVALID_ARGUMENT, saying what is wrong and nothing of the content, when the key does not belong
// to the certificate, one of them is not whole or too weak for TLS, it is not valid at `now_unix`,
// or, with an authority, it does not lead there, is not for both ends of a connection, or names
// another service than `service` (or more than one) by SPIFFE.
absl::StatusOr<CheckedCertificate> CheckCertificate(const CertificateFiles& files,
                                                    const std::string& service,
                                                    std::int64_t now_unix);

}  // namespace rapport::runtime
