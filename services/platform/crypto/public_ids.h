// PublicIds: the ids people see. Outside an id is the inner 16 bytes as one AES block under the
// agency's id key, in hex: nobody sees order in it, guesses another, or carries one to another
// agency. Services and the cache ask it; it knows nothing of what an id names. Thread-safe.
#pragma once

#include "platform/crypto/secret.h"
#include "platform/crypto/suite_secret.h"

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
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
  const Secret& KeyOf(std::string_view agency) const;
  std::string Block(bool encrypt, std::string_view agency, std::string_view in) const;

  const SuiteSecret& secret_;
  const std::uint64_t instance_;  // unlike an address never used again
  mutable std::shared_mutex mutex_;
  mutable absl::flat_hash_map<std::string, std::unique_ptr<const Secret>> keys_;
};

}  // namespace rapport::crypto
