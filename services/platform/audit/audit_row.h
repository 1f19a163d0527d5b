// A row of the audit chain and the MAC that ties it to the row before it. Shared by the chain,
// which appends rows, and the verifier, which recomputes them. Pure.
#pragma once

#include "platform/crypto/secret.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace rapport::audit {

// Rows whose family index shares a neighbourhood: see migrations/0001_records.sql.
inline constexpr std::int64_t kBlockRows = 256;

struct AuditRow {
  std::int64_t sequence = 0;     // 1, 2, ... within the agency
  std::int64_t at_us = 0;        // domain time, never less than the row's before
  std::int64_t recorded_us = 0;  // machine time, never less than the row's before
  std::string_view family;       // inner id, or empty
  std::string_view sealed;       // AuditRecord
};

// The MAC before the first row.
std::string_view GenesisMac();

// 32 bytes: HMAC-SHA-256 under the agency's audit key of the MAC before, every column and their
// lengths.
std::string RowMac(const crypto::Secret& key, std::string_view previous_mac, const AuditRow& row);

}  // namespace rapport::audit
