// The standard health service as a load balancer, a kubelet and a client channel use it.
#include "unit/rpc/probe_server.h"

#include "support/eventually.h"

#include <grpc/health/v1/health.grpc.pb.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace rapport::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// A watch that is under way.
struct Watch {
  Watch(grpc::health::v1::Health::Stub& stub, const std::string& service) {
    HealthCheckRequest request;
    request.set_service(service);
    client.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    reader = stub.Watch(&client, request);
  }
  HealthCheckResponse::ServingStatus Next() {
    HealthCheckResponse response;
    return reader->Read(&response) ? response.status() : HealthCheckResponse::UNKNOWN;
  }
  grpc::ClientContext client;
  std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> reader;
};

class HealthTest : public testing::Test {
 protected:
  HealthTest()
      : stub(grpc::health::v1::Health::NewStub(
            grpc::CreateChannel("127.0.0.1:" + std::to_string(probe.server->health_port()),
                                grpc::InsecureChannelCredentials()))) {}

  grpc::Status Check(const std::string& service, HealthCheckResponse* response) {
    grpc::ClientContext client;
    client.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    HealthCheckRequest request;
    request.set_service(service);
    return stub->Check(&client, request, response);
  }

  ProbeServer probe{2};
  std::unique_ptr<grpc::health::v1::Health::Stub> stub;
};

TEST_F(HealthTest, AServiceIsAsReadyAsItsProcess) {
  HealthCheckResponse response;
  probe.server->SetReady(true);
  grpc::ClientContext client;
  const auto api = grpc::health::v1::Health::NewStub(probe.channel);
  HealthCheckRequest request;
  request.set_service("rapport.rpcprobe.v1.ProbeService");
  ASSERT_TRUE(api->Check(&client, request, &response).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
}

TEST_F(HealthTest, AnUnknownServiceIsNotFoundAndWatchedAsUnknown) {
  HealthCheckResponse response;
  EXPECT_EQ(Check("nobody", &response).error_code(), grpc::StatusCode::NOT_FOUND);
  Watch watch(*stub, "nobody");
  EXPECT_EQ(watch.Next(), HealthCheckResponse::SERVICE_UNKNOWN);
  watch.client.TryCancel();
}

TEST_F(HealthTest, AWatcherLearnsEachChangeOnceAndIsSentAwayByADrain) {
  probe.server->SetReady(false);
  Watch watch(*stub, "ready");
  EXPECT_EQ(watch.Next(), HealthCheckResponse::NOT_SERVING);
  probe.server->SetReady(true);
  EXPECT_EQ(watch.Next(), HealthCheckResponse::SERVING);
  probe.server->SetReady(true);
  probe.server->SetReady(false);
  EXPECT_EQ(watch.Next(), HealthCheckResponse::NOT_SERVING);
  std::thread drain([&] { probe.server->Drain(std::chrono::seconds(20)); });
  EXPECT_EQ(watch.Next(), HealthCheckResponse::UNKNOWN);
  EXPECT_EQ(watch.reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  drain.join();
}

TEST_F(HealthTest, WatchersThatLeaveLeaveNothing) {
  for (int i = 0; i < 20; ++i) {
    Watch watch(*stub, "live");
    EXPECT_EQ(watch.Next(), HealthCheckResponse::SERVING);
    watch.client.TryCancel();
    EXPECT_EQ(watch.reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  probe.server->SetReady(false);
  probe.server->SetReady(true);
  HealthCheckResponse response;
  EXPECT_TRUE(Check("ready", &response).ok());
}

// The listener in clear has no other limit.
TEST_F(HealthTest, MoreWatchersThanAFewAreSentAway) {
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < 64; ++i) {
    watches.push_back(std::make_unique<Watch>(*stub, "live"));
    EXPECT_EQ(watches.back()->Next(), HealthCheckResponse::SERVING) << i;
  }
  Watch one_more(*stub, "live");
  EXPECT_EQ(one_more.reader->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  watches.front()->client.TryCancel();
  EXPECT_TRUE(support::Eventually([&] {
    Watch next(*stub, "live");
    const bool served = next.Next() == HealthCheckResponse::SERVING;
    next.client.TryCancel();
    return served;
  }));
  for (const auto& watch : watches) watch->client.TryCancel();
}

// A connection that is too old is kept for as long as the longest call that may be under way on it,
// and no longer: a watch, which has no deadline, shows when it ends.
TEST(AnOldConnection, LastsForTheLongestCallThatItsListenerServes) {
  constexpr std::chrono::milliseconds kAge{200}, kLongestCall{1'500};  // probe.proto
  ProbeServer probe{2};
  struct Brief {
    Task<absl::StatusOr<probe::EchoResponse>> Echo(CallContext&, const probe::EchoRequest&) {
      co_return probe::EchoResponse();
    }
  } brief;
  const auto bound = [&] {
    using Wire = probe::BriefService;
    using Api = RawApi<Wire::Service, Wire::WithRawMethod_Echo>::Type;
    auto api = std::make_unique<Api>();
    BoundService service;
    service.methods = {Bind<&Api::RequestEcho, &Brief::Echo>(
        "rapport.rpcprobe.v1.BriefService/Echo", *api, brief)};
    service.api = std::move(api);
    return service;
  };
  Server::Options options = ProbeServer::Options();
  options.max_connection_age = kAge;
  const auto started = Server::Start(options, probe.pipeline, {bound}, {});
  ASSERT_TRUE(started.ok()) << started.status();
  (*started)->SetReady(true);
  const auto stub = grpc::health::v1::Health::NewStub(grpc::CreateChannel(
      "127.0.0.1:" + std::to_string((*started)->api_port()), grpc::InsecureChannelCredentials()));
  Watch watch(*stub, "live");
  EXPECT_EQ(watch.Next(), HealthCheckResponse::SERVING);
  const auto began = SteadyClock::now();
  EXPECT_EQ(watch.Next(), HealthCheckResponse::UNKNOWN) << "it was cut off";
  EXPECT_EQ(watch.reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_GE(SteadyClock::now() - began, kLongestCall);
}

// One thread more that waits for connections reads calls that another has to serve (server.h).
TEST_F(HealthTest, NoThreadPollsConnectionsButTheQueues) {
  probe.server->SetReady(true);
  HealthCheckResponse response;
  ASSERT_TRUE(Check("", &response).ok());
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::ifstream(task.path() / "comm") >> name;
    EXPECT_FALSE(name.starts_with("nexting_thread")) << "gRPC's callback threads run";
  }
}

}  // namespace
}  // namespace rapport::rpc
