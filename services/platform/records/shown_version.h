// VersionOfShown: in place of a record's version where that would tell of changes that the caller
// does not see.
#pragma once

#include "platform/crypto/digest.h"
#include "platform/schema/canonical.h"

#include <cstdint>
#include <cstring>
#include <string>

namespace rapport::records {

// The same for the same content, within one build. For etags; carries no order.
inline std::int64_t VersionOfShown(const google::protobuf::MessageLite& shown) {
  const std::string digest = crypto::Sha256({schema::Canonical(shown)});
  std::int64_t version = 0;
  std::memcpy(&version, digest.data(), sizeof(version));
  return version;
}

}  // namespace rapport::records
