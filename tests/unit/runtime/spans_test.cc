// Spans and their way to a collector: what is kept, that nothing waits, and what is sent.
#include "platform/runtime/telemetry/spans.h"

#include "platform/runtime/span_exporter.h"
#include "platform/runtime/telemetry/metrics.h"
#include "platform/runtime/telemetry/trace.h"
#include "support/eventually.h"
#include "support/sockets.h"
#include "support/trace_receiver.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace rapport::runtime {
namespace {

using support::Eventually;
using support::TraceReceiver;
using telemetry::Metric;
using telemetry::Piece;
using telemetry::Read;
using telemetry::Span;
using telemetry::SpanKind;

constexpr TraceId kTrace{.high = 0x0123456789abcdef, .low = 1, .span = 7, .sampled = true};

class Spans : public testing::Test {
 protected:
  ~Spans() override {
    telemetry::StartSpans(0);
    telemetry::TakeSpans();
    telemetry::SampleTraces(100);
  }
};

TEST_F(Spans, AreNotKeptUntilSomebodyAsks) {
  Piece piece(kTrace, "db.read", SpanKind::kClient);
  EXPECT_EQ(piece.trace().span, kTrace.span) << "nobody is to take a span for parent that is none";
  piece.End(0);
  EXPECT_TRUE(telemetry::TakeSpans().empty());
}

TEST_F(Spans, OfATraceThatIsNotSampledAreNotKept) {
  telemetry::StartSpans(10);
  TraceId trace = kTrace;
  trace.sampled = false;
  Piece(trace, "db.read", SpanKind::kClient).End(0);
  CallContext call;
  call.trace = trace;
  telemetry::RecordCall(call, SpanKind::kServer, 0, 1, 2);
  EXPECT_TRUE(telemetry::TakeSpans().empty());
}

TEST_F(Spans, AreChildrenOfTheCallTheyAreAPieceOf) {
  telemetry::StartSpans(10);
  Piece outer(kTrace, "rapport.test.v1.Peer/Ask", SpanKind::kClient);
  EXPECT_NE(outer.trace().span, kTrace.span);
  EXPECT_EQ(outer.trace().parent_span, kTrace.span);
  outer.Sizes(10, 20);
  outer.End(14);
  outer.End(0);  // Once is enough.
  const std::vector<Span> spans = telemetry::TakeSpans();
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].trace_high, kTrace.high);
  EXPECT_EQ(spans[0].trace_low, kTrace.low);
  EXPECT_EQ(spans[0].parent, kTrace.span);
  EXPECT_EQ(spans[0].id, outer.trace().span);
  EXPECT_EQ(spans[0].code, 14);
  EXPECT_EQ(spans[0].request_bytes, 10);
  EXPECT_LE(spans[0].start_ns, spans[0].end_ns);
}

TEST_F(Spans, ThatFindNoRoomAreCountedAndLeftOut) {
  telemetry::StartSpans(3);
  const double dropped = Read(Metric::kSpans, "dropped");
  for (int i = 0; i < 5; ++i) Piece(kTrace, "db.read", SpanKind::kClient).End(0);
  EXPECT_EQ(telemetry::TakeSpans().size(), 3u);
  EXPECT_EQ(Read(Metric::kSpans, "dropped"), dropped + 2);
}

