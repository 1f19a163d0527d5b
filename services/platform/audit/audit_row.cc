#include "platform/audit/audit_row.h"

#include "platform/crypto/digest.h"

#include <array>
#include <cstddef>

namespace rapport::audit {

std::string_view GenesisMac() {
  static constexpr char kZeros[crypto::kDigestBytes] = {};
  return {kZeros, sizeof kZeros};
}

std::string RowMac(const crypto::Secret& key, std::string_view previous_mac, const AuditRow& row) {
  // Numbers have eight bytes each and the MAC before always 32, so only the family needs its
  // length.
  std::array<char, 32> numbers;
  std::size_t at = 0;
  for (const std::int64_t number :
       {row.sequence, row.at_us, row.recorded_us, static_cast<std::int64_t>(row.family.size())}) {
    for (int shift = 56; shift >= 0; shift -= 8) numbers[at++] = static_cast<char>(number >> shift);
  }
  return crypto::HmacSha256(
      key.view(), {previous_mac, {numbers.data(), numbers.size()}, row.family, row.sealed});
}

}  // namespace rapport::audit
