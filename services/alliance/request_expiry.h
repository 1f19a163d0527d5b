// RequestExpiry: stores as expired, and tells once, what nobody answered in time.
//
// The process calls it once a second for each agency. What is due is read from the database, by
// when the next form of a session expires, so that a restart delays it and forgets nothing, and of
// several replicas one writes. Being asked and not answering is a sign of isolation: AllianceEvents
// hears of it as of a rating and looks at the family again. Thread-safe.
#pragma once

#include "alliance/alliance_store.h"
#include "platform/base/task.h"
#include "platform/records/service_deps.h"

#include <absl/status/status.h>

#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace rapport::alliance {

class RequestExpiry {
 public:
  explicit RequestExpiry(const records::ServiceDeps& deps) : deps_(deps) {}

  // Every form of the agency whose time is over. Blocks; on threads that serve no executor only.
  absl::Status Round(std::string_view agency);

 private:
  // Forms of a release before, which nobody keeps an eye on: looked for once in a process's life.
  Task<absl::Status> AdoptWaiting(CallContext& context);
  Task<absl::Status> AdoptPage(CallContext& context, const std::vector<records::Record>& page,
                               std::set<std::string>& seen);
  Task<absl::Status> Settle(CallContext& context, const records::Record& wait) const;

  const records::ServiceDeps deps_;
  std::mutex mutex_;
  std::set<std::string, std::less<>> adopted_;  // agencies; guarded by mutex_
};

}  // namespace rapport::alliance
