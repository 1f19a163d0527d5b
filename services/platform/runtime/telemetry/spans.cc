#include "platform/runtime/telemetry/spans.h"

#include "platform/base/clock.h"
#include "platform/crypto/random.h"
#include "platform/runtime/telemetry/metrics.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <utility>

namespace rapport::telemetry {
namespace {

std::atomic<bool> kept{false};

struct Queue {
  std::mutex mutex;
  std::size_t capacity = 0;
  std::vector<Span> spans;
};

// Never destroyed: threads may end after main() returned.
Queue& TheQueue() {
  static auto* const queue = new Queue;
  return *queue;
}

Span SpanOf(const TraceId& trace, std::string_view name, SpanKind kind,
            SteadyClock::time_point start) {
  const std::int64_t now_ns = RealMicros() * 1'000;
  const auto took = std::chrono::nanoseconds(SteadyClock::now() - start);
  return {.trace_high = trace.high,
          .trace_low = trace.low,
          .parent = trace.parent_span,
          .id = trace.span,
          .name = name,
          .kind = kind,
          .start_ns = now_ns - took.count(),
          .end_ns = now_ns};
}

}  // namespace

void StartSpans(std::size_t capacity) {
  Queue& queue = TheQueue();
  std::lock_guard lock(queue.mutex);
  queue.capacity = capacity;
  kept.store(capacity > 0, std::memory_order_relaxed);
}

bool SpansAreKept() { return kept.load(std::memory_order_relaxed); }

void RecordSpan(const Span& span) {
  Queue& queue = TheQueue();
  {
    std::lock_guard lock(queue.mutex);
    if (queue.spans.size() < queue.capacity) {
      queue.spans.push_back(span);
      return;
    }
  }
  CountSeries(Metric::kSpans, "dropped");
}

std::vector<Span> TakeSpans() {
  std::vector<Span> taken;
  Queue& queue = TheQueue();
  std::lock_guard lock(queue.mutex);
  taken.swap(queue.spans);
  return taken;
}

Piece::Piece(const TraceId& caller, std::string_view name, SpanKind kind)
    : trace_(caller), name_(name), kind_(kind), recorded_(caller.sampled && SpansAreKept()) {
  if (!recorded_) return;
  trace_.parent_span = caller.span;
  crypto::RandomBytes(&trace_.span, sizeof trace_.span);
  trace_.span |= 1;  // never the forbidden zero
  start_ = SteadyClock::now();
}

void Piece::End(int code) {
  if (!std::exchange(recorded_, false)) return;
  Span span = SpanOf(trace_, name_, kind_, start_);
  span.code = code;
  span.request_bytes = request_bytes_;
  span.reply_bytes = reply_bytes_;
  RecordSpan(span);
}

void RecordCall(const CallContext& context, SpanKind kind, int code, std::int64_t request_bytes,
                std::int64_t reply_bytes) {
  if (!context.trace.sampled || !SpansAreKept()) return;
  Span span = SpanOf(context.trace, context.method, kind, context.arrived);
  span.code = code;
  span.request_bytes = request_bytes;
  span.reply_bytes = reply_bytes;
  RecordSpan(span);
}

}  // namespace rapport::telemetry
