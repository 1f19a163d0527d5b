#include "platform/runtime/metrics_endpoint.h"

#include "platform/base/strings.h"
#include "platform/runtime/build_info.h"
#include "platform/runtime/process_metrics.h"
#include "platform/runtime/telemetry/metrics.h"
#include "support/http_get.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace rapport::runtime {
namespace {

using telemetry::Metric;
using testing::HasSubstr;
using testing::Not;

std::string Scrape() {
  static const auto port = ServeMetrics("127.0.0.1:0");
  EXPECT_TRUE(port.ok()) << port.status();
  return support::HttpGet(port.value_or(0), "/metrics");
}

TEST(MetricsEndpoint, ShowsCallsByTheNamesEveryoneKnows) {
  telemetry::RegisterMethod(0, "test.v1.Service/Get", false);
  telemetry::CountStarted(0);
  telemetry::CountStarted(0);
  telemetry::CountHandled(0, 5, std::chrono::milliseconds(2));
  telemetry::CountHandled(0, 5, std::chrono::milliseconds(7));
  telemetry::CountClientCall("test.v1.Peer/Ask", 14, std::chrono::seconds(20));
  const std::string text = Scrape();
  const std::string labels =
      R"(grpc_type="unary",grpc_service="test.v1.Service",grpc_method="Get")";
  for (const std::string& line : {
           "grpc_server_started_total{" + labels + "} 2\n",
           "grpc_server_handled_total{" + labels + ",grpc_code=\"OK\"} 0\n",
           "grpc_server_handled_total{" + labels + ",grpc_code=\"NotFound\"} 2\n",
           "grpc_server_handling_seconds_count{" + labels + "} 2\n",
           "grpc_server_handling_seconds_sum{" + labels + "} 0.009",
           "grpc_server_handling_seconds_bucket{" + labels + ",le=\"0.001\"} 0\n",
           "grpc_server_handling_seconds_bucket{" + labels + ",le=\"0.0025",
           "grpc_server_handling_seconds_bucket{" + labels + ",le=\"10\"} 2\n",
           "grpc_server_handling_seconds_bucket{" + labels + ",le=\"+Inf\"} 2\n",
           std::string("# TYPE grpc_server_handling_seconds histogram\n"),
           std::string(R"(grpc_client_handled_total{grpc_type="unary",grpc_service="test.v1.Peer",)"
                       R"(grpc_method="Ask",grpc_code="Unavailable"} 1)"),
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(MetricsEndpoint, LeavesOutWhatNobodyObservesOrCalled) {
  telemetry::RegisterMethod(1, "test.v1.Service/Never", false);
  EXPECT_THAT(Scrape(), Not(HasSubstr("rapport_db_queue")));
  EXPECT_THAT(Scrape(), HasSubstr("grpc_method=\"Never\"} 0"));
  EXPECT_THAT(Scrape(), Not(HasSubstr("_bucket{grpc_type=\"unary\",grpc_service=\"test."
                                      "v1.Service\",grpc_method=\"Never\"")));
  const auto queue = telemetry::Observe(Metric::kDbQueue, "keys", [] { return 4.0; });
  EXPECT_THAT(Scrape(), HasSubstr("rapport_db_queue{database=\"keys\"} 4\n"));
}

// The first failures of a kind have a rate only where the series stood at 0 before.
TEST(MetricsEndpoint, ShowsEveryCodeThatTheObjectivesCountBeforeTheFirstCall) {
  telemetry::RegisterMethod(2, "test.v1.Service/NotYet", false);
  telemetry::CountClientCall("test.v1.Peer/Seldom", 0, std::chrono::seconds(1));
  const std::string text = Scrape();
  std::ifstream rules(
      Concat({std::getenv("RAPPORT_SOURCE"), "/deploy/monitoring/rules/availability.yml"}));
  std::set<std::string> failed;
  for (std::string line; std::getline(rules, line);) {
    const std::string opens = "grpc_code=~\"";
    const std::size_t at = line.find(opens);
    if (at == std::string::npos) continue;
    const std::size_t from = at + opens.size();
    std::istringstream codes(line.substr(from, line.find('"', from) - from));
    for (std::string code; std::getline(codes, code, '|');) failed.insert(code);
  }
  EXPECT_GE(failed.size(), 6u);
  for (const std::string& code : failed) {
    EXPECT_THAT(text, HasSubstr(Concat({"grpc_method=\"NotYet\",grpc_code=\"", code, "\"} 0\n"})));
  }
  EXPECT_THAT(text, Not(HasSubstr("grpc_method=\"NotYet\",grpc_code=\"NotFound\"")));
  EXPECT_THAT(text, Not(HasSubstr("grpc_method=\"Seldom\",grpc_code=\"Internal\"")));
}

TEST(MetricsEndpoint, ShowsOnlyNamesOfTheFrozenList) {
  std::set<std::string> frozen;
  std::istringstream list(telemetry::DescribeMetrics());
  for (std::string line; std::getline(list, line);) frozen.insert(line.substr(0, line.find(' ')));
  const auto process = ObserveProcess();
  for (const prometheus::MetricFamily& family : CollectMetrics()) {
    EXPECT_EQ(frozen.count(family.name), 1u) << family.name;
  }
}

TEST(MetricsEndpoint, ShowsTheProcessAndTheBuild) {
  const auto process = ObserveProcess();
  EXPECT_GT(telemetry::Read(Metric::kProcessMemory), 1e6);
  EXPECT_LT(telemetry::Read(Metric::kProcessMemory), 1e9);
  EXPECT_GE(telemetry::Read(Metric::kProcessFiles), 3);
  EXPECT_GT(telemetry::Read(Metric::kProcessCpu), 0);
  EXPECT_GT(telemetry::Read(Metric::kProcessStart), 1.7e9);
  const std::string text = Scrape();
  EXPECT_THAT(text, HasSubstr("rapport_build_info{version=\""));
  EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes "));
}

TEST(MetricsEndpoint, SaysWhenItsPortIsTaken) {
  const auto first = ServeMetrics("127.0.0.1:0");
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string address = "127.0.0.1:" + std::to_string(*first);
  const auto second = ServeMetrics(address);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(second.status().ToString(), HasSubstr(address));
}

TEST(MetricsEndpoint, ServesNothingElse) {
  const auto port = ServeMetrics("127.0.0.1:0");
  ASSERT_TRUE(port.ok()) << port.status();
  for (const char* path : {"/", "/etc/passwd", "/../../etc/passwd"}) {
    EXPECT_THAT(support::HttpGet(*port, path), HasSubstr("404")) << path;
  }
}

TEST(VersionLine, SaysWhatIsRunning) {
  EXPECT_THAT(
      VersionLine("notes"),
      testing::MatchesRegex(R"(rapport-notes [0-9.]+ \(([0-9a-f]{12}|unknown), .+ [0-9.]+\))"));
}

}  // namespace
}  // namespace rapport::runtime
