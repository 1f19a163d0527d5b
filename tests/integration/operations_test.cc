// What an operator relies on: health, draining, certificates, metrics, traces, refusals to start.
#include "integration/demo_suite.h"
#include "support/http_get.h"
#include "support/sockets.h"

#include <rapport/alliance/v1/caseload.pb.h>
#include <rapport/audit/v1/audit_service.pb.h>

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace rapport::integration {
namespace {

using support::Eventually;
using support::Reply;
using support::Suite;

constexpr int kExitConfig = 78;

intake::v1::CreateFamilyRequest NewFamily(const std::string& name) {
  intake::v1::CreateFamilyRequest request;
  request.mutable_family()->set_display_name(name);
  request.mutable_family()->mutable_referral()->set_source(intake::v1::REFERRAL_SOURCE_SELF);
  request.set_request_id(support::NewUuid());
  return request;
}

TEST(Health, AProcessIsLiveAndReadyUntilItIsAskedToStop) {
  Suite suite({.settings = {{"lame_duck_seconds", "3"}}});
  suite.StartAll();
  for (const std::string& service : support::BuiltServices()) {
    EXPECT_TRUE(suite.Healthy(service, "live")) << service;
    EXPECT_TRUE(suite.Healthy(service, "ready")) << service;
    EXPECT_TRUE(suite.Healthy(service, "")) << service;
  }
  suite.process("intake").Signal(SIGTERM);
  // While it is still serving whoever has not noticed.
  EXPECT_TRUE(Eventually([&] { return !suite.Healthy("intake", "ready"); }));
  EXPECT_TRUE(suite.Healthy("intake", "live"));
  EXPECT_FALSE(suite.Healthy("intake", ""));
  suite.AddPerson("ida", {"intake", "admin"});
  EXPECT_TRUE(
      suite.Call("ida", Concat({kIntake, "CreateFamily"}), NewFamily("While draining")).ok());
  EXPECT_EQ(suite.process("intake").Wait(), 0);
}

// A client is told that something else is away, not at which address of the mesh.
TEST(Health, AServiceThatNeedsAnotherSaysSoWithoutItsAddress) {
  Suite suite;
  suite.AddPerson("anna", {"clinician"});
  suite.Start("alliance");
  const Reply reply = suite.Call("anna", "rapport.alliance.v1.AllianceService/GetCaseload",
                                 alliance::v1::GetCaseloadRequest());
  EXPECT_EQ(reply.reason(), "DEPENDENCY_UNAVAILABLE") << reply.Text();
  EXPECT_EQ(reply.Text().find("127.0.0.1"), std::string::npos) << reply.Text();
}

// An account that was taken over: its tokens end before they expire, those of others do not, and a
// service that can't read what is revoked does not start.
TEST(Revocations, ATokenIsRefusedFromTheFileOn) {
  Suite suite;
  const std::string file = suite.folder() + "/revoked.yaml";
  suite.Set("intake", "revocations", file);
  suite.AddPerson("ida", {"intake", "admin"});
  suite.AddPerson("ina", {"intake", "admin"});
  suite.Start("intake");
  const std::string create = Concat({kIntake, "CreateFamily"});
  EXPECT_TRUE(suite.Call("ida", create, NewFamily("Before")).ok());
  WriteText(
      file,
      "revoked:\n  - {agency: harbour, subject: ida, issued_before: \"2999-01-01T00:00:00Z\"}\n");
  EXPECT_TRUE(Eventually(
      [&] { return suite.Call("ida", create, NewFamily("After")).reason() == "UNAUTHENTICATED"; }));
  EXPECT_TRUE(suite.Call("ina", create, NewFamily("Another's")).ok());
  EXPECT_NE(suite.Log("intake").find("revocations_loaded"), std::string::npos);
  EXPECT_EQ(suite.Stop("intake"), 0);
  WriteText(file, "revoked: everybody\n");
  suite.Launch("intake");
  EXPECT_EQ(suite.process("intake").Wait(), kExitConfig);
}

// Every call once, without repeating: what failed must not have been done, and what was done must
// not have failed.
TEST(Drain, UnderLoadOnlyCallsThatWereNotAcceptedFailAndMayBeRepeated) {
  Suite suite({.settings = {{"lame_duck_seconds", "1"}}});
  suite.AddPerson("ida", {"intake", "admin"});
  suite.Start("intake");
  std::atomic<bool> stopping{false};
  std::atomic<int> done{0};
  std::mutex mutex;
  std::map<std::string, Reply> replies;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 6; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = 0; !stopping; ++i) {
        const std::string name = Concat({"drain-", std::to_string(caller), "-", std::to_string(i)});
        Reply reply = suite.Call("ida", Concat({kIntake, "CreateFamily"}), NewFamily(name));
        done += reply.ok() ? 1 : 0;
        std::lock_guard lock(mutex);
        replies.emplace(name, std::move(reply));
        if (!replies.at(name).ok()) return;
      }
    });
  }
  EXPECT_TRUE(Eventually([&] { return done > 100; }, std::chrono::seconds(60)));
  EXPECT_EQ(suite.Stop("intake"), 0);
  stopping = true;
  for (std::thread& caller : callers) caller.join();

  suite.Start("intake");
  std::map<std::string, int> there;
  intake::v1::ListFamiliesRequest request;
  request.set_page_size(1'000);
  for (;;) {
    const Reply reply = suite.Call("ida", Concat({kIntake, "ListFamilies"}), request);
    ASSERT_TRUE(reply.ok()) << reply.Text();
    intake::v1::ListFamiliesResponse page;
    ASSERT_TRUE(page.ParseFromString(reply.body));
    for (const auto& family : page.families()) ++there[family.display_name()];
    if (page.next_page_token().empty()) break;
    request.set_page_token(page.next_page_token());
  }
  for (const auto& [name, reply] : replies) {
    EXPECT_TRUE(reply.code == kOk || reply.code == kUnavailable) << reply.Text();
    EXPECT_EQ(there[name], reply.ok() ? 1 : 0) << name << " " << reply.Text();
  }
}

