// The server and its pipeline as clients see them: deadlines, cancellation, limits, readiness,
// drain, and nothing of the inside in an answer.
#include "unit/rpc/probe_server.h"

#include "platform/crypto/invitation_code.h"
#include "platform/runtime/telemetry/metrics.h"
#include "support/child_process.h"
#include "support/eventually.h"
#include "support/exchange.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpc/health/v1/health.pb.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace rapport::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using support::Eventually;

class ServerTest : public testing::Test {
 protected:
  using Stub = probe::ProbeService::Stub;
  using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const probe::EchoRequest&,
                                        probe::EchoResponse*);
  grpc::Status Call(Method method, milliseconds deadline = seconds(20)) {
    grpc::ClientContext client;
    probe.Fill(client, deadline);
    return (stub.*method)(&client, request, &response);
  }
  // Calls that stay until the gate opens. One after the other: of two that come at the same moment
  // each may find the other in its place.
  std::vector<std::thread> TakeBothPlaces() {
    std::vector<std::thread> callers;
    for (int taken = 1; taken <= 2; ++taken) {
      callers.emplace_back([this] {
        grpc::ClientContext client;
        probe.Fill(client, seconds(20));
        probe::EchoResponse answer;
        EXPECT_TRUE(stub.Wait(&client, {}, &answer).ok());
      });
      EXPECT_TRUE(Eventually([&] { return probe.use_cases.waiting == taken; }));
    }
    return callers;
  }

  ProbeServer probe{2};
  Stub stub{probe.channel};
  probe::EchoRequest request;
  probe::EchoResponse response;
};

// A call of bytes, with or without an account.
struct RawAnswer {
  grpc::Status status;
  grpc::ByteBuffer reply;
};
RawAnswer CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                  grpc::ClientContext& client, const grpc::ByteBuffer& request) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const auto reader = stub.PrepareUnaryCall(&client, method, request, &queue);
  reader->StartCall();
  RawAnswer answer;
  reader->Finish(&answer.reply, &answer.status, &queue);
  void* tag = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&tag, &ok));
  return answer;
}

std::string ReasonOf(const grpc::Status& status) {
  return schema::ReasonOf(schema::FromDetails(static_cast<absl::StatusCode>(status.error_code()),
                                              status.error_message(), status.error_details()));
}

TEST_F(ServerTest, ACallWithoutADeadlineGetsItsMethods) {
  grpc::ClientContext client;
  client.AddMetadata("authorization", probe.Bearer());
  ASSERT_TRUE(stub.Echo(&client, request, &response).ok());
  EXPECT_GT(response.left_us(), 0);
  EXPECT_LE(response.left_us(), 2'000'000);
}

