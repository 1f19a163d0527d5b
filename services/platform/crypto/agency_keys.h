// AgencyKeys: the HMAC keys of one use in one service, one an agency, kept once derived. They come
// from the suite secret, so they are never in a database. Thread-safe.
#pragma once

#include "platform/crypto/secret.h"
#include "platform/crypto/suite_secret.h"

#include <initializer_list>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>

namespace rapport::crypto {

class AgencyKeys {
 public:
  // `suite` must outlive it.
  AgencyKeys(const SuiteSecret& suite, SuiteKey use, std::string service);

  // Valid as long as this object.
  const Secret& Of(std::string_view agency) const;
  // 32 bytes: the HMAC of `parts`, each kept apart, under the agency's key.
  std::string Mac(std::string_view agency, std::initializer_list<std::string_view> parts) const;

 private:
  const SuiteSecret& suite_;
  const SuiteKey use_;
  const std::string service_;
  mutable std::shared_mutex mutex_;
  mutable std::map<std::string, const Secret, std::less<>> keys_;  // nodes never move
};

}  // namespace rapport::crypto
