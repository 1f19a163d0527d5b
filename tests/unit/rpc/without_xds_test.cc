// No program of ours has the client of a control plane: not by a target, and not by a policy.
#include "support/exchange.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <string>

namespace rapport::rpc {
namespace {

TEST(WithoutXds, ItsTargetsAreNothingButNamesOfHostsThatAreNotThere) {
  for (const std::string target : {"xds:///harbour", "google-c2p:///harbour"}) {
    const support::Reply reply = support::Exchange(
        grpc::CreateChannel(target, grpc::InsecureChannelCredentials()), "/any/Method", {""});
    EXPECT_EQ(reply.code, grpc::StatusCode::UNAVAILABLE);
    EXPECT_THAT(reply.message, testing::HasSubstr("DNS resolution failed for " + target));
  }
}

TEST(WithoutXds, ItsPoliciesAreNotKnown) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(R"({"loadBalancingConfig": [{"xds_cluster_manager_experimental":
      {"children": {"one": {"childPolicy": [{"round_robin": {}}]}}}}]})");
  const support::Reply reply = support::Exchange(
      grpc::CreateCustomChannel("localhost:1", grpc::InsecureChannelCredentials(), arguments),
      "/any/Method", {""});
  EXPECT_EQ(reply.code, grpc::StatusCode::INVALID_ARGUMENT) << reply.message;
}

}  // namespace
}  // namespace rapport::rpc
