// KeyRotation: wraps keys anew. Run by rapport-admin while the service is stopped: a running one
// would go on wrapping with the key it started with.
//
// Data is never sealed anew: rotating a KEK or an agency key changes what wraps the family keys,
// not the keys. Every step leaves rows that the keys of before and after can open, so an
// interrupted rotation is simply run again.
#pragma once

#include "platform/base/task.h"
#include "platform/crypto/key_wrapping.h"
#include "platform/db/db.h"

#include <absl/status/statusor.h>

#include <string>

namespace rapport::crypto {

class KeyRotation {
 public:
  // `wrapping` has the new KEK first and those in use behind it. Both must outlive it.
  KeyRotation(const KeyWrapping& wrapping, db::Db& db) : wrapping_(wrapping), db_(db) {}

  // Wraps every agency key by the first KEK. Afterwards no row needs the others. How many were
  // changed. UNAVAILABLE, changing nothing: one can't be unwrapped.
  Task<absl::StatusOr<int>> RewrapAgencyKeys(CallContext& context);

  // Makes a new agency key, wraps every family key by it, 500 in a transaction, and deletes the old
  // agency keys. How many family keys were changed. NOT_FOUND: the agency has no key yet.
  Task<absl::StatusOr<int>> RotateAgencyKey(CallContext& context, std::string agency);

 private:
  struct Position {
    std::string family;
    std::int64_t key_class = 0;
    int changed = 0;
    bool end = false;
  };
  absl::StatusOr<std::int64_t> AddAgencyKey(db::Tx& tx, const std::string& agency);
  absl::Status RewrapPage(db::Tx& tx, const std::string& agency, Position& position);

  const KeyWrapping& wrapping_;
  db::Db& db_;
};

}  // namespace rapport::crypto
