#include "platform/runtime/certificate_check.h"

#include "platform/base/spiffe.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/openssl.h"

#include <openssl/asn1.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <vector>

namespace rapport::runtime {
namespace {

using crypto::Owned;
using Certificate = Owned<X509, X509_free>;

void FreeNames(GENERAL_NAMES* names) { GENERAL_NAMES_free(names); }
void FreeStack(STACK_OF(X509) * stack) { sk_X509_free(stack); }

absl::Status Refused(std::string_view problem) {
  crypto::ForgetErrors();
  return absl::InvalidArgumentError(Absl(problem));
}

// Nothing is asked for on a terminal: an encrypted key is refused.
int NoPassword(char*, int, int, void*) { return 0; }

// Every certificate of `pem`; at least one.
absl::StatusOr<std::vector<Certificate>> ParseAll(const std::string& pem, std::string_view what) {
  const crypto::Bio bio(BIO_new_mem_buf(pem.data(), crypto::Size(pem)));
  std::vector<Certificate> all;
  for (;;) {
    Certificate next(PEM_read_bio_X509(bio.get(), nullptr, &NoPassword, nullptr));
    if (next == nullptr) break;
    all.push_back(std::move(next));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  crypto::ForgetErrors();
  if (all.empty() || !at_end) return Refused(Concat({what, " is not whole PEM"}));
  return all;
}

// What TLS itself would say of the pair.
absl::Status CheckPair(X509* certificate, const std::string& key_pem) {
  const crypto::Bio bio(BIO_new_mem_buf(key_pem.data(), crypto::Size(key_pem)));
  const crypto::KeyPair key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &NoPassword, nullptr));
  if (key == nullptr) return Refused("key is not whole PEM, or encrypted");
  if (X509_check_private_key(certificate, key.get()) != 1) {
    return Refused("key does not belong to the certificate");
  }
  const Owned<SSL_CTX, SSL_CTX_free> tls(SSL_CTX_new(TLS_method()));
  crypto::Must(tls != nullptr);
  if (SSL_CTX_use_certificate(tls.get(), certificate) != 1 ||
      SSL_CTX_use_PrivateKey(tls.get(), key.get()) != 1) {
    return Refused("TLS refuses the pair; its key or signature is too weak");
  }
  return absl::OkStatus();
}

std::int64_t UnixSeconds(const ASN1_TIME* time) {
  std::tm parts{};
  crypto::Must(ASN1_TIME_to_tm(time, &parts));
  return ::timegm(&parts);
}

absl::Status CheckChain(const std::vector<Certificate>& chain, const std::string& authority_pem,
                        std::int64_t now_unix) {
  ASSIGN_OR_RETURN(const std::vector<Certificate> authorities,
                   ParseAll(authority_pem, "authority"));
  const Owned<X509_STORE, X509_STORE_free> store(X509_STORE_new());
  for (const Certificate& authority : authorities) {
    crypto::Must(X509_STORE_add_cert(store.get(), authority.get()));
  }
  const Owned<STACK_OF(X509), FreeStack> between(sk_X509_new_null());
  for (std::size_t i = 1; i < chain.size(); ++i) {
    crypto::Must(sk_X509_push(between.get(), chain[i].get()) > 0);
  }
  const Owned<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
  crypto::Must(X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), between.get()));
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context.get()), now_unix);
  if (X509_verify_cert(context.get()) == 1) return absl::OkStatus();
  return Refused(Concat({"does not lead to the authority: ",
                         X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()))}));
}

// The service of the one SPIFFE name; empty when there is none.
absl::StatusOr<std::string> ServiceOf(X509* certificate) {
  const Owned<GENERAL_NAMES, FreeNames> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string found;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri));
    const auto service =
        ServiceOfSpiffeId({text, static_cast<std::size_t>(ASN1_STRING_length(uri))});
    if (!service) return Refused("has a URI that is no name of a service");
    if (!found.empty()) return Refused("names more than one service");
    found = *service;
  }
  return found;
}

}  // namespace

absl::StatusOr<CheckedCertificate> CheckCertificate(const CertificateFiles& files,
                                                    const std::string& service,
                                                    std::int64_t now_unix) {
  ASSIGN_OR_RETURN(const std::vector<Certificate> chain,
                   ParseAll(files.certificate, "certificate"));
  X509* const certificate = chain.front().get();
  RETURN_IF_ERROR(CheckPair(certificate, files.key));
  CheckedCertificate checked{.not_after_unix = UnixSeconds(X509_get0_notAfter(certificate))};
  if (checked.not_after_unix <= now_unix) return Refused("has expired");
  if (UnixSeconds(X509_get0_notBefore(certificate)) > now_unix) return Refused("is not valid yet");
  if (X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 0) != 1) {
    return Refused("is not for a server");
  }
  if (files.authority.empty()) return checked;
  RETURN_IF_ERROR(CheckChain(chain, files.authority, now_unix));
  if (X509_check_purpose(certificate, X509_PURPOSE_SSL_CLIENT, 0) != 1) {
    return Refused("is not for a client");
  }
  ASSIGN_OR_RETURN(checked.service, ServiceOf(certificate));
  if (checked.service != service) return Refused("is of another service, or of none");
  return checked;
}

}  // namespace rapport::runtime
