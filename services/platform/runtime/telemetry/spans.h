// Spans: what parts of a call took how long, for whoever collects traces.
//
// Off until StartSpans, and then only for calls whose trace is sampled: everything else costs a
// look at a flag. A span holds names of the program, a code, sizes and times; nothing of anybody. A
// full queue drops spans and counts them: recording never waits. runtime/span_exporter.h sends
// them. Thread-safe.
#pragma once

#include "platform/base/call_context.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace rapport::telemetry {

// OTLP's numbers.
enum class SpanKind : std::uint8_t { kInternal = 1, kServer = 2, kClient = 3 };

struct Span {
  std::uint64_t trace_high = 0, trace_low = 0, parent = 0, id = 0;
  std::string_view name;  // static storage
  SpanKind kind = SpanKind::kInternal;
  std::int64_t start_ns = 0, end_ns = 0;  // since 1970 UTC
  int code = 0;                           // gRPC's
  // Bytes; below 0: not known.
  std::int64_t request_bytes = -1, reply_bytes = -1;
};

// From now on spans are kept, up to `capacity` that nobody took; 0: no more.
void StartSpans(std::size_t capacity);
bool SpansAreKept();
void RecordSpan(const Span& span);
// Everything that waits, oldest first.
std::vector<Span> TakeSpans();

// A piece of `caller`'s span, from its making to End. Not recorded unless ended.
class Piece {
 public:
  // `name` has static storage.
  Piece(const TraceId& caller, std::string_view name, SpanKind kind);
  // What is passed on to whom this piece calls: the caller's own when the piece is not recorded.
  const TraceId& trace() const { return trace_; }
  void Sizes(std::int64_t request_bytes, std::int64_t reply_bytes) {
    request_bytes_ = request_bytes;
    reply_bytes_ = reply_bytes;
  }
  // `code`: gRPC's.
  void End(int code);

 private:
  TraceId trace_;
  std::string_view name_;
  SpanKind kind_;
  bool recorded_;
  SteadyClock::time_point start_{};
  std::int64_t request_bytes_ = -1, reply_bytes_ = -1;
};

// The span of `context` itself, from its arrival to now.
void RecordCall(const CallContext& context, SpanKind kind, int code, std::int64_t request_bytes,
                std::int64_t reply_bytes);

}  // namespace rapport::telemetry
