#include "intake/roster_cache.h"

#include <bit>
#include <cstring>

namespace rapport::intake {
namespace {

// A value begins with the times it holds for, little endian.
constexpr std::size_t kTimeBytes = 2 * sizeof(std::int64_t);
static_assert(std::endian::native == std::endian::little);

}  // namespace

std::string RosterCodec::Encode(const KnownRoster& known) {
  std::string bytes(kTimeBytes, '\0');
  std::memcpy(bytes.data(), &known.as_of_us, sizeof known.as_of_us);
  std::memcpy(bytes.data() + sizeof known.as_of_us, &known.until_us, sizeof known.until_us);
  known.roster.AppendToString(&bytes);
  return bytes;
}

std::shared_ptr<const KnownRoster> RosterCodec::Decode(std::string_view bytes) {
  if (bytes.size() < kTimeBytes) return nullptr;
  auto known = std::make_shared<KnownRoster>();
  std::memcpy(&known->as_of_us, bytes.data(), sizeof known->as_of_us);
  std::memcpy(&known->until_us, bytes.data() + sizeof known->as_of_us, sizeof known->until_us);
  bytes.remove_prefix(kTimeBytes);
  if (!known->roster.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return nullptr;
  return known;
}

}  // namespace rapport::intake
