// Ids that say nothing but where they were made, so that two plays of one world have the same.
#pragma once

#include "platform/crypto/new_id.h"

#include <cstdint>
#include <string>

namespace rapport::worlds {

// The last `bytes` bytes of `value`, the largest first.
std::string BigEndian(std::uint64_t value, int bytes);

// Ids by place: the same call of the same turn of the same world makes the same ids, whatever else
// was done before it. In one world a later turn's are greater, as the real ones are.
class PlacedIds final : public crypto::IdSource {
 public:
  PlacedIds() { crypto::SetIdSource(this); }
  ~PlacedIds() { crypto::SetIdSource(nullptr); }
  PlacedIds(const PlacedIds&) = delete;

  // `scope`: who asks for what; ids of two scopes never meet.
  void At(std::uint32_t world, std::uint16_t turn, std::string scope);
  std::string Next() override;

 private:
  std::uint32_t world_ = 0;
  std::uint16_t turn_ = 0;
  std::uint16_t next_ = 0;
  std::string scope_;
};

}  // namespace rapport::worlds
