#include "alliance/map_cache.h"

#include "platform/rpc/facts_codec.h"

#include <rapport/internal/v1/alliance_records.pb.h>

#include <algorithm>

namespace rapport::alliance {
namespace {

// Whether the same people have the same places in both, which is all that a map takes from facts.
bool SamePeople(const AccessFacts& a, const AccessFacts& b) {
  return std::ranges::equal(a.members, b.members,
                            [](const auto& one, const auto& other) {
                              return one.member == other.member && one.direct == other.direct &&
                                     one.period == other.period &&
                                     one.birth_year == other.birth_year &&
                                     one.birth_month == other.birth_month &&
                                     one.birth_day == other.birth_day;
                            }) &&
         std::ranges::equal(a.helpers, b.helpers, [](const auto& one, const auto& other) {
           return one.professional == other.professional && one.direct == other.direct &&
                  one.period == other.period;
         });
}

}  // namespace

bool BuiltMap::Holds(const std::shared_ptr<const AccessFacts>& current, std::int64_t now_us) const {
  const std::int64_t age_us = now_us - as_of_us;
  if (age_us < 0 || age_us > MapCache::kFresh.count()) return false;
  return current == facts || SamePeople(*current, *facts);
}

std::string MapCodec::Encode(const BuiltMap& map) {
  internal::v1::CachedMap cached;
  cached.set_response(map.response);
  cached.set_file_version(map.file_version);
  cached.set_as_of_us(map.as_of_us);
  *cached.mutable_facts() = rpc::ToMessage(*map.facts);
  return cached.SerializeAsString();
}

std::shared_ptr<const BuiltMap> MapCodec::Decode(std::string_view bytes) {
  internal::v1::CachedMap cached;
  if (!cached.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return nullptr;
  auto map = std::make_shared<BuiltMap>();
  map->response = std::move(*cached.mutable_response());
  map->file_version = cached.file_version();
  map->as_of_us = cached.as_of_us();
  map->facts = std::make_shared<const AccessFacts>(rpc::FromMessage(cached.facts()));
  return map;
}

}  // namespace rapport::alliance
