#include "platform/crypto/key_pair.h"

#include <openssl/ec.h>
#include <openssl/pem.h>

#include <string_view>

namespace rapport::crypto {

KeyPair NewP256Key() {
  KeyPair key(EVP_EC_gen("P-256"));
  Must(key != nullptr);
  return key;
}

std::string PrivatePem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_secmem()));
  Must(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr));
  return Text(bio.get());
}

absl::StatusOr<KeyPair> ParsePrivatePem(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), Size(pem)));
  KeyPair key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  char group[32] = "";
  std::size_t size = 0;
  if (key == nullptr || EVP_PKEY_get_group_name(key.get(), group, sizeof group, &size) != 1 ||
      std::string_view(group, size) != "prime256v1") {
    ForgetErrors();
    return absl::InvalidArgumentError("is no P-256 private key in PEM");
  }
  return key;
}

Point PublicPoint(EVP_PKEY* key) {
  constexpr std::size_t kCoordinate = 32;
  unsigned char* encoded = nullptr;
  const std::size_t size = EVP_PKEY_get1_encoded_public_key(key, &encoded);
  const std::string point(reinterpret_cast<const char*>(encoded), size);
  OPENSSL_free(encoded);
  Must(point.size() == 1 + 2 * kCoordinate && point[0] == '\x04');
  return {.x = point.substr(1, kCoordinate), .y = point.substr(1 + kCoordinate)};
}

}  // namespace rapport::crypto
