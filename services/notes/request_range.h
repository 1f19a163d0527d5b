// The period that a request asks about: its `from_time` and `to_time`, each of which may be absent.
// Used by the use cases only.
#pragma once

#include "notes/engagement_rules.h"
#include "notes/values.h"
#include "platform/schema/errors.h"

#include <absl/status/statusor.h>

namespace rapport::notes {

// INVALID_ARGUMENT: it ends before it begins.
template <typename Request>
absl::StatusOr<TimeRange> RangeOf(const Request& request) {
  TimeRange range;
  if (request.has_from_time()) range.from_us = Micros(request.from_time());
  if (request.has_to_time()) range.to_us = Micros(request.to_time());
  if (range.to_us < range.from_us) return schema::InvalidField("to_time", "not before from_time");
  return range;
}

}  // namespace rapport::notes
