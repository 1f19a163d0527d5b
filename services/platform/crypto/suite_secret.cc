#include "platform/crypto/suite_secret.h"

#include "platform/base/clock.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/key_file.h"

#include <utility>
#include <vector>

namespace rapport::crypto {
namespace {

constexpr std::int64_t kDayMicros = 86'400'000'000;

// These texts are part of every derived key: for ever.
std::string_view Purpose(SuiteKey use) {
  switch (use) {
    case SuiteKey::kId:
      return "rapport id";
    case SuiteKey::kCache:
      return "rapport cache";
    case SuiteKey::kEvent:
      return "rapport event";
    case SuiteKey::kEtag:
      return "rapport etag";
    case SuiteKey::kInvitation:
      return "rapport invitation";
    case SuiteKey::kPageToken:
      return "rapport page token";
    case SuiteKey::kIndex:
      return "rapport index";
    case SuiteKey::kAudit:
      return "rapport audit";
    case SuiteKey::kCheckpoint:
      return "rapport checkpoint";
    case SuiteKey::kLog:
      return "rapport log";
  }
  std::abort();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SuiteSecret>> SuiteSecret::Load(const std::string& path) {
  ASSIGN_OR_RETURN(std::vector<Secret> keys, ReadKeyFile(path, 1));
  return std::make_unique<SuiteSecret>(std::move(keys.front()));
}

Secret SuiteSecret::Key(SuiteKey use, std::string_view agency) const {
  return Hkdf(secret_.view(), Identity({Purpose(use), agency}));
}

std::shared_ptr<const Sealer> SuiteSecret::SealerFor(SuiteKey use, std::string_view agency) const {
  const bool daily = use == SuiteKey::kCache;
  const auto key_id = daily ? static_cast<std::uint32_t>(RealMicros() / kDayMicros)
                            : static_cast<std::uint32_t>(use);
  const std::string name = Concat({Purpose(use), "/", agency});
  std::lock_guard lock(mutex_);
  std::shared_ptr<const Sealer>& sealer = sealers_[name];
  if (sealer == nullptr || sealer->key_id() != key_id) {
    const std::string day = std::to_string(key_id);
    const Secret key = daily ? Hkdf(Key(use, agency).view(), day) : Key(use, agency);
    sealer = std::make_shared<const Sealer>(key_id, key.view());
  }
  return sealer;
}

}  // namespace rapport::crypto
