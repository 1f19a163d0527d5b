// PublicIds: the ids people see. Outside an id is the inner 16 bytes as one AES block under the
// agency's id key, in hex: nobody sees order in it, guesses another, or carries one to another
// agency. Services and the cache ask it; it knows nothing of what an id names. Thread-safe.
#pragma once

#include "platform/crypto/agency_keys.h"
#include "platform/crypto/suite_secret.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rapport::crypto {

class PublicIds {
 public:
  // `secret` must outlive it.
  explicit PublicIds(const SuiteSecret& secret);

  // 16 bytes to 32 lower-case hex digits; empty for anything that is no id.
  std::string Show(std::string_view agency, std::string_view id) const;
  // And back. Nullopt when the text is not 32 lower-case hex digits. Any such text gives some 16
  // bytes: whether they are an id the store knows.
  std::optional<std::string> Read(std::string_view agency, std::string_view shown) const;

 private:
  struct Context;
  std::string Block(bool encrypt, std::string_view agency, std::string_view in) const;

  const AgencyKeys keys_;
  const std::uint64_t instance_;  // unlike an address never used again
};

}  // namespace rapport::crypto
