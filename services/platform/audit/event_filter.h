// EventFilter: the filter of ListAuditEvents. Pure.
#pragma once

#include "platform/schema/filter.h"

#include <absl/status/statusor.h>
#include <rapport/audit/v1/audit.pb.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::audit {

class EventFilter {
 public:
  // INVALID_ARGUMENT, reason FILTER_INVALID. The fields are those that ListAuditEventsRequest
  // names.
  static absl::StatusOr<EventFilter> Parse(std::string_view filter);

  bool Matches(const v1::AuditEvent& event) const;
  // The name of the one family that lines must be about, if it says so.
  std::optional<std::string> family() const;

 private:
  std::vector<schema::FilterTerm> terms_;
};

}  // namespace rapport::audit
