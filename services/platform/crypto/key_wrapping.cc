#include "platform/crypto/key_wrapping.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/key_file.h"

#include <openssl/crypto.h>

#include <cstring>
#include <optional>
#include <utility>

namespace rapport::crypto {
namespace {

// A name for a KEK that says nothing of it.
std::uint32_t KekId(const Secret& kek) {
  const std::string digest = Sha256({"rapport key encryption key", kek.view()});
  return static_cast<std::uint32_t>(*HexNumber(Hex(digest.substr(0, 4))));
}

absl::StatusOr<Secret> TakeSecret(absl::StatusOr<std::string> opened, std::string_view what) {
  if (!opened.ok() || opened->size() != Secret::kBytes) {
    return absl::UnavailableError(Concat({"the ", what, " can't be unwrapped"}));
  }
  Secret secret;
  std::memcpy(secret.data(), opened->data(), Secret::kBytes);
  OPENSSL_cleanse(opened->data(), opened->size());
  return secret;
}

std::string AgencyIdentity(std::string_view service, std::string_view agency,
                           std::int64_t version) {
  return Identity({"agency key", service, agency, std::to_string(version)});
}

std::string FamilyIdentity(std::string_view service, const KeyName& name) {
  return Identity({"family key", service, name.agency, name.family,
                   std::to_string(static_cast<int>(name.key_class))});
}

}  // namespace

KeyWrapping::KeyWrapping(std::string service, const std::vector<Secret>& keks)
    : service_(std::move(service)) {
  for (const Secret& kek : keks) {
    keks_.push_back(std::make_unique<const Sealer>(KekId(kek), kek.view()));
  }
}

absl::StatusOr<KeyWrapping> KeyWrapping::Load(std::string service, const std::string& kek_path) {
  ASSIGN_OR_RETURN(const std::vector<Secret> keks, ReadKeyFile(kek_path, kMostKeysInFile));
  return KeyWrapping(std::move(service), keks);
}

std::string KeyWrapping::WrapAgencyKey(std::string_view agency, std::int64_t version,
                                       const Secret& key) const {
  return keks_.front()->Seal(AgencyIdentity(service_, agency, version), key.view());
}

absl::StatusOr<Secret> KeyWrapping::UnwrapAgencyKey(std::string_view agency, std::int64_t version,
                                                    std::string_view wrapped) const {
  const std::string what = Concat({"key of agency ", agency});
  const std::optional<std::uint32_t> kek_id = SealedKeyId(wrapped);
  for (const auto& kek : keks_) {
    if (kek->key_id() != kek_id) continue;
    return TakeSecret(kek->Open(AgencyIdentity(service_, agency, version), wrapped), what);
  }
  return absl::UnavailableError(
      Concat({"the ", what, " is wrapped by a key encryption key that ", "is not in the file"}));
}

bool KeyWrapping::IsWrappedByPrimary(std::string_view wrapped_agency_key) const {
  return SealedKeyId(wrapped_agency_key) == keks_.front()->key_id();
}

std::string KeyWrapping::WrapFamilyKey(const Sealer& agency_key, const KeyName& name,
                                       const Secret& key) const {
  return agency_key.Seal(FamilyIdentity(service_, name), key.view());
}

absl::StatusOr<Secret> KeyWrapping::UnwrapFamilyKey(const Sealer& agency_key, const KeyName& name,
                                                    std::string_view wrapped) const {
  return TakeSecret(agency_key.Open(FamilyIdentity(service_, name), wrapped), "key of a family");
}

}  // namespace rapport::crypto