TEST_F(Spans, OfNewTracesAreSampledByTheirPart) {
  const auto sampled = [](int percent) {
    telemetry::SampleTraces(percent);
    int count = 0;
    for (int i = 0; i < 1'000; ++i) count += telemetry::StartSpan("").sampled ? 1 : 0;
    return count;
  };
  EXPECT_EQ(sampled(0), 0);
  EXPECT_EQ(sampled(100), 1'000);
  EXPECT_NEAR(sampled(30), 300, 120);
  telemetry::SampleTraces(0);
  EXPECT_TRUE(telemetry::StartSpan(telemetry::TraceParent(kTrace)).sampled) << "the caller's word";
}

TEST_F(Spans, AreSentAsACollectorReadsThem) {
  TraceReceiver receiver;
  const double sent = Read(Metric::kSpans, "sent");
  {
    SpanExporter exporter(
        {.endpoint = receiver.address(), .service = "rapport-notes", .version = "1"});
    CallContext call;
    call.trace = kTrace;
    call.trace.parent_span = 5;
    call.method = "rapport.notes.v1.SessionNotesService/GetNote";
    call.arrived = SteadyClock::now();
    telemetry::RecordCall(call, SpanKind::kServer, 5, 30, 40);
    EXPECT_TRUE(Eventually([&] { return receiver.spans().size() == 1; }));
  }
  ASSERT_EQ(receiver.spans().size(), 1u);
  EXPECT_EQ(receiver.methods().at(0),
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
  EXPECT_EQ(Read(Metric::kSpans, "sent"), sent + 1);
  const auto [service, span] = receiver.spans()[0];
  EXPECT_EQ(service, "rapport-notes");
  EXPECT_EQ(span.name(), "rapport.notes.v1.SessionNotesService/GetNote");
  EXPECT_EQ(span.trace_id(), std::string("\x01\x23\x45\x67\x89\xab\xcd\xef\0\0\0\0\0\0\0\x01", 16));
  EXPECT_EQ(span.span_id(), std::string("\0\0\0\0\0\0\0\x07", 8));
  EXPECT_EQ(span.parent_span_id(), std::string("\0\0\0\0\0\0\0\x05", 8));
  EXPECT_EQ(span.kind(), internal::v1::TRACE_SPAN_KIND_SERVER);
  EXPECT_EQ(span.status().code(), internal::v1::TRACE_STATUS_CODE_UNSPECIFIED)
      << "not found is an answer";
  std::set<std::string> keys;
  for (const auto& attribute : span.attributes()) keys.insert(attribute.key());
  EXPECT_EQ(keys, (std::set<std::string>{"rpc.system", "rpc.service", "rpc.method",
                                         "rpc.grpc.status_code", "request.bytes", "reply.bytes"}));
}

TEST_F(Spans, ThatWaitAtTheEndAreSentBeforeIt) {
  TraceReceiver receiver;
  {
    SpanExporter exporter({.endpoint = receiver.address(), .service = "rapport-notes"});
    Piece(kTrace, "db.write", SpanKind::kClient).End(0);
  }
  EXPECT_EQ(receiver.spans().size(), 1u);
}

// Neither one that is not there nor one that does not answer holds up anything.
TEST_F(Spans, AreLostWithTheirCollectorAndNothingElse) {
  TraceReceiver silent(/*silent=*/true);
  const support::ReservedPorts port;
  const std::string nobody = "127.0.0.1:" + std::to_string(port.first());
  for (const std::string& endpoint : {nobody, silent.address()}) {
    SCOPED_TRACE(endpoint);
    const double lost = Read(Metric::kSpans, "lost"), dropped = Read(Metric::kSpans, "dropped");
    auto exporter =
        std::make_unique<SpanExporter>(SpanExporter::Options{.endpoint = endpoint, .service = "x"});
    constexpr int kMany = 20'000;
    const auto begin = SteadyClock::now();
    for (int i = 0; i < kMany; ++i) Piece(kTrace, "db.read", SpanKind::kClient).End(0);
    EXPECT_LT(SteadyClock::now() - begin, std::chrono::seconds(1)) << "a span took 50 us or more";
    exporter.reset();
    EXPECT_LT(SteadyClock::now() - begin, std::chrono::seconds(5)) << "the process could not end";
    EXPECT_EQ(Read(Metric::kSpans, "lost") + Read(Metric::kSpans, "dropped"),
              lost + dropped + kMany);
  }
}

}  // namespace
}  // namespace rapport::runtime
