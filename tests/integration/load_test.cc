// More calls than a service can take at the moment: who is refused and how, who is not, and that it
// ends by itself. The database is stopped like a clock, so nothing depends on how fast anything is.
#include "integration/demo_suite.h"
#include "support/http_get.h"
#include "support/postgres_server.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <rapport/intake/v1/break_glass.pb.h>
#include <rapport/intake/v1/family_requests.pb.h>

#include <cstdlib>
#include <future>
#include <vector>

namespace rapport::integration {
namespace {

using support::Eventually;
using support::PostgresServer;
using support::Reply;

class Load : public testing::Test {
 protected:
  Load() {
    server_.Run(std::string("GRANT CREATE ON DATABASE postgres TO ") + PostgresServer::kOwner);
    support::RunProgram({support::Binary("rapport-admin"), "migrate", "--service", "intake",
                         "--database", server_.Url(PostgresServer::kOwner), "--keys-database",
                         server_.Url(PostgresServer::kOwner), "--role", PostgresServer::kService});
    suite_.Set("intake", "database", server_.Url(PostgresServer::kService));
    suite_.Set("intake", "keys_database", server_.Url(PostgresServer::kService));
    suite_.Set("intake", "erasure_list", suite_.folder() + "/data/intake.erased");
    suite_.AddPerson("ida", {"intake", "admin"});
    suite_.AddPerson("eve", {"clinician"});
    suite_.AddPerson("mona", {"intake", "admin"}, "meadow");
  }
  ~Load() override { server_.Resume(); }

  void Start(const std::string& max_in_flight) {
    suite_.Set("intake", "max_in_flight", max_in_flight);
    suite_.Start("intake");
    // What a first call brings into memory: the agency's key, for one.
    for (const char* who : {"ida", "mona"}) {
      const Reply reply = CreateFamily(who).get();
      ASSERT_TRUE(reply.ok()) << reply.Text();
      intake::v1::CreateFamilyResponse response;
      ASSERT_TRUE(response.ParseFromString(reply.body));
      family_ = response.family().name();
    }
  }
  std::future<Reply> Call(const std::string& who, const std::string& method,
                          const google::protobuf::Message& request) {
    return std::async(std::launch::async, [this, who, method, bytes = request.SerializeAsString()] {
      return suite_.Send(Concat({kIntake, method}), bytes,
                         {.metadata = {{"authorization", suite_.header(who)}}});
    });
  }
  std::future<Reply> CreateFamily(const std::string& who,
                                  const std::string& request_id = support::NewUuid()) {
    intake::v1::CreateFamilyRequest request;
    request.mutable_family()->set_display_name("Field");
    request.mutable_family()->mutable_referral()->set_source(intake::v1::REFERRAL_SOURCE_SELF);
    request.set_request_id(request_id);
    return Call(who, "CreateFamily", request);
  }
  std::future<Reply> BreakGlass() {
    intake::v1::GrantBreakGlassRequest request;
    request.set_parent(family_);
    request.set_reason("she is not safe");
    request.set_minutes(10);
    request.set_request_id(support::NewUuid());
    return Call("eve", "GrantBreakGlass", request);
  }
  // A number of the metrics page; the series as it is printed.
  double Metric(const std::string& series) {
    const std::string page = support::HttpGet(suite_.Port("intake", "metrics"), "/metrics");
    const std::size_t at = page.find(Concat({"\n", series, " "}));
    return at == page.npos ? -1 : std::atof(page.c_str() + at + series.size() + 2);
  }
  bool InFlight(int calls) {
    return Eventually([&] { return Metric("rapport_calls_in_flight{kind=\"unary\"}") == calls; });
  }
  // Writes that wait for the database.
  std::vector<std::future<Reply>> Writes(const std::string& who, int count) {
    std::vector<std::future<Reply>> all;
    for (int i = 0; i < count; ++i) all.push_back(CreateFamily(who));
    return all;
  }
  static void ExpectOk(std::vector<std::future<Reply>>& all) {
    for (auto& one : all) {
      const Reply reply = one.get();
      EXPECT_TRUE(reply.ok()) << reply.Text();
    }
  }

