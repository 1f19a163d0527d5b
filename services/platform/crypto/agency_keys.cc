#include "platform/crypto/agency_keys.h"

#include "platform/crypto/digest.h"

#include <mutex>
#include <utility>

namespace rapport::crypto {

AgencyKeys::AgencyKeys(const SuiteSecret& suite, SuiteKey use, std::string service)
    : suite_(suite), use_(use), service_(std::move(service)) {}

const Secret& AgencyKeys::Of(std::string_view agency) const {
  {
    std::shared_lock lock(mutex_);
    if (const auto found = keys_.find(agency); found != keys_.end()) return found->second;
  }
  Secret key = Hkdf(suite_.Key(use_, agency).view(), service_);
  std::lock_guard lock(mutex_);
  return keys_.try_emplace(std::string(agency), std::move(key)).first->second;
}

std::string AgencyKeys::Mac(std::string_view agency,
                            std::initializer_list<std::string_view> parts) const {
  return HmacSha256(Of(agency).view(), {Identity(parts)});
}

}  // namespace rapport::crypto
