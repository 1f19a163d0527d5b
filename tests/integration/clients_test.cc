// Clients in other languages, and tools, with what a stranger has: the address, the authority, a
// token, the protos.
#include "integration/demo_suite.h"

#include <sstream>

namespace rapport::integration {
namespace {

std::string Source(const std::string& path) {
  return Concat({std::getenv("RAPPORT_SOURCE"), "/", path});
}
// What tests/run fetches with npm.
std::string NodeModules() { return Concat({std::getenv("RAPPORT_BIN"), "/../tools/node_modules"}); }

class Clients : public testing::Test {
 protected:
  Clients() {
    suite_.AddDemoPeople();
    suite_.StartAll();
  }
  std::string Api() const {
    return Concat({"localhost:", std::to_string(suite_.Port("intake", "api"))});
  }
  // A request with many faults: what the client must be able to read of the refusal.
  void ExpectFaults(const std::string& output) {
    EXPECT_NE(output.find("code 3\n"), std::string::npos) << output;
    EXPECT_NE(output.find("reason INVALID_REQUEST\n"), std::string::npos) << output;
    EXPECT_NE(output.find("field family.display_name\n"), std::string::npos) << output;
    EXPECT_NE(output.find("field request_id\n"), std::string::npos) << output;
  }

  support::Suite suite_;
};

TEST_F(Clients, PythonReadsErrorDetails) {
  ExpectFaults(support::RunProgram(
      {"/usr/bin/python3", Source("tests/integration/error_details.py"), Api(),
       suite_.folder() + "/authority/ca.pem", suite_.header("ida"), Source("protos")}));
}

TEST_F(Clients, NodeReadsErrorDetails) {
  ExpectFaults(support::RunProgram(
      {"env", "NODE_PATH=" + NodeModules(), "node", Source("tests/integration/error_details.js"),
       Api(), suite_.folder() + "/authority/ca.pem", suite_.header("ida"), Source("protos")}));
}

// Reflection is complete: buf builds every method of every service from what it says.
TEST_F(Clients, BufListsEveryMethodThroughReflection) {
  for (const std::string& service : support::BuiltServices()) {
    std::istringstream lines(support::RunProgram(
        {NodeModules() + "/.bin/buf", "curl", "--protocol", "grpc", "--cacert",
         suite_.folder() + "/authority/ca.pem", "--list-methods",
         Concat({"https://localhost:", std::to_string(suite_.Port(service, "api"))})}));
    std::set<std::string> listed;
    for (std::string line; std::getline(lines, line);) listed.insert(line);
    EXPECT_TRUE(listed.contains("grpc.health.v1.Health/Check")) << service;
    const auto* pool = google::protobuf::DescriptorPool::generated_pool();
    for (const std::string& owner : {service, std::string("audit")}) {
      const auto* file =
          pool->FindFileByName(Concat({"rapport/", owner, "/v1/", owner, "_service.proto"}));
      ASSERT_NE(file, nullptr) << owner;
      for (int s = 0; s < file->service_count(); ++s) {
        for (int m = 0; m < file->service(s)->method_count(); ++m) {
          const auto* method = file->service(s)->method(m);
          EXPECT_TRUE(
              listed.contains(Concat({method->service()->full_name(), "/", method->name()})))
              << service << " " << method->full_name();
        }
      }
    }
  }
}

}  // namespace
}  // namespace rapport::integration
