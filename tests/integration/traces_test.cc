// Traces: what a collector gets of calls through several services, and that nobody waits for it.
#include "integration/demo_suite.h"
#include "support/trace_receiver.h"

#include <rapport/alliance/v1/alliance_service.pb.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

namespace rapport::integration {
namespace {

using support::TraceReceiver;
using Received = TraceReceiver::Received;

// The spans of one trace, by their ids.
struct Trace {
  std::map<std::string, Received> spans;

  // Whether `child`'s parent, and its parent, and so on, is at last of `service` and this name.
  bool Under(const Received& child, const std::string& service, const std::string& name) const {
    for (auto at = spans.find(child.span.parent_span_id()); at != spans.end();
         at = spans.find(at->second.span.parent_span_id())) {
      if (at->second.service == service && at->second.span.name() == name) return true;
    }
    return false;
  }
  // Those of this service, name and kind.
  std::vector<Received> Of(const std::string& service, const std::string& name,
                           internal::v1::TraceSpanKind kind) const {
    std::vector<Received> found;
    for (const auto& [id, one] : spans) {
      if (one.service == service && one.span.name() == name && one.span.kind() == kind) {
        found.push_back(one);
      }
    }
    return found;
  }
};

constexpr auto kServer = internal::v1::TRACE_SPAN_KIND_SERVER;
constexpr auto kClient = internal::v1::TRACE_SPAN_KIND_CLIENT;
constexpr auto kInternal = internal::v1::TRACE_SPAN_KIND_INTERNAL;

class ExportedTraces : public DemoSuite {
 protected:
  ExportedTraces() : ExportedTraces(std::make_unique<TraceReceiver>()) {}
  explicit ExportedTraces(std::unique_ptr<TraceReceiver> receiver)
      : DemoSuite({.settings = {{"otlp_endpoint", receiver->address()}, {"trace_percent", "100"}}}),
        receiver_(std::move(receiver)) {}

  std::map<std::string, Trace> All() const {
    std::map<std::string, Trace> traces;
    for (const Received& one : receiver_->spans()) {
      traces[one.span.trace_id()].spans[one.span.span_id()] = one;
    }
    return traces;
  }
  // The trace of `id` once it satisfies `complete`.
  template <typename Condition>
  Trace Await(const std::string& id, Condition&& complete) {
    EXPECT_TRUE(support::Eventually([&] { return complete(All()[id]); }));
    return All()[id];
  }

  std::unique_ptr<TraceReceiver> receiver_;
};

// Facts and roster come from intake, since alliance has just begun and the cache is empty.
TEST_F(ExportedTraces, OfOneCallAreOneTreeThroughServicesCacheAndDatabase) {
  Play();
  suite_.Stop("alliance");
  suite_.redis().Run({"FLUSHALL"});
  suite_.Start("alliance");
  alliance::v1::GetAllianceMapRequest request;
  request.set_parent(family_);
  const std::string method = Concat({kAlliance, "GetAllianceMap"});
  const auto reply = suite_.Send(
      method, request.SerializeAsString(),
      {.metadata = {{"authorization", suite_.header("anna")},
                    {"traceparent", "00-00000000000000000000000000abcdef-00000000000000aa-01"}}});
  ASSERT_TRUE(reply.ok()) << reply.Text();

  const std::string id = std::string(13, '\0') + "\xab\xcd\xef";
  const std::string alliance = "rapport-alliance", intake = "rapport-intake";
  const std::string facts = "rapport.internal.v1.AccessService/GetAccessFacts";
  const Trace trace = Await(id, [&](const Trace& so_far) {
    return !so_far.Of(alliance, method, kServer).empty() &&
           !so_far.Of(intake, facts, kServer).empty();
  });
  const auto whole = trace.Of(alliance, method, kServer);
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_EQ(whole[0].span.parent_span_id(), std::string(7, '\0') + "\xaa") << "the caller's span";
  // Each has a parent in the trace, and began and ended within it.
  for (const auto& [span_id, one] : trace.spans) {
    SCOPED_TRACE(one.service + " " + one.span.name());
    if (span_id == whole[0].span.span_id()) continue;
    ASSERT_TRUE(trace.spans.contains(one.span.parent_span_id()));
    EXPECT_TRUE(trace.Under(one, alliance, method));
  }
  // What intake was asked hangs on the asking.
  const auto asked = trace.Of(alliance, facts, kClient),
             answered = trace.Of(intake, facts, kServer);
  ASSERT_EQ(asked.size(), 1u);
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].span.parent_span_id(), asked[0].span.span_id());
  for (const std::string& service : {alliance, intake}) {
    EXPECT_FALSE(trace.Of(service, "db.read", kClient).empty()) << service;
  }
  EXPECT_FALSE(trace.Of(alliance, "cache.get", kClient).empty());
  EXPECT_FALSE(trace.Of(alliance, "db.write", kClient).empty()) << "the line of the disclosure";
  for (const auto& read : trace.Of(intake, "db.read", kClient)) {
    EXPECT_FALSE(trace.spans.at(read.span.parent_span_id()).service == alliance);
  }
}

