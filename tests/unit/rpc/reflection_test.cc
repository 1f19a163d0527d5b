// Reflection is gRPC's own and outside of the pipeline, and needs no token: whoever opens streams
// of it must hold up nothing.
#include "unit/rpc/probe_server.h"

#include "platform/runtime/telemetry/metrics.h"
#include "support/eventually.h"
#include "support/exchange.h"

#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

namespace rapport::rpc {
namespace {

constexpr char kReflection[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

struct Stream {
  grpc::ClientContext client;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call;
  grpc::Status status;
};

class ReflectionTest : public testing::Test {
 protected:
  ~ReflectionTest() override {
    for (const auto& stream : streams_) stream->client.TryCancel();
    queue_.Shutdown();
    void* tag;
    bool ok;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  // Its client says nothing and stays.
  void Open() {
    Stream& stream = *streams_.emplace_back(std::make_unique<Stream>());
    stream.call = stub_.PrepareCall(&stream.client, kReflection, &queue_);
    stream.call->StartCall(&stream);
    void* tag;
    bool ok;
    ASSERT_TRUE(queue_.Next(&tag, &ok) && tag == &stream && ok);
  }

  ProbeServer probe_{2};
  grpc::GenericStub stub_{probe_.channel};
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Stream>> streams_;
};

TEST_F(ReflectionTest, StreamsBeyondAFewAreRefused) {
  constexpr int kStreams = 60, kKept = 20;
  for (int i = 0; i < kStreams; ++i) Open();
  for (const auto& stream : streams_) stream->call->Finish(&stream->status, stream.get());
  int refused = 0;
  void* tag;
  bool ok;
  const auto until = std::chrono::system_clock::now() + std::chrono::seconds(20);
  while (refused < kStreams - kKept &&
         queue_.AsyncNext(&tag, &ok, until) == grpc::CompletionQueue::GOT_EVENT) {
    EXPECT_EQ(static_cast<Stream*>(tag)->status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    ++refused;
  }
  EXPECT_EQ(refused, kStreams - kKept);
}

// Names of methods that a stranger makes up are no labels.
TEST_F(ReflectionTest, WhatIsBesideTheMethodsIsCountedUnderFixedNames) {
  const auto count = [](std::string_view call) {
    return telemetry::Read(telemetry::Metric::kOtherCalls, call);
  };
  const double reflections = count("reflection"), unknown = count("unknown_method");
  Open();
  EXPECT_TRUE(support::Eventually([&] { return count("reflection") == reflections + 1; }));
  for (const char* method : {"/rapport.notes.v1.SessionNotesService/Guess", "/x"}) {
    grpc::ClientContext client;
    grpc::Status status;
    const grpc::ByteBuffer request;
    const auto call = stub_.PrepareUnaryCall(&client, method, request, &queue_);
    grpc::ByteBuffer response;
    call->StartCall();
    call->Finish(&response, &status, this);
    void* tag;
    bool ok;
    ASSERT_TRUE(queue_.Next(&tag, &ok) && tag == this);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  }
  EXPECT_EQ(count("unknown_method"), unknown + 2);
}

TEST_F(ReflectionTest, AStreamDoesNotKeepAServerFromEnding) {
  Open();
  const auto began = std::chrono::steady_clock::now();
  probe_.server->Drain(std::chrono::seconds(60));
  EXPECT_LT(std::chrono::steady_clock::now() - began,
            std::chrono::seconds(10 * support::kSlowness));
}

}  // namespace
}  // namespace rapport::rpc
