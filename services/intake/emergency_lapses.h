// EmergencyLapses: puts cases on hold whose emergency opening ended with conditions unmet, so that
// the others hear of it and the change feed has it.
//
// The process calls it once a second for each agency. What is asked meanwhile says so by itself
// (CaseStateAt); this tells those who do not ask. What is due is read from the database, so that a
// restart delays it and forgets nothing, and of several replicas one writes. Openings of a release
// before, which nobody watches, are looked for once in a process's life, a part a round.
// Thread-safe.
#pragma once

#include "intake/intake_store.h"
#include "platform/base/task.h"
#include "platform/records/service_deps.h"

#include <absl/status/statusor.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::intake {

// Has the end of the emergency that begins in `file` looked at in its time.
void WatchEmergency(const StoredCase& file, std::int64_t now_us, records::Changes& changes);

class EmergencyLapses {
 public:
  explicit EmergencyLapses(const records::ServiceDeps& deps) : deps_(deps), store_(deps.records) {}

  // Every case of the agency whose time is over. Blocks; on threads that serve no executor only.
  absl::Status Round(std::string_view agency) const;

 private:
  // How far the open cases of an agency were looked through: those behind this one weren't.
  struct Looked {
    std::int64_t after_us = 0;
    std::string after_id;
    bool at_all = false;
  };
  // Watches the openings among the next open cases that nobody watches.
  absl::Status LookOn(std::string_view agency) const;
  Task<absl::StatusOr<std::vector<std::string>>> Unwatched(CallContext& context,
                                                           Looked& looked) const;
  Task<absl::Status> Watch(CallContext& context, const std::string& family) const;
  Task<absl::StatusOr<std::vector<records::Record>>> Due(CallContext& context) const;
  Task<absl::Status> End(CallContext& context, const records::Record& watch) const;

  const records::ServiceDeps deps_;
  const IntakeStore store_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Looked, std::less<>> looked_;  // by agency
};

}  // namespace rapport::intake
