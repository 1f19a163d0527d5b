#include "unit/worlds/placed_ids.h"

#include "platform/crypto/digest.h"

#include <utility>

namespace rapport::worlds {

std::string BigEndian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

void PlacedIds::At(std::uint32_t world, std::uint16_t turn, std::string scope) {
  world_ = world;
  turn_ = turn;
  next_ = 0;
  scope_ = std::move(scope);
}

std::string PlacedIds::Next() {
  const std::string place = BigEndian(world_, 4) + BigEndian(turn_, 2) + BigEndian(next_++, 2);
  return place + crypto::Sha256({scope_, place}).substr(0, 8);
}

}  // namespace rapport::worlds
