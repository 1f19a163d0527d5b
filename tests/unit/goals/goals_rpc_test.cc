#include "goals/goals_rpc.h"

#include "goals_fixture.h"

#include <grpcpp/impl/service_type.h>
#include <rapport/goals/v1/goals_service.pb.h>

#include <set>

namespace rapport::goals {
namespace {

using GoalsRpcTest = GoalsTest;

TEST_F(GoalsRpcTest, EveryMethodOfTheProtoIsServedWithItsOwnRequest) {
  const auto* described = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      "rapport.goals.v1.GoalsService");
  ASSERT_NE(described, nullptr);
  std::set<std::string> wanted, served;
  for (int i = 0; i < described->method_count(); ++i) {
    wanted.insert(described->full_name() + "/" + described->method(i)->name());
  }
  GoalsHistory history(deps_, *store_.keys);
  const rpc::BoundService bound = MakeGoalsRpc(service_, history);
  for (const rpc::Method& method : bound.methods) {
    EXPECT_TRUE(served.insert(method.full_name).second) << method.full_name << " twice";
    const auto* one =
        described->FindMethodByName(method.full_name.substr(method.full_name.find('/') + 1));
    ASSERT_NE(one, nullptr) << method.full_name;
    EXPECT_EQ(method.new_request()->GetDescriptor(), one->input_type()) << method.full_name;
  }
  EXPECT_EQ(served, wanted);
}

}  // namespace
}  // namespace rapport::goals
