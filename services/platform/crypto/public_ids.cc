#include "platform/crypto/public_ids.h"

#include "platform/base/strings.h"
#include "platform/crypto/new_id.h"
#include "platform/crypto/openssl.h"

#include <absl/strings/escaping.h>

#include <atomic>

namespace rapport::crypto {

// One direction of a thread. Calls come in runs of one agency: its key schedule stays.
struct PublicIds::Context {
  CipherContext cipher{EVP_CIPHER_CTX_new()};
  std::uint64_t instance = 0;
  std::string agency;
};

PublicIds::PublicIds(const SuiteSecret& secret)
    : keys_(secret, SuiteKey::kId, "suite"), instance_([] {
        static std::atomic<std::uint64_t> instances{0};
        return ++instances;
      }()) {}

std::string PublicIds::Block(bool encrypt, std::string_view agency, std::string_view in) const {
  static EVP_CIPHER* const aes = EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr);
  thread_local Context contexts[2];
  Context& context = contexts[encrypt];
  if (context.instance != instance_ || context.agency != agency) {
    Must(EVP_CipherInit_ex2(context.cipher.get(), aes, keys_.Of(agency).data(), nullptr, encrypt,
                            nullptr));
    EVP_CIPHER_CTX_set_padding(context.cipher.get(), 0);
    context.instance = instance_;
    context.agency = agency;
  }
  std::string out(kIdBytes, '\0');
  int length = 0;
  Must(EVP_CipherUpdate(context.cipher.get(), Bytes(out), &length, Bytes(in), Size(in)));
  return out;
}

std::string PublicIds::Show(std::string_view agency, std::string_view id) const {
  if (id.size() != kIdBytes) return {};
  return Hex(Block(true, agency, id));
}

std::optional<std::string> PublicIds::Read(std::string_view agency, std::string_view shown) const {
  if (shown.size() != 2 * kIdBytes) return std::nullopt;
  for (const char c : shown) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return std::nullopt;
  }
  return Block(false, agency, absl::HexStringToBytes(Absl(shown)));
}

}  // namespace rapport::crypto