  PostgresServer server_;
  support::Suite suite_{{.redis = false}};
  std::string family_;
};

// What a refusal says: that another time, or another replica, may do, and when.
void ExpectRefusal(const Reply& reply) {
  EXPECT_EQ(reply.code, kUnavailable) << reply.Text();
  EXPECT_EQ(reply.reason(), "OVERLOADED");
  google::rpc::Status status;
  ASSERT_TRUE(status.ParseFromString(reply.details));
  google::rpc::RetryInfo retry;
  for (const auto& detail : status.details()) detail.UnpackTo(&retry);
  const auto delay_ms =
      retry.retry_delay().seconds() * 1'000 + retry.retry_delay().nanos() / 1'000'000;
  EXPECT_GE(delay_ms, 50);
  const auto pushback = reply.trailers.find("grpc-retry-pushback-ms");
  ASSERT_NE(pushback, reply.trailers.end());
  EXPECT_EQ(std::atoi(pushback->second.c_str()), delay_ms);
}

TEST_F(Load, AtTheLimitAWriteIsRefusedAtOnceAnUrgentCallIsNotAndARepeatSucceeds) {
  Start("20");
  server_.Suspend();
  auto waiting = Writes("ida", 12);
  // Later they would be over their share.
  ASSERT_TRUE(InFlight(12));
  for (auto& one : Writes("mona", 8)) waiting.push_back(std::move(one));
  ASSERT_TRUE(InFlight(20));
  const std::string request_id = support::NewUuid();
  ExpectRefusal(CreateFamily("ida", request_id).get());
  EXPECT_EQ(Metric("rapport_shed_total{class=\"write\"}"), 1);
  auto urgent = BreakGlass();
  EXPECT_TRUE(InFlight(21));
  server_.Resume();
  ExpectOk(waiting);
  const Reply repeated = CreateFamily("ida", request_id).get();
  EXPECT_TRUE(repeated.ok()) << repeated.Text();
  EXPECT_EQ(urgent.get().reason(), "NOT_FOUND") << "let in, and an account of no professional";
  EXPECT_EQ(Metric("rapport_shed_total{class=\"urgent\"}"), 0);
}

TEST_F(Load, AnAgencyThatTakesEverythingLeavesAnotherItsShare) {
  Start("20");
  server_.Suspend();
  auto hers = Writes("mona", 1);
  ASSERT_TRUE(InFlight(1));
  auto noisy = Writes("ida", 15);
  ASSERT_TRUE(InFlight(16));
  ExpectRefusal(CreateFamily("ida").get());
  EXPECT_EQ(Metric("rapport_shed_over_share_total"), 1);
  for (auto& one : Writes("mona", 4)) hers.push_back(std::move(one));
  EXPECT_TRUE(InFlight(20));
  server_.Resume();
  ExpectOk(noisy);
  ExpectOk(hers);
}

TEST_F(Load, ADatabaseThatStandsStillEndsTheRoomForCallsUntilItGoesOn) {
  Start("4096");
  ASSERT_EQ(Metric("rapport_calls_limit"), 4'096);
  server_.Suspend();
  auto waiting = Writes("ida", 40);
  ASSERT_TRUE(InFlight(40));
  // Every one looks whether a window is over; those that are let in wait with the others.
  std::vector<std::future<Reply>> more;
  EXPECT_TRUE(Eventually([&] {
    more.push_back(BreakGlass());
    more.back().wait_for(std::chrono::milliseconds(20));
    return Metric("rapport_calls_limit") == 32;
  }));
  ExpectRefusal(CreateFamily("ida").get());
  server_.Resume();
  ExpectOk(waiting);
  for (auto& one : more) one.wait();
  EXPECT_TRUE(Eventually([&] {
    const Reply reply = CreateFamily("ida").get();
    EXPECT_TRUE(reply.ok()) << reply.Text();
    return Metric("rapport_calls_limit") == 4'096;
  }));
}

}  // namespace
}  // namespace rapport::integration
