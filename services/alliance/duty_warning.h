// DutyWarning: says where a member's concern would be before nobody but the family's own helpers,
// since the agency has nobody on duty: once when that is found, and as a number in the metrics.
//
// The process looks once a second for each agency that it serves: who is on duty changes without
// it. Thread-safe.
#pragma once

#include "platform/crypto/agencies.h"
#include "platform/records/service_deps.h"

#include <absl/status/status.h>

#include <cstddef>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace rapport::alliance {

class DutyWarning {
 public:
  // `agencies` must outlive it.
  DutyWarning(const records::ServiceDeps& deps, const crypto::Agencies& agencies)
      : deps_(deps), agencies_(agencies) {}

  // A warning in the log where nobody is on duty and somebody was, or nobody had looked; of an
  // agency that is closed none. Blocks; on threads that serve no executor only.
  absl::Status Round(std::string_view agency);
  // How many agencies have nobody on duty.
  std::size_t without() const;

 private:
  const records::ServiceDeps deps_;
  const crypto::Agencies& agencies_;
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> without_;  // guarded by mutex_
};

}  // namespace rapport::alliance
