#include "admin/certificates.h"

#include "platform/base/strings.h"
#include "platform/crypto/key_pair.h"
#include "platform/crypto/random.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <utility>

namespace rapport::admin {
namespace {

using crypto::Bio;
using crypto::Must;

constexpr long kX509Version3 = 2;
// Clocks of containers may be behind; a certificate must not be from the future.
constexpr long kBackdatedSeconds = -300;

void SetRandomSerial(X509* certificate) {
  unsigned char bytes[16];
  crypto::RandomBytes(bytes, sizeof bytes);
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);  // positive, of full length
  const crypto::Owned<BIGNUM, BN_free> number(BN_bin2bn(bytes, sizeof bytes, nullptr));
  Must(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

void AddName(X509_NAME* name, const char* field, const std::string& value) {
  Must(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, crypto::Bytes(value.c_str()), -1, -1,
                                  0));
}

void AddExtension(X509* issuer, X509* subject, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, subject, nullptr, nullptr, 0);
  const crypto::Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  Must(extension != nullptr);
  Must(X509_add_ext(subject, extension.get(), -1));
}

// Everything but the extensions and the signature.
Certified Draft(const std::string& common_name, std::chrono::days valid) {
  Certified made{X509Certificate(X509_new()), crypto::NewP256Key()};
  X509* certificate = made.certificate.get();
  Must(X509_set_version(certificate, kX509Version3));
  SetRandomSerial(certificate);
  X509_gmtime_adj(X509_getm_notBefore(certificate), kBackdatedSeconds);
  X509_time_adj_ex(X509_getm_notAfter(certificate), static_cast<int>(valid.count()), 0, nullptr);
  AddName(X509_get_subject_name(certificate), "O", "Rapport");
  AddName(X509_get_subject_name(certificate), "CN", common_name);
  Must(X509_set_pubkey(certificate, made.key.get()));
  return made;
}

void Sign(X509* certificate, EVP_PKEY* key) { Must(X509_sign(certificate, key, EVP_sha256()) > 0); }

}  // namespace

std::string Certified::CertificatePem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  Must(PEM_write_bio_X509(bio.get(), certificate.get()));
  return crypto::Text(bio.get());
}

std::string Certified::KeyPem() const { return crypto::PrivatePem(key.get()); }

Certified NewAuthority(std::chrono::days valid) {
  Certified made = Draft("Rapport local authority", valid);
  X509* certificate = made.certificate.get();
  Must(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)));
  AddExtension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  AddExtension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(certificate, certificate, NID_subject_key_identifier, "hash");
  Sign(certificate, made.key.get());
  return made;
}

absl::StatusOr<Certified> ParseAuthority(const std::string& certificate_pem,
                                         const std::string& key_pem) {
  const Bio bio(BIO_new_mem_buf(certificate_pem.data(), crypto::Size(certificate_pem)));
  X509Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  auto key = crypto::ParsePrivatePem(key_pem);
  if (certificate == nullptr || !key.ok() ||
      X509_check_private_key(certificate.get(), key->get()) != 1) {
    crypto::ForgetErrors();
    return absl::InvalidArgumentError(
        "certificate and key of the authority do not belong together");
  }
  return Certified{std::move(certificate), *std::move(key)};
}

Certified Certify(const Certified& authority, const std::string& service, std::chrono::days valid) {
  Certified made = Draft(service, valid);
  X509* issuer = authority.certificate.get();
  X509* certificate = made.certificate.get();
  Must(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)));
  AddExtension(issuer, certificate, NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(issuer, certificate, NID_key_usage, "critical,digitalSignature");
  AddExtension(issuer, certificate, NID_ext_key_usage, "serverAuth,clientAuth");
  AddExtension(issuer, certificate, NID_subject_key_identifier, "hash");
  AddExtension(issuer, certificate, NID_authority_key_identifier, "keyid:always");
  AddExtension(issuer, certificate, NID_subject_alt_name,
               Concat({"URI:spiffe://rapport/sa/", service,
                       ",DNS:localhost,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1"}));
  Sign(certificate, authority.key.get());
  return made;
}

bool EndsWithin(const X509Certificate& certificate, std::chrono::days days) {
  std::time_t then = std::time(nullptr) + std::chrono::seconds(days).count();
  return X509_cmp_time(X509_get0_notAfter(certificate.get()), &then) <= 0;
}

}  // namespace rapport::admin