// A note is signed after goals was asked what is due; what happened is delivered, each a trace.
TEST_F(ExportedTraces, FollowTheCaseThroughNotesGoalsAndTheRelay) {
  Play();
  const std::string sign = Concat({kNotes, "SignNote"});
  const std::string due = "rapport.goals.v1.GoalsService/ListDueHomework";
  const std::string deliver = "rapport.internal.v1.EventService/DeliverEvents";
  const auto signing = [&](const auto& entry) {
    const auto served = entry.second.Of("rapport-goals", due, kServer);
    return std::ranges::any_of(served, [&](const Received& one) {
      return entry.second.Under(one, "rapport-notes", sign);
    });
  };
  const auto delivering = [&](const auto& entry) {
    const auto served = entry.second.Of("rapport-alliance", deliver, kServer);
    return std::ranges::any_of(served, [&](const Received& one) {
      return entry.second.Under(one, "rapport-notes", "relay");
    });
  };
  EXPECT_TRUE(support::Eventually([&] {
    const auto all = All();
    return std::ranges::any_of(all, signing) && std::ranges::any_of(all, delivering);
  }));

  // Names of the program, a code and sizes: nothing of anybody, in any span of the whole case.
  const std::set<std::string> names = {"relay", "db.read", "db.write", "cache.get"};
  const std::set<std::string> keys = {"rpc.system",           "rpc.service",   "rpc.method",
                                      "rpc.grpc.status_code", "request.bytes", "reply.bytes"};
  const auto spans = receiver_->spans();
  EXPECT_GT(spans.size(), 1'000u);
  for (const Received& one : spans) {
    EXPECT_TRUE(names.contains(one.span.name()) || one.span.name().starts_with("rapport."))
        << one.span.name();
    EXPECT_EQ(one.span.kind() == kInternal, one.span.name() == "relay");
    for (const auto& attribute : one.span.attributes()) {
      EXPECT_TRUE(keys.contains(attribute.key())) << attribute.key();
    }
  }
}

class ExportInVain : public ExportedTraces {
 protected:
  ExportInVain() : ExportedTraces(std::make_unique<TraceReceiver>(/*silent=*/true)) {}
};

TEST_F(ExportInVain, ACollectorThatNeverAnswersHoldsUpNobody) {
  Play();
  alliance::v1::GetAllianceMapRequest request;
  request.set_parent(family_);
  std::vector<std::chrono::nanoseconds> took;
  for (int i = 0; i < 200; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(suite_.Call("anna", Concat({kAlliance, "GetAllianceMap"}), request).ok());
    took.push_back(std::chrono::steady_clock::now() - begin);
  }
  std::ranges::sort(took);
  EXPECT_LT(took[100], std::chrono::milliseconds(20 * support::kSlowness));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(suite_.Stop("alliance"), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3 * support::kSlowness));
}

}  // namespace
}  // namespace rapport::integration
