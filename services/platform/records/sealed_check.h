// SealedCheck: whether everything sealed in a service's database opens with the keys that are
// there.
//
// For backups and moves: a row that its key does not open is lost, however well it was copied.
// Shows nothing of what it opens. Blocks its thread; called by tools.
#pragma once

#include "platform/crypto/key_ring.h"
#include "platform/crypto/suite_secret.h"
#include "platform/db/db.h"

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace rapport::records {

// Rows that opened.
struct SealedCounts {
  std::int64_t records = 0;     // the newest version of each, those kept apart too
  std::int64_t superseded = 0;  // versions
  std::int64_t answers = 0;
  std::int64_t events = 0;
  std::int64_t audit_lines = 0;
  std::int64_t erased = 0;  // rows of erased families, whose keys are gone
};

// `is_erased` says of which families keys may be missing. DATA_LOSS: a row does not open, or its
// key is missing; says which table and agency, and how many. UNAVAILABLE: keys can't be unwrapped
// (a wrong key encryption key). `call` limits it.
absl::StatusOr<SealedCounts> OpenAllSealed(
    const CallContext& call, const std::string& service, db::Db& db, crypto::KeyRing& keys,
    const crypto::SuiteSecret& suite,
    absl::FunctionRef<bool(std::string_view agency, std::string_view family)> is_erased);

}  // namespace rapport::records
