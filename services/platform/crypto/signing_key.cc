#include "platform/crypto/signing_key.h"

namespace rapport::crypto {

SigningKey::SigningKey(const Secret& seed)
    : key_(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), Secret::kBytes)),
      public_key_(kSigningPublicKeyBytes, '\0') {
  Must(key_ != nullptr);
  std::size_t size = public_key_.size();
  Must(EVP_PKEY_get_raw_public_key(key_.get(), Bytes(public_key_), &size));
}

std::string SigningKey::Sign(std::string_view message) const {
  const DigestContext context(EVP_MD_CTX_new());
  Must(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()));
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  Must(EVP_DigestSign(context.get(), Bytes(signature), &size, Bytes(message), message.size()));
  return signature;
}

bool IsSignedBy(std::string_view public_key, std::string_view message, std::string_view signature) {
  const PublicKey key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(public_key), public_key.size()));
  const DigestContext context(EVP_MD_CTX_new());
  const bool signed_by =
      key != nullptr && signature.size() == kSignatureBytes &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message),
                       message.size()) == 1;
  if (!signed_by) ForgetErrors();
  return signed_by;
}

}  // namespace rapport::crypto
