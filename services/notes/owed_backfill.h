// OwedBackfill: gives notes that an earlier release left open what the worklist finds them by
// (owed_notes.h).
//
// The process calls it once a second for each agency, and it walks through the agency's open notes:
// at its start, and once more when an update that began then is over, since a release before this
// one may have written meanwhile. Of several replicas each writes what is not there yet.
// Thread-safe.
#pragma once

#include "notes/notes_store.h"
#include "platform/base/clock.h"
#include "platform/records/service_deps.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace rapport::notes {

class OwedBackfill {
 public:
  explicit OwedBackfill(const records::ServiceDeps& deps) : deps_(deps), store_(deps.records) {}

  // The next part of the agency's walk, if it is time. A note that fails keeps no other from what
  // it needs. Blocks; on threads that serve no executor only.
  absl::Status Round(std::string_view agency);

 private:
  struct Walk {
    int done = 0;  // walks that are through
    SteadyClock::time_point next{};
    std::int64_t after_us = 0;
    std::string after_id;
  };
  absl::Status Fill(std::string_view agency, Walk& walk) const;
  absl::Status FillOne(CallContext& context, const records::Record& note) const;

  const records::ServiceDeps deps_;
  const NotesStore store_;
  std::mutex mutex_;
  std::map<std::string, Walk, std::less<>> walks_;  // by agency
};

}  // namespace rapport::notes
