// UrgentEscalator: puts open urgent tasks before more people when their time has come.
//
// The process calls it once a second for each agency; what is due is read from the database, so
// that a restart delays it and forgets nothing, and of several replicas one writes. It asks no
// other service and no cache. Thread-safe.
#pragma once

#include "platform/records/service_deps.h"

#include <absl/status/status.h>

#include <string_view>

namespace rapport::alliance {

class UrgentEscalator {
 public:
  explicit UrgentEscalator(const records::ServiceDeps& deps) : deps_(deps) {}

  // Every open task of the agency whose time has come takes one step. Blocks; on threads that serve
  // no executor only.
  absl::Status Round(std::string_view agency) const;

 private:
  const records::ServiceDeps deps_;
};

}  // namespace rapport::alliance
