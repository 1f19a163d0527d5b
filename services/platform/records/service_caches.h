// ServiceCaches: what a service's entity caches are made with.
//
//   cache::EntityCache<v1::AllianceMap> maps({.name = "alliance.map", ...}, caches.shared,
//                                            caches.own);
//
// An entity's id is an inner id or any other text, which the shared cache sees as an HMAC.
//
// Plain values; what they refer to lives as long as the process.
#pragma once

#include "platform/base/strings.h"
#include "platform/cache/entity_levels.h"
#include "platform/cache/shared_cache.h"
#include "platform/crypto/agency_keys.h"
#include "platform/crypto/key_ring.h"
#include "platform/crypto/suite_secret.h"
#include "platform/schema/id_codec.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace rapport::records {

struct ServiceCaches {
  cache::SharedCache& shared;
  // Of entities that several services read: access facts, rosters.
  cache::CacheSecrets suite;
  // Of entities that only this service's replicas read: sealed with the service's own agency key.
  cache::CacheSecrets own;
  // How many copies of one kind of entity this process keeps itself; a map or roster takes some KB.
  std::size_t process_entries = 20'000;
  // Other processes write the same data: see EntityOptions.
  bool replicated = false;
};

inline ServiceCaches MakeServiceCaches(cache::SharedCache& shared, const crypto::SuiteSecret& suite,
                                       crypto::KeyRing& keys, const schema::IdCodec& ids,
                                       std::size_t process_entries, bool replicated = false) {
  const auto show = [&ids, macs = std::make_shared<crypto::AgencyKeys>(
                               suite, crypto::SuiteKey::kCache, "cache.name")](
                        std::string_view agency, std::string_view id) {
    return id.size() == 16 ? ids.Show(agency, id) : Hex(macs->Mac(agency, {id}));
  };
  return {
      .shared = shared,
      .suite = {.sealer =
                    [&suite](std::string_view agency) {
                      return suite.SealerFor(crypto::SuiteKey::kCache, agency);
                    },
                .show = show},
      .own = {.sealer = [&keys](std::string_view agency) -> std::shared_ptr<const crypto::Sealer> {
                auto found = keys.Find(agency, "", crypto::KeyClass::kRecord);
                return found.ok() ? *std::move(found) : nullptr;
              },
              .show = show},
      .process_entries = process_entries,
      .replicated = replicated};
}

}  // namespace rapport::records
