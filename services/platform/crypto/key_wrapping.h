// How keys are kept: an agency key sealed by a key encryption key (KEK), a family key sealed by its
// agency's key. Each is bound to its service, agency, family and class, so a wrapped key put in
// another's place does not open. Used by the key ring and its rotation. Thread-safe.
#pragma once

#include "platform/crypto/key_ring.h"
#include "platform/crypto/sealer.h"
#include "platform/crypto/secret.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::crypto {

// Which data key.
struct KeyName {
  std::string_view agency, family;
  KeyClass key_class = KeyClass::kRecord;
};

class KeyWrapping {
 public:
  // `keks`: the one that wraps, then older ones that only unwrap. Not empty.
  KeyWrapping(std::string service, const std::vector<Secret>& keks);
  // Reads the KEK file. FAILED_PRECONDITION as ReadKeyFile.
  static absl::StatusOr<KeyWrapping> Load(std::string service, const std::string& kek_path);

  std::string WrapAgencyKey(std::string_view agency, std::int64_t version, const Secret& key) const;
  // UNAVAILABLE, naming the agency: the KEK is not in the file, or the row is damaged. Never
  // NOT_FOUND, which would read as erased.
  absl::StatusOr<Secret> UnwrapAgencyKey(std::string_view agency, std::int64_t version,
                                         std::string_view wrapped) const;
  bool IsWrappedByPrimary(std::string_view wrapped_agency_key) const;

  // `agency_key` is the agency's key as a sealer whose key id is its version.
  std::string WrapFamilyKey(const Sealer& agency_key, const KeyName& name, const Secret& key) const;
  absl::StatusOr<Secret> UnwrapFamilyKey(const Sealer& agency_key, const KeyName& name,
                                         std::string_view wrapped) const;

 private:
  std::string service_;
  std::vector<std::unique_ptr<const Sealer>> keks_;
};

}  // namespace rapport::crypto
