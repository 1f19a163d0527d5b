#include "platform/crypto/key_rotation.h"

#include "platform/base/clock.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/key_file.h"
#include "platform/crypto/key_store.h"

#include <map>
#include <utility>
#include <vector>

namespace rapport::crypto {
namespace {

constexpr int kPage = 500;

// An agency's keys, opened, by version.
using AgencyKeys = std::map<std::uint32_t, std::unique_ptr<Sealer>>;

absl::StatusOr<AgencyKeys> Open(db::Tx& tx, const KeyWrapping& wrapping,
                                const std::string& agency) {
  ASSIGN_OR_RETURN(const std::vector<AgencyKeyRow> rows, SelectAgencyKeys(tx, agency));
  AgencyKeys keys;
  for (const AgencyKeyRow& row : rows) {
    ASSIGN_OR_RETURN(const Secret key, wrapping.UnwrapAgencyKey(agency, row.version, row.wrapped));
    const auto version = static_cast<std::uint32_t>(row.version);
    keys.emplace(version, std::make_unique<Sealer>(version, key.view()));
  }
  if (keys.empty()) return absl::NotFoundError(Concat({"agency ", agency, " has no key yet"}));
  return keys;
}

}  // namespace

Task<absl::StatusOr<int>> KeyRotation::RewrapAgencyKeys(CallContext& context) {
  int changed = 0;
  CO_RETURN_IF_ERROR(co_await db_.Write(context, [&](db::Tx& tx) -> absl::Status {
    changed = 0;
    ASSIGN_OR_RETURN(std::vector<AgencyKeyRow> rows, SelectAllAgencyKeys(tx));
    for (AgencyKeyRow& row : rows) {
      if (wrapping_.IsWrappedByPrimary(row.wrapped)) continue;
      ASSIGN_OR_RETURN(const Secret key,
                       wrapping_.UnwrapAgencyKey(row.agency, row.version, row.wrapped));
      row.wrapped = wrapping_.WrapAgencyKey(row.agency, row.version, key);
      RETURN_IF_ERROR(UpdateAgencyKey(tx, row));
      ++changed;
    }
    return absl::OkStatus();
  }));
  co_return changed;
}

Task<absl::StatusOr<int>> KeyRotation::RotateAgencyKey(CallContext& context, std::string agency) {
  std::int64_t version = 0;
  CO_RETURN_IF_ERROR(co_await db_.Write(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(version, AddAgencyKey(tx, agency));
    return absl::OkStatus();
  }));
  Position position;
  while (!position.end) {
    Position next;
    CO_RETURN_IF_ERROR(co_await db_.Write(context, [&](db::Tx& tx) -> absl::Status {
      next = position;
      return RewrapPage(tx, agency, next);
    }));
    position = std::move(next);
  }
  // An old key goes only in a transaction that saw no family key under it.
  CO_RETURN_IF_ERROR(co_await db_.Write(context, [&](db::Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(TakeAgencyKeys(tx, agency).status());
    for (Position again; !again.end;) RETURN_IF_ERROR(RewrapPage(tx, agency, again));
    return DeleteAgencyKeysBelow(tx, agency, version);
  }));
  co_return position.changed;
}

absl::StatusOr<std::int64_t> KeyRotation::AddAgencyKey(db::Tx& tx, const std::string& agency) {
  RETURN_IF_ERROR(TakeAgencyKeys(tx, agency).status());
  ASSIGN_OR_RETURN(const AgencyKeys keys, Open(tx, wrapping_, agency));
  const std::int64_t version = keys.rbegin()->first + std::int64_t{1};
  const AgencyKeyRow row{.agency = agency,
                         .version = version,
                         .wrapped = wrapping_.WrapAgencyKey(agency, version, NewSecret())};
  ASSIGN_OR_RETURN(const bool added, InsertAgencyKey(tx, row, RealMicros()));
  if (!added) return absl::AbortedError("the agency's key is being rotated by somebody else");
  return version;
}

// Wraps the keys behind `position` by the agency's newest key, and moves `position` on.
absl::Status KeyRotation::RewrapPage(db::Tx& tx, const std::string& agency, Position& position) {
  ASSIGN_OR_RETURN(const AgencyKeys keys, Open(tx, wrapping_, agency));
  const Sealer& newest = *keys.rbegin()->second;
  ASSIGN_OR_RETURN(const std::vector<FamilyKeyRow> rows,
                   SelectFamilyKeysAfter(tx, agency, position.family, position.key_class, kPage));
  for (const FamilyKeyRow& row : rows) {
    position.family = row.family;
    position.key_class = static_cast<std::int64_t>(row.key_class);
    const std::uint32_t version = SealedKeyId(row.wrapped).value_or(0);
    if (version == newest.key_id()) continue;
    const auto old = keys.find(version);
    if (old == keys.end()) {
      return absl::UnavailableError(Concat({"agency ", agency, " lacks the key of a family"}));
    }
    const KeyName name{.agency = agency, .family = row.family, .key_class = row.key_class};
    ASSIGN_OR_RETURN(const Secret key, wrapping_.UnwrapFamilyKey(*old->second, name, row.wrapped));
    RETURN_IF_ERROR(UpdateFamilyKey(tx, name, wrapping_.WrapFamilyKey(newest, name, key)));
    ++position.changed;
  }
  position.end = rows.size() < static_cast<std::size_t>(kPage);
  return absl::OkStatus();
}

}  // namespace rapport::crypto
