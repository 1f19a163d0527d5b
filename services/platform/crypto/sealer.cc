#include "platform/crypto/sealer.h"

#include "platform/crypto/openssl.h"
#include "platform/crypto/random.h"

#include <cstring>
#include <stdexcept>

namespace rapport::crypto {
namespace {

constexpr char kVersion = 0x01;
constexpr std::size_t kHeader = 5, kNonce = 12, kTag = 16;
static_assert(kHeader + kNonce + kTag == Sealer::kOverhead);

// The cipher is fetched once and each thread keeps one context per direction; a call sets its key
// anew (0.2 us), since neighbouring calls are about different families.
EVP_CIPHER_CTX* Context(int encrypt) {
  thread_local const CipherContext contexts[2] = {CipherContext(EVP_CIPHER_CTX_new()),
                                                  CipherContext(EVP_CIPHER_CTX_new())};
  EVP_CIPHER_CTX* context = contexts[encrypt].get();
  if (EVP_CIPHER_CTX_get0_cipher(context) == nullptr) {
    static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    Must(EVP_CipherInit_ex2(context, cipher, nullptr, nullptr, encrypt, nullptr));
  }
  return context;
}

void Authenticate(EVP_CIPHER_CTX* context, std::string_view header, std::string_view identity) {
  int length = 0;
  Must(EVP_CipherUpdate(context, nullptr, &length, Bytes(header), Size(header)));
  Must(EVP_CipherUpdate(context, nullptr, &length, Bytes(identity), Size(identity)));
}

void PutBigEndian(std::uint32_t value, char* out) {
  value = __builtin_bswap32(value);
  std::memcpy(out, &value, sizeof value);
}

absl::Status NotOurs() { return absl::DataLossError("sealed value does not open"); }

}  // namespace

Sealer::Sealer(std::uint32_t key_id, std::string_view key32, std::uint64_t seals)
    : key_id_(key_id), seals_(seals) {
  Must(key32.size() == Secret::kBytes);
  std::memcpy(key_.data(), key32.data(), key32.size());
}

std::string Sealer::Seal(std::string_view identity, std::string_view plain) const {
  if (seals_.fetch_add(1, std::memory_order_relaxed) >= kMostSeals) {
    throw std::length_error("a sealing key is worn out");
  }
  std::string sealed(plain.size() + kOverhead, '\0');
  sealed[0] = kVersion;
  PutBigEndian(key_id_, sealed.data() + 1);
  unsigned char* const nonce = Bytes(sealed) + kHeader;
  unsigned char* const text = nonce + kNonce;
  RandomBytes(nonce, kNonce);
  EVP_CIPHER_CTX* const context = Context(1);
  Must(EVP_EncryptInit_ex2(context, nullptr, key_.data(), nonce, nullptr));
  Authenticate(context, std::string_view(sealed).substr(0, kHeader), identity);
  int length = 0;
  Must(EVP_EncryptUpdate(context, text, &length, Bytes(plain), Size(plain)));
  Must(EVP_EncryptFinal_ex(context, text + length, &length));
  Must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTag, text + plain.size()));
  return sealed;
}

absl::StatusOr<std::string> Sealer::Open(std::string_view identity, std::string_view sealed) const {
  if (SealedKeyId(sealed) != key_id_) return NotOurs();
  const std::string_view header = sealed.substr(0, kHeader);
  const std::string_view nonce = sealed.substr(kHeader, kNonce);
  const std::string_view text = sealed.substr(kHeader + kNonce, sealed.size() - kOverhead);
  unsigned char tag[kTag];
  std::memcpy(tag, sealed.data() + sealed.size() - kTag, kTag);

  EVP_CIPHER_CTX* const context = Context(0);
  Must(EVP_DecryptInit_ex2(context, nullptr, key_.data(), Bytes(nonce), nullptr));
  Authenticate(context, header, identity);
  std::string plain(text.size(), '\0');
  int length = 0;
  Must(EVP_DecryptUpdate(context, Bytes(plain), &length, Bytes(text), Size(text)));
  Must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTag, tag));
  if (EVP_DecryptFinal_ex(context, Bytes(plain) + length, &length) != 1) {
    ForgetErrors();
    return NotOurs();
  }
  return plain;
}

std::optional<std::uint32_t> SealedKeyId(std::string_view sealed) {
  if (sealed.size() < Sealer::kOverhead || sealed[0] != kVersion) return std::nullopt;
  std::uint32_t key_id = 0;
  std::memcpy(&key_id, sealed.data() + 1, sizeof key_id);
  return __builtin_bswap32(key_id);
}

std::string Identity(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (std::string_view part : parts) size += 4 + part.size();
  std::string identity;
  identity.reserve(size);
  for (std::string_view part : parts) {
    char length[4];
    PutBigEndian(static_cast<std::uint32_t>(part.size()), length);
    identity.append(length, sizeof length);
    identity += part;
  }
  return identity;
}

}  // namespace rapport::crypto