TEST(Certificates, NewOnesAreServedWithoutARestart) {
  Suite suite;
  suite.Start("intake");
  const auto served = [&] {
    return support::RunProgram(
        {"python3", "-c",
         Concat({"import ssl; print(ssl.get_server_certificate(('localhost', ",
                 std::to_string(suite.Port("intake", "api")), ")))"})});
  };
  const auto on_disk = [&] { return ReadText(suite.folder() + "/authority/intake.pem"); };
  const auto same = [](const std::string& a, const std::string& b) {
    return a.substr(0, a.find("-----END")) == b.substr(0, b.find("-----END"));
  };
  const std::string before = on_disk();
  EXPECT_TRUE(same(served(), before));
  support::RunProgram({support::Binary("rapport-admin"), "authority", suite.folder() + "/authority",
                       "--services", "intake,notes,goals,alliance"});
  ASSERT_FALSE(same(on_disk(), before));
  EXPECT_TRUE(Eventually([&] { return same(served(), on_disk()); }, std::chrono::seconds(30)));
  suite.AddPerson("ida", {"intake", "admin"});
  EXPECT_TRUE(suite.Call("ida", Concat({kIntake, "CreateFamily"}), NewFamily("After")).ok());
}

TEST(Metrics, EveryServiceCountsItsCalls) {
  Suite suite;
  suite.StartAll();
  suite.AddPerson("ida", {"intake", "admin"});
  ASSERT_TRUE(suite.Call("ida", Concat({kIntake, "CreateFamily"}), NewFamily("Counted")).ok());
  for (const std::string& service : support::BuiltServices()) {
    const std::string page = support::HttpGet(suite.Port(service, "metrics"), "/metrics");
    EXPECT_NE(page.find("200 OK"), std::string::npos) << service;
    EXPECT_NE(page.find("\nrapport_build_info{"), std::string::npos) << service;
  }
  const std::string page = support::HttpGet(suite.Port("intake", "metrics"), "/metrics");
  EXPECT_NE(page.find("CreateFamily"), std::string::npos) << page;
  EXPECT_EQ(page.find("Counted"), std::string::npos);
}

TEST(Start, ADemoClockIsRefusedWhereOthersCanCall) {
  for (const char* listener :
       {"api_address", "mesh_address", "health_address", "metrics_address"}) {
    Suite suite({.redis = false});
    const support::ReservedPorts port;
    suite.Set("intake", listener, Concat({"0.0.0.0:", std::to_string(port.first())}));
    suite.Launch("intake");
    EXPECT_EQ(suite.process("intake").Wait(), kExitConfig) << listener;
    EXPECT_NE(suite.Log("intake").find("clock"), std::string::npos) << suite.Log("intake");
  }
}

TEST(Start, ADemoClockIsLoggedAndInTheTrail) {
  Suite suite({.redis = false});
  suite.AddPerson("audrey", {"auditor"});
  suite.Start("intake");
  EXPECT_NE(suite.Log("intake").find("\"demo_clock\""), std::string::npos) << suite.Log("intake");
  const Reply reply = suite.Call("audrey", "rapport.audit.v1.AuditService/ListAuditEvents",
                                 audit::v1::ListAuditEventsRequest());
  audit::v1::ListAuditEventsResponse trail;
  ASSERT_TRUE(reply.ok() && trail.ParseFromString(reply.body)) << reply.Text();
  EXPECT_EQ(std::ranges::count(trail.events(), "clock.demo", &audit::v1::AuditEvent::action), 1);
}

TEST(Start, AMistakeInTheConfigurationIsNamed) {
  Suite suite({.redis = false});
  suite.Set("intake", "max_in_flight", "many");
  suite.Launch("intake");
  EXPECT_EQ(suite.process("intake").Wait(), kExitConfig);
  EXPECT_NE(suite.Log("intake").find("max-in-flight"), std::string::npos) << suite.Log("intake");
}

class Traces : public DemoSuite {};

TEST_F(Traces, ATraceIsInTheLogLineOfEveryHop) {
  Play();
  // Nothing is remembered, so notes must ask intake.
  suite_.Kill("notes");
  suite_.redis().Run({"FLUSHALL"});
  suite_.Start("notes");
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  notes::v1::ListSessionsRequest request;
  request.set_parent(family_);
  const Reply reply =
      suite_.Send(Concat({kNotes, "ListSessions"}), request.SerializeAsString(),
                  {.metadata = {{"authorization", suite_.header("anna")},
                                {"traceparent", Concat({"00-", trace, "-00f067aa0ba902b7-01"})}}});
  ASSERT_TRUE(reply.ok()) << reply.Text();
  const auto line_of = [&](const std::string& service) {
    const std::string log = suite_.Log(service);
    const std::size_t at = log.find(trace);
    if (at == std::string::npos) return std::string();
    const std::size_t begin = log.rfind('\n', at) + 1;
    return log.substr(begin, log.find('\n', at) - begin);
  };
  EXPECT_TRUE(Eventually([&] { return !line_of("notes").empty() && !line_of("intake").empty(); }));
  EXPECT_NE(line_of("notes").find("ListSessions"), std::string::npos) << line_of("notes");
  EXPECT_NE(line_of("intake").find("GetAccessFacts"), std::string::npos) << line_of("intake");
}

}  // namespace
}  // namespace rapport::integration
