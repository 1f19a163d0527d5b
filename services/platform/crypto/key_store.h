// All SQL over SERVICE.keys.db (migrations/0001_keys.sql): wrapped keys in, wrapped keys out. Runs
// inside a transaction of the caller; used by the key ring and its rotation only.
#pragma once

#include "platform/crypto/erasure_list.h"
#include "platform/crypto/key_wrapping.h"
#include "platform/db/db.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::crypto {

struct AgencyKeyRow {
  std::string agency;
  std::int64_t version = 0;
  std::string wrapped;
};
struct FamilyKeyRow {
  std::string family;
  KeyClass key_class = KeyClass::kRecord;
  std::string wrapped;
};

// Every agency's keys, or one's, by agency and version.
absl::StatusOr<std::vector<AgencyKeyRow>> SelectAllAgencyKeys(db::Tx& tx);
absl::StatusOr<std::vector<AgencyKeyRow>> SelectAgencyKeys(db::Tx& tx, std::string_view agency);
// False: the version is there already.
absl::StatusOr<bool> InsertAgencyKey(db::Tx& tx, const AgencyKeyRow& row, std::int64_t now_us);
absl::Status UpdateAgencyKey(db::Tx& tx, const AgencyKeyRow& row);
// Until the transaction ends no other one passes here for the same agency, whichever process it is
// of: what decides about the agency's keys begins with it. False: the agency has none yet, so there
// is nothing to take; whoever makes the first takes it by that.
absl::StatusOr<bool> TakeAgencyKeys(db::Tx& tx, std::string_view agency);
absl::Status DeleteAgencyKeysBelow(db::Tx& tx, std::string_view agency, std::int64_t version);

absl::StatusOr<std::optional<std::string>> SelectFamilyKey(db::Tx& tx, const KeyName& name);
// Up to `limit` keys behind (family, key_class), in that order.
absl::StatusOr<std::vector<FamilyKeyRow>> SelectFamilyKeysAfter(db::Tx& tx, std::string_view agency,
                                                                std::string_view family,
                                                                std::int64_t key_class, int limit);
// Nothing happens when the key is there already.
absl::Status InsertFamilyKey(db::Tx& tx, const KeyName& name, std::string_view wrapped,
                             std::int64_t now_us);
absl::Status UpdateFamilyKey(db::Tx& tx, const KeyName& name, std::string_view wrapped);
absl::Status DeleteFamilyKeys(db::Tx& tx, std::string_view agency, std::string_view family);

absl::StatusOr<bool> IsErased(db::Tx& tx, std::string_view agency, std::string_view family);
absl::StatusOr<std::vector<ErasedFamily>> SelectErasures(db::Tx& tx);
absl::StatusOr<bool> HasFamilyKey(db::Tx& tx, std::string_view agency, std::string_view family);
// Nothing happens when it is there already.
absl::Status InsertErasure(db::Tx& tx, std::string_view agency, std::string_view family,
                           std::int64_t now_us);

}  // namespace rapport::crypto
