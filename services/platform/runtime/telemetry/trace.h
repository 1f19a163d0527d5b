// W3C trace context: which trace a call belongs to, in and out. Used by the pipeline and the
// channels. A header that is not exactly right is ignored and a new trace begins; it never refuses
// a call. Thread-safe.
#pragma once

#include "platform/base/call_context.h"

#include <optional>
#include <string>
#include <string_view>

namespace rapport::telemetry {

// The caller's trace and span (as `span`; no parent). Nullopt for what the recommendation forbids:
// another length, upper case, ids of zeros, version ff. A version above 00 may carry more behind
// another dash.
std::optional<TraceId> ParseTraceParent(std::string_view header);

// How many of 100 new traces are sampled; before the first call, all. The caller's own are as it
// says.
void SampleTraces(int percent);

// A new span in the caller's trace, or in a new one that is sampled or not.
TraceId StartSpan(std::string_view traceparent);

// The header that passes `trace` on: the receiver's parent is our span.
std::string TraceParent(const TraceId& trace);

}  // namespace rapport::telemetry
