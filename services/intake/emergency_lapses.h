// EmergencyLapses: puts cases on hold whose emergency opening ended with conditions unmet, so that
// the others hear of it and the change feed has it.
//
// The process calls it once a second for each agency. What is asked meanwhile says so by itself
// (CaseStateAt); this tells those who do not ask. What is due is read from the database, so that a
// restart delays it and forgets nothing, and of several replicas one writes. Thread-safe.
#pragma once

#include "intake/intake_store.h"
#include "platform/base/task.h"
#include "platform/records/service_deps.h"
#include "platform/rpc/facts_cache.h"

#include <absl/status/statusor.h>

#include <string_view>
#include <vector>

namespace rapport::intake {

// Has the end of the emergency that begins in `file` looked at in its time.
void WatchEmergency(const StoredCase& file, std::int64_t now_us, records::Changes& changes);

class EmergencyLapses {
 public:
  // `facts`: this process's copies of access facts. Both must outlive it.
  EmergencyLapses(const records::ServiceDeps& deps, rpc::FactsCache& facts)
      : deps_(deps), store_(deps.records), facts_(facts) {}

  // Every case of the agency whose time is over. Blocks; on threads that serve no executor only.
  absl::Status Round(std::string_view agency) const;

 private:
  Task<absl::StatusOr<std::vector<records::Record>>> Due(CallContext& context) const;
  Task<absl::Status> End(CallContext& context, const records::Record& watch) const;

  const records::ServiceDeps deps_;
  const IntakeStore store_;
  rpc::FactsCache& facts_;
};

}  // namespace rapport::intake