TEST_F(ServerTest, ALongerDeadlineIsClampedAndAShorterOneHolds) {
  ASSERT_TRUE(Call(&Stub::Echo, seconds(20)).ok());
  EXPECT_LE(response.left_us(), 2'000'000);
  ASSERT_TRUE(Call(&Stub::Echo, milliseconds(1'500)).ok());
  EXPECT_LE(response.left_us(), 1'520'000) << "the wire rounds up, by one in a hundred at most";
}

TEST_F(ServerTest, AnInnerCallHasTheRestOfTheDeadlineTheCallerAndTheTrace) {
  grpc::ClientContext client;
  probe.Fill(client, milliseconds(1'500));
  client.AddMetadata("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  ASSERT_TRUE(stub.Ask(&client, request, &response).ok());
  EXPECT_LE(response.left_us(), 1'520'000);
  EXPECT_EQ(response.subject(), "anna");
  EXPECT_EQ(response.trace().substr(3, 32), "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST_F(ServerTest, AUseCaseNoticesThatItsCallerWentAway) {
  grpc::ClientContext client;
  probe.Fill(client, seconds(20));
  std::thread caller([&] { stub.Wait(&client, request, &response); });
  ASSERT_TRUE(Eventually([&] { return probe.use_cases.waiting == 1; }));
  client.TryCancel();
  EXPECT_TRUE(Eventually([&] { return probe.use_cases.cancelled == 1; }));
  caller.join();
}

TEST_F(ServerTest, AboveTheLimitACallIsRefusedWithPushbackAndOthersGoOn) {
  std::vector<std::thread> callers = TakeBothPlaces();
  grpc::ClientContext client;
  probe.Fill(client, seconds(20));
  const grpc::Status status = stub.Echo(&client, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "OVERLOADED");
  EXPECT_EQ(client.GetServerTrailingMetadata().count("grpc-retry-pushback-ms"), 1u);
  EXPECT_EQ(probe.use_cases.echoes, 0);
  probe.use_cases.gate = true;
  for (auto& caller : callers) caller.join();
  EXPECT_TRUE(Eventually([&] { return Call(&Stub::Echo).ok(); }));
}

// A form that says "I am not safe" comes by a method of the class of writes.
TEST_F(ServerTest, A14_WhatHoldsSomethingUrgentIsLetInWhereWritesAreNot) {
  std::vector<std::thread> callers = TakeBothPlaces();
  const auto keep = [&](const std::string& text) {
    grpc::ClientContext client;
    probe.Fill(client, seconds(20));
    probe::KeepRequest kept;
    kept.set_text(text);
    kept.set_request_id(support::NewUuid());
    probe::KeepResponse answer;
    return stub.Keep(&client, kept, &answer);
  };
  // The place that is the writes' own.
  callers.emplace_back([&] { EXPECT_TRUE(keep("slow").ok()); });
  EXPECT_TRUE(Eventually([&] { return probe.use_cases.keeping == 1; }));
  EXPECT_EQ(ReasonOf(keep("a form")), "OVERLOADED");
  const grpc::Status urgent = keep("not safe");
  EXPECT_TRUE(urgent.ok()) << urgent.error_message();
  EXPECT_EQ(ReasonOf(keep("another form")), "OVERLOADED");
  probe.use_cases.gate = true;
  for (auto& caller : callers) caller.join();
}

// A stock client with the service config that we ship waits as it is told, and gets through. It
// tries three times within some 100 ms each: a machine too busy to free a place by then says
// nothing about that, and the client calls once more.
TEST_F(ServerTest, WithTheShippedServiceConfigARefusalForLoadIsOnlyADelay) {
  const auto refused = [] {
    double all = 0;
    for (const char* of : {"unspecified", "urgent", "write", "read", "bulk"}) {
      all += telemetry::Read(telemetry::Metric::kShed, of);
    }
    return all;
  };
  const std::string source(std::getenv("RAPPORT_SOURCE"));
  const auto is_only_delayed = [&] {
    probe.use_cases.gate = false;
    std::vector<std::thread> callers = TakeBothPlaces();
    const double before = refused();
    std::string said;
    std::thread client([&] {
      said = support::RunProgram(
          {"/usr/bin/python3", source + "/tests/unit/rpc/service_config_client.py",
           probe.api_address(), source + "/protos/service_config.json", probe.Bearer({})});
    });
    EXPECT_TRUE(Eventually([&] { return refused() > before; }));
    probe.use_cases.gate = true;
    client.join();
    for (auto& caller : callers) caller.join();
    return said == "OK\n";
  };
  EXPECT_TRUE(Eventually(is_only_delayed));
  EXPECT_EQ(probe.use_cases.echoes, 1);
}

TEST_F(ServerTest, AnExceptionIsInternalAndItsTextStaysInside) {
  const grpc::Status status = Call(&Stub::Fail);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(status.error_message().find("secret words"), std::string::npos);
  EXPECT_EQ(status.error_details().find("secret words"), std::string::npos);
  EXPECT_TRUE(Call(&Stub::Echo).ok()) << "and the next call is served";
}

TEST_F(ServerTest, BytesThatAreNotTheMessageAreSaidToBeSo) {
  grpc::ClientContext client;
  probe.Fill(client, seconds(20));
  const grpc::Slice slice(std::string("\x0a\xff not a message"));
  const grpc::Status status = CallRaw(probe.channel, "/rapport.rpcprobe.v1.ProbeService/Echo",
                                      client, grpc::ByteBuffer(&slice, 1))
                                  .status;
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "MALFORMED_REQUEST");
}

TEST_F(ServerTest,
       AMessageAboveItsMethodsLimitIsRefusedByThePipelineAboveTheServersByTheTransport) {
  request.set_text(std::string(2u << 20, 'x'));
  grpc::Status status = Call(&Stub::Echo);
  EXPECT_EQ(ReasonOf(status), "REQUEST_TOO_LARGE") << status.error_message();
  request.set_text(std::string(5u << 20, 'x'));
  status = Call(&Stub::Echo);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  EXPECT_EQ(probe.use_cases.echoes, 0);
}

TEST_F(ServerTest, TooMuchMetadataReachesNoUseCase) {
  grpc::ClientContext client;
  probe.Fill(client, seconds(20));
  client.AddMetadata("x-padding", std::string(limits::kMetadataBytes, 'x'));
  EXPECT_FALSE(stub.Echo(&client, request, &response).ok());
  EXPECT_EQ(probe.use_cases.echoes, 0);
  // The connection may go with the call: then the client's next one begins on a new connection.
  EXPECT_TRUE(Eventually([&] {
    const grpc::Status status = Call(&Stub::Echo);
    EXPECT_TRUE(status.ok() || status.error_code() == grpc::StatusCode::UNAVAILABLE)
        << status.error_code() << ' ' << status.error_message();
    return status.ok();
  }));
}

TEST_F(ServerTest, NoTokenTwoTokensAndAForgedOneAreAllTheSame) {
  const auto refused = [&](std::vector<std::string> tokens) {
    grpc::ClientContext client;
    for (const std::string& token : tokens) client.AddMetadata("authorization", token);
    return stub.Echo(&client, request, &response);
  };
  std::string forged = probe.Bearer();
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  const grpc::Status none = refused({});
  for (const auto& tokens : {std::vector<std::string>{probe.Bearer(), probe.Bearer()}, {forged}}) {
    const grpc::Status status = refused(tokens);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(status.error_message(), none.error_message());
    EXPECT_EQ(status.error_details(), none.error_details());
  }
  EXPECT_EQ(probe.use_cases.echoes, 0);
}

grpc::health::v1::HealthCheckResponse::ServingStatus HealthOf(const std::string& address,
                                                              const std::string& service) {
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  grpc::ClientContext client;
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  const RawAnswer answer =
      CallRaw(channel, "/grpc.health.v1.Health/Check", client, Serialise(request));
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  grpc::health::v1::HealthCheckResponse response;
  EXPECT_TRUE(ParseInto(answer.reply, &response));
  return response.status();
}

TEST_F(ServerTest, AnInvitationsCodeIsSomebodyOnlyWhereCodesAreTaken) {
  probe.use_cases.gate = true;
  const std::string code = crypto::NewInvitationCode(probe.store.suite, "harbour");
  const auto call = [&](Method method, const std::string& header) {
    grpc::ClientContext client;
    client.set_deadline(std::chrono::system_clock::now() + seconds(20));
    client.AddMetadata("authorization", header);
    return (stub.*method)(&client, request, &response);
  };
  EXPECT_TRUE(call(&Stub::Wait, "Invitation-Code " + code).ok());
  EXPECT_EQ(ReasonOf(call(&Stub::Echo, "Invitation-Code " + code)), "UNAUTHENTICATED");
  EXPECT_EQ(ReasonOf(call(&Stub::Wait, "Invitation-Code harbour-0000")), "UNAUTHENTICATED");
  EXPECT_EQ(probe.use_cases.echoes, 0);
}

TEST_F(ServerTest, ReadinessComesAndGoesLivenessStays) {
  using Response = grpc::health::v1::HealthCheckResponse;
  const std::string health = "127.0.0.1:" + std::to_string(probe.server->health_port());
  for (const bool ready : {true, false, true}) {
    probe.server->SetReady(ready);
    const auto expected = ready ? Response::SERVING : Response::NOT_SERVING;
    for (const std::string& address : {health, probe.api_address()}) {
      EXPECT_EQ(HealthOf(address, ""), expected);
      EXPECT_EQ(HealthOf(address, "ready"), expected);
      EXPECT_EQ(HealthOf(address, "live"), Response::SERVING);
    }
  }
}

TEST_F(ServerTest, DrainingLetsAcceptedCallsEndAndRefusesNewOnes) {
  grpc::Status waited = grpc::Status::CANCELLED;
  std::thread caller([&] {
    grpc::ClientContext client;
    probe.Fill(client, seconds(20));
    probe::EchoResponse answer;
    waited = stub.Wait(&client, {}, &answer);
  });
  ASSERT_TRUE(Eventually([&] { return probe.use_cases.waiting == 1; }));
  std::thread drain([&] { probe.server->Drain(seconds(20)); });
  EXPECT_TRUE(Eventually([&] {
    const grpc::Status status = Call(&Stub::Echo, milliseconds(200));
    return status.error_code() == grpc::StatusCode::UNAVAILABLE;
  }));
  probe.use_cases.gate = true;
  caller.join();
  drain.join();
  EXPECT_TRUE(waited.ok()) << waited.error_message();
}

TEST_F(ServerTest, WhatDoesNotEndInTimeIsCutOff) {
  grpc::Status waited;
  std::thread caller([&] {
    grpc::ClientContext client;
    probe.Fill(client, seconds(20));
    probe::EchoResponse answer;
    waited = stub.Wait(&client, {}, &answer);
  });
  ASSERT_TRUE(Eventually([&] { return probe.use_cases.waiting == 1; }));
  probe.server->Drain(milliseconds(50));
  caller.join();
  EXPECT_FALSE(waited.ok());
  EXPECT_EQ(probe.use_cases.waiting, 0) << "its coroutine has ended before its queue";
}

// How often a thread of this process had to wait for something.
std::int64_t WaitsOf(pid_t thread) {
  std::ifstream status("/proc/self/task/" + std::to_string(thread) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("voluntary")) return std::stoll(line.substr(line.find(':') + 1));
  }
  return -1;
}

TEST_F(ServerTest, TheThreadForBackgroundWorkReadsNoConnection) {
  constexpr int kCalls = 400;
  std::promise<pid_t> found;
  const auto look = [&]() -> Task<> {
    co_await ResumeOn{probe.server->background()};
    found.set_value(gettid());
  };
  Spawn(look());
  const pid_t thread = found.get_future().get();
  const std::int64_t before = WaitsOf(thread);
  for (int i = 0; i < kCalls; ++i) ASSERT_TRUE(Call(&Stub::Echo).ok());
  EXPECT_LT(WaitsOf(thread) - before, kCalls / 20);
}

TEST_F(ServerTest, BackgroundWorkIsAnsweredByOtherServices) {
  std::promise<absl::StatusOr<std::string>> answered;
  const std::string bearer = probe.Bearer();
  const auto work = [&]() -> Task<> {
    co_await ResumeOn{probe.server->background()};
    CallContext context;
    context.deadline = SteadyClock::now() + seconds(20);
    context.bearer = bearer;
    const auto answer = co_await probe.use_cases.self->Call<probe::EchoResponse>(
        context, "rapport.rpcprobe.v1.ProbeService/Echo", request);
    answered.set_value(answer.ok() ? absl::StatusOr<std::string>(answer->subject())
                                   : answer.status());
  };
  Spawn(work());
  const auto subject = answered.get_future().get();
  ASSERT_TRUE(subject.ok()) << subject.status();
  EXPECT_EQ(*subject, "anna");
}

// Of 17 calls, with two threads: eight for each and one more.
TEST(Crowd, AreManyCallsAndTheMomentAfterThem) {
  ProbeServer probe;
  const auto stub = probe::ProbeService::NewStub(probe.channel);
  const auto crowded = [&](seconds later) {
    return probe.pipeline.Crowded(SteadyClock::now() + later);
  };
  std::vector<std::thread> callers;
  const auto call = [&] {
    const int before = probe.use_cases.waiting;
    callers.emplace_back([&] {
      grpc::ClientContext client;
      probe.Fill(client, seconds(60));
      probe::EchoResponse answer;
      EXPECT_TRUE(stub->Wait(&client, {}, &answer).ok());
    });
    ASSERT_TRUE(Eventually([&] { return probe.use_cases.waiting == before + 1; }));
  };
  for (int i = 0; i < 16; ++i) call();
  EXPECT_FALSE(crowded(seconds(0)));
  const auto last = SteadyClock::now();
  call();
  EXPECT_TRUE(crowded(seconds(0)));
  EXPECT_TRUE(crowded(seconds(10))) << "for as long as there are so many";
  probe.use_cases.gate = true;
  for (auto& caller : callers) caller.join();
  ASSERT_TRUE(Eventually([&] { return probe.pipeline.in_flight() == 0; }));
  EXPECT_TRUE(probe.pipeline.Crowded(last + milliseconds(15)));
  EXPECT_FALSE(crowded(seconds(10)));
}

TEST(ServerStart, AMethodWithoutAPolicyIsNotServed) {
  ProbeServer probe;
  struct Unruled {
    Task<absl::StatusOr<probe::EchoResponse>> Echo(CallContext&, const probe::EchoRequest&) {
      co_return probe::EchoResponse();
    }
  } unruled;
  const auto bound = [&] {
    using Wire = probe::UnruledService;
    using Api = RawApi<Wire::Service, Wire::WithRawMethod_Echo>::Type;
    auto api = std::make_unique<Api>();
    BoundService service;
    service.methods = {Bind<&Api::RequestEcho, &Unruled::Echo>(
        "rapport.rpcprobe.v1.UnruledService/Echo", *api, unruled)};
    service.api = std::move(api);
    return service;
  };
  const auto started = Server::Start(ProbeServer::Options(), probe.pipeline, {bound}, {});
  EXPECT_EQ(started.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(started.status().ToString().find("UnruledService"), std::string::npos);
}

}  // namespace
}  // namespace rapport::rpc
