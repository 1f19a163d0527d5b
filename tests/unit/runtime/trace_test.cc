#include "platform/runtime/telemetry/trace.h"

#include <gtest/gtest.h>

#include <set>

namespace rapport::telemetry {
namespace {

// The example of the W3C recommendation.
constexpr char kExample[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceParent, OfTheRecommendationIsRead) {
  const auto trace = ParseTraceParent(kExample);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->high, 0x4bf92f3577b34da6u);
  EXPECT_EQ(trace->low, 0xa3ce929d0e0e4736u);
  EXPECT_EQ(trace->span, 0x00f067aa0ba902b7u);
  EXPECT_TRUE(trace->sampled);
  EXPECT_EQ(TraceParent(*trace), kExample);
}

TEST(TraceParent, KeepsTheFlagOfTheCaller) {
  const auto trace = ParseTraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02");
  ASSERT_TRUE(trace);
  EXPECT_FALSE(trace->sampled);
  EXPECT_TRUE(TraceParent(*trace).ends_with("-00"));
}

TEST(TraceParent, OfALaterVersionIsReadAsFarAsWeKnowIt) {
  EXPECT_TRUE(ParseTraceParent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  EXPECT_TRUE(ParseTraceParent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what"));
  EXPECT_FALSE(ParseTraceParent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what"));
}

TEST(TraceParent, ThatIsMalformedIsIgnored) {
  for (const std::string_view header : {
           "",
           "00",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",     // 54
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",   // 56
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",  // only from version 01 on
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
           "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
           "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0 ",
       }) {
    EXPECT_FALSE(ParseTraceParent(header)) << header;
    const TraceId trace = StartSpan(header);
    EXPECT_NE(trace.high, 0x4bf92f3577b34da6u) << header;
    EXPECT_EQ(trace.parent_span, 0u) << header;
  }
}

TEST(Span, ContinuesTheTraceOfTheCaller) {
  const TraceId trace = StartSpan(kExample);
  EXPECT_EQ(trace.low, 0xa3ce929d0e0e4736u);
  EXPECT_EQ(trace.parent_span, 0x00f067aa0ba902b7u);
  EXPECT_NE(trace.span, trace.parent_span);
  EXPECT_TRUE(trace.sampled);
}

TEST(Span, PassesItselfOnAsParent) {
  const TraceId first = StartSpan("");
  const TraceId second = StartSpan(TraceParent(first));
  EXPECT_EQ(second.high, first.high);
  EXPECT_EQ(second.low, first.low);
  EXPECT_EQ(second.parent_span, first.span);
}

TEST(Span, IsNewEachTime) {
  std::set<std::uint64_t> traces, spans;
  for (int i = 0; i < 1'000; ++i) {
    const TraceId trace = StartSpan("");
    EXPECT_NE(trace.low, 0u);
    EXPECT_NE(trace.span, 0u);
    traces.insert(trace.low);
    spans.insert(trace.span);
  }
  EXPECT_EQ(traces.size(), 1'000u);
  EXPECT_EQ(spans.size(), 1'000u);
}

}  // namespace
}  // namespace rapport::telemetry
