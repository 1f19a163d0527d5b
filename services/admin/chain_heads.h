// Where the audit chain of each agency ends.
#pragma once

#include "admin/stores.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rapport::admin {

struct ChainHead {
  std::string agency;
  std::int64_t sequence = 0;
  std::string mac;
  friend bool operator==(const ChainHead&, const ChainHead&) = default;
};

// Of a service's data, by agency.
absl::StatusOr<std::vector<ChainHead>> HeadsOf(const Store& data);

}  // namespace rapport::admin
