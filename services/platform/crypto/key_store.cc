#include "platform/crypto/key_store.h"

#include "platform/base/status_macros.h"

namespace rapport::crypto {
namespace {

constexpr char kSelectAllAgencyKeys[] =
    "SELECT agency_id, version, wrapped FROM agency_key ORDER BY agency_id, version";
constexpr char kSelectAgencyKeys[] =
    "SELECT agency_id, version, wrapped FROM agency_key WHERE agency_id = $1 ORDER BY version";
constexpr char kInsertAgencyKey[] =
    "INSERT INTO agency_key (agency_id, version, made_us, wrapped) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (agency_id, version) DO NOTHING";
constexpr char kUpdateAgencyKey[] =
    "UPDATE agency_key SET wrapped = $3 WHERE agency_id = $1 AND version = $2";
// An update of nothing: the dialect has no other lock.
constexpr char kTakeAgencyKeys[] = "UPDATE agency_key SET made_us = made_us WHERE agency_id = $1";
constexpr char kDeleteAgencyKeysBelow[] =
    "DELETE FROM agency_key WHERE agency_id = $1 AND version < $2";

constexpr char kSelectFamilyKey[] =
    "SELECT wrapped FROM family_key WHERE agency_id = $1 AND family_id = $2 AND key_class = $3";
constexpr char kSelectFamilyKeysAfter[] =
    "SELECT family_id, key_class, wrapped FROM family_key "
    "WHERE agency_id = $1 AND (family_id, key_class) > ($2, $3) "
    "ORDER BY family_id, key_class LIMIT $4";
constexpr char kInsertFamilyKey[] =
    "INSERT INTO family_key (agency_id, family_id, key_class, made_us, wrapped) "
    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (agency_id, family_id, key_class) DO NOTHING";
constexpr char kUpdateFamilyKey[] =
    "UPDATE family_key SET wrapped = $4 "
    "WHERE agency_id = $1 AND family_id = $2 AND key_class = $3";
constexpr char kDeleteFamilyKeys[] =
    "DELETE FROM family_key WHERE agency_id = $1 AND family_id = $2";

constexpr char kSelectErasure[] =
    "SELECT erased_us FROM erasure WHERE agency_id = $1 AND family_id = $2";
constexpr char kSelectErasures[] =
    "SELECT agency_id, family_id, erased_us FROM erasure ORDER BY agency_id, family_id";
constexpr char kSelectAnyKey[] =
    "SELECT key_class FROM family_key WHERE agency_id = $1 AND family_id = $2 LIMIT 1";
constexpr char kInsertErasure[] =
    "INSERT INTO erasure (agency_id, family_id, erased_us) VALUES ($1, $2, $3) "
    "ON CONFLICT (agency_id, family_id) DO NOTHING";

std::int64_t NumberOf(KeyClass key_class) { return static_cast<std::int64_t>(key_class); }

absl::StatusOr<std::vector<AgencyKeyRow>> AgencyKeyRows(db::Tx& tx, const char* sql,
                                                        std::initializer_list<db::Value> values) {
  std::vector<AgencyKeyRow> rows;
  RETURN_IF_ERROR(tx.Run(sql, values, [&](const db::Row& row) {
                      rows.push_back({.agency = std::string(row.Bytes(0)),
                                      .version = row.Int(1),
                                      .wrapped = std::string(row.Bytes(2))});
                    }).status());
  return rows;
}

}  // namespace

absl::StatusOr<std::vector<AgencyKeyRow>> SelectAllAgencyKeys(db::Tx& tx) {
  return AgencyKeyRows(tx, kSelectAllAgencyKeys, {});
}

absl::StatusOr<std::vector<AgencyKeyRow>> SelectAgencyKeys(db::Tx& tx, std::string_view agency) {
  return AgencyKeyRows(tx, kSelectAgencyKeys, {agency});
}

absl::StatusOr<bool> InsertAgencyKey(db::Tx& tx, const AgencyKeyRow& row, std::int64_t now_us) {
  ASSIGN_OR_RETURN(
      const std::int64_t inserted,
      tx.Run(kInsertAgencyKey, {row.agency, row.version, now_us, db::Blob{row.wrapped}}));
  return inserted == 1;
}

absl::StatusOr<bool> TakeAgencyKeys(db::Tx& tx, std::string_view agency) {
  ASSIGN_OR_RETURN(const std::int64_t keys, tx.Run(kTakeAgencyKeys, {agency}));
  return keys > 0;
}

absl::Status UpdateAgencyKey(db::Tx& tx, const AgencyKeyRow& row) {
  return tx.Run(kUpdateAgencyKey, {row.agency, row.version, db::Blob{row.wrapped}}).status();
}

absl::Status DeleteAgencyKeysBelow(db::Tx& tx, std::string_view agency, std::int64_t version) {
  return tx.Run(kDeleteAgencyKeysBelow, {agency, version}).status();
}

absl::StatusOr<std::optional<std::string>> SelectFamilyKey(db::Tx& tx, const KeyName& name) {
  std::optional<std::string> wrapped;
  RETURN_IF_ERROR(tx.Run(kSelectFamilyKey,
                         {name.agency, db::Blob{name.family}, NumberOf(name.key_class)},
                         [&](const db::Row& row) { wrapped = std::string(row.Bytes(0)); })
                      .status());
  return wrapped;
}

absl::StatusOr<std::vector<FamilyKeyRow>> SelectFamilyKeysAfter(db::Tx& tx, std::string_view agency,
                                                                std::string_view family,
                                                                std::int64_t key_class, int limit) {
  std::vector<FamilyKeyRow> rows;
  RETURN_IF_ERROR(tx.Run(kSelectFamilyKeysAfter, {agency, db::Blob{family}, key_class, limit},
                         [&](const db::Row& row) {
                           rows.push_back({.family = std::string(row.Bytes(0)),
                                           .key_class = static_cast<KeyClass>(row.Int(1)),
                                           .wrapped = std::string(row.Bytes(2))});
                         })
                      .status());
  return rows;
}

absl::Status InsertFamilyKey(db::Tx& tx, const KeyName& name, std::string_view wrapped,
                             std::int64_t now_us) {
  return tx
      .Run(kInsertFamilyKey, {name.agency, db::Blob{name.family}, NumberOf(name.key_class), now_us,
                              db::Blob{wrapped}})
      .status();
}

absl::Status UpdateFamilyKey(db::Tx& tx, const KeyName& name, std::string_view wrapped) {
  return tx
      .Run(kUpdateFamilyKey,
           {name.agency, db::Blob{name.family}, NumberOf(name.key_class), db::Blob{wrapped}})
      .status();
}

absl::Status DeleteFamilyKeys(db::Tx& tx, std::string_view agency, std::string_view family) {
  return tx.Run(kDeleteFamilyKeys, {agency, db::Blob{family}}).status();
}

absl::StatusOr<bool> IsErased(db::Tx& tx, std::string_view agency, std::string_view family) {
  ASSIGN_OR_RETURN(const std::int64_t rows, tx.Run(kSelectErasure, {agency, db::Blob{family}}));
  return rows > 0;
}

absl::StatusOr<std::vector<ErasedFamily>> SelectErasures(db::Tx& tx) {
  std::vector<ErasedFamily> all;
  RETURN_IF_ERROR(tx.Run(kSelectErasures, {}, [&](const db::Row& row) {
                      all.push_back({.agency = std::string(row.Bytes(0)),
                                     .family = std::string(row.Bytes(1)),
                                     .erased_us = row.Int(2)});
                    }).status());
  return all;
}

absl::StatusOr<bool> HasFamilyKey(db::Tx& tx, std::string_view agency, std::string_view family) {
  ASSIGN_OR_RETURN(const std::int64_t rows, tx.Run(kSelectAnyKey, {agency, db::Blob{family}}));
  return rows > 0;
}

absl::Status InsertErasure(db::Tx& tx, std::string_view agency, std::string_view family,
                           std::int64_t now_us) {
  return tx.Run(kInsertErasure, {agency, db::Blob{family}, now_us}).status();
}

}  // namespace rapport::crypto
