// A start without its database: it waits, is alive meanwhile and never ready, and ends only for
// what no waiting mends.
#include "platform/runtime/await_database.h"

#include "platform/db/db.h"
#include "platform/runtime/lifecycle.h"
#include "support/sockets.h"

#include <grpc/health/v1/health.grpc.pb.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>

namespace rapport::runtime {
namespace {

using grpc::health::v1::HealthCheckResponse;

class AwaitDatabaseTest : public testing::Test {
 protected:
  // What a probe hears; nullopt: nobody listens.
  std::optional<HealthCheckResponse::ServingStatus> Says(const std::string& name) const {
    const auto health = grpc::health::v1::Health::NewStub(
        grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(name);
    HealthCheckResponse response;
    if (!health->Check(&context, request, &response).ok()) return std::nullopt;
    return response.status();
  }

  const support::ReservedPorts ports_;
  const std::string address_ = "127.0.0.1:" + std::to_string(ports_.first());
  int tries_ = 0;
};

TEST_F(AwaitDatabaseTest, IsAliveAndNotReadyUntilItIsThere) {
  const auto open = [&]() -> absl::Status {
    if (++tries_ == 1) return absl::UnavailableError("away");
    EXPECT_EQ(Says("live"), HealthCheckResponse::SERVING);
    EXPECT_EQ(Says("ready"), HealthCheckResponse::NOT_SERVING);
    EXPECT_EQ(Says(""), HealthCheckResponse::NOT_SERVING);
    return tries_ < 3 ? absl::UnavailableError("away") : absl::OkStatus();
  };
  EXPECT_TRUE(AwaitDatabase(address_, open).ok());
  EXPECT_EQ(tries_, 3);
  EXPECT_FALSE(Says("live").has_value()) << "the server's own listener takes its place";
}

TEST_F(AwaitDatabaseTest, WhatIsThereIsOpenedAndNothingElseHappens) {
  const auto open = [&] {
    ++tries_;
    return absl::OkStatus();
  };
  EXPECT_TRUE(AwaitDatabase("no address", open).ok());
  EXPECT_EQ(tries_, 1);
}

TEST_F(AwaitDatabaseTest, WhatNoWaitingMendsEndsIt) {
  const auto open = [&]() -> absl::Status {
    if (++tries_ == 1) return absl::UnavailableError("away");
    return absl::FailedPreconditionError("of a newer release");
  };
  EXPECT_TRUE(absl::IsFailedPrecondition(AwaitDatabase(address_, open)));
  EXPECT_EQ(tries_, 2);
}

TEST_F(AwaitDatabaseTest, IsStoppedWhileItWaits) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto stopped = [&] {
    PrepareProcess({});
    RequestStop();
    const absl::Status ended =
        AwaitDatabase(address_, [] { return absl::UnavailableError("away"); });
    std::_Exit(absl::IsCancelled(ended) ? 7 : 1);
  };
  EXPECT_EXIT(stopped(), testing::ExitedWithCode(7), "");
}

TEST(WriteAtStart, IsDoneAgainWhenNobodyKnowsWhetherItWasDone) {
  int writes = 0;
  const auto write = [&] { return ++writes < 3 ? db::CommitUnknownError() : absl::OkStatus(); };
  EXPECT_TRUE(WriteAtStart(write).ok());
  EXPECT_EQ(writes, 3);
}

TEST(WriteAtStart, EndsWhenNobodyEverKnows) {
  int writes = 0;
  const absl::Status written = WriteAtStart([&] {
    ++writes;
    return db::CommitUnknownError();
  });
  EXPECT_TRUE(db::IsCommitUnknown(written)) << written;
  EXPECT_EQ(writes, 5);
}

TEST(WriteAtStart, WhatWasNotDoneForCertainEndsIt) {
  int writes = 0;
  const absl::Status written = WriteAtStart([&] {
    ++writes;
    return absl::UnavailableError("away");
  });
  EXPECT_TRUE(absl::IsUnavailable(written)) << written;
  EXPECT_EQ(writes, 1);
}

}  // namespace
}  // namespace rapport::runtime
