#include "notes/notes_rpc.h"

#include "notes_fixture.h"

#include <grpcpp/impl/service_type.h>
#include <rapport/notes/v1/notes_service.pb.h>

#include <set>

namespace rapport::notes {
namespace {

using NotesRpcTest = NotesTest;

TEST_F(NotesRpcTest, EveryMethodOfTheProtoIsServedAndNothingElse) {
  const auto* described = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      "rapport.notes.v1.SessionNotesService");
  ASSERT_NE(described, nullptr);
  std::set<std::string> wanted, served;
  for (int i = 0; i < described->method_count(); ++i) {
    wanted.insert(described->full_name() + "/" + described->method(i)->name());
  }
  NotesHistory history(deps_, *store_.keys);
  const rpc::BoundService bound = MakeNotesRpc(service_, history);
  for (const rpc::Method& method : bound.methods) {
    EXPECT_TRUE(served.insert(method.full_name).second) << method.full_name << " twice";
  }
  EXPECT_EQ(served, wanted);
}

TEST_F(NotesRpcTest, EachRequestTypeIsTheMethodsOwn) {
  const auto* described = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      "rapport.notes.v1.SessionNotesService");
  ASSERT_NE(described, nullptr);
  NotesHistory history(deps_, *store_.keys);
  const rpc::BoundService bound = MakeNotesRpc(service_, history);
  for (const rpc::Method& method : bound.methods) {
    const auto* one =
        described->FindMethodByName(method.full_name.substr(method.full_name.find('/') + 1));
    ASSERT_NE(one, nullptr) << method.full_name;
    EXPECT_EQ(method.new_request()->GetDescriptor(), one->input_type()) << method.full_name;
  }
}

}  // namespace
}  // namespace rapport::notes
