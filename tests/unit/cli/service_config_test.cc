// protos/service_config.json is what the methods' policies say, and nothing that is not idempotent
// is sent twice by it.
#include "cli/service_config.h"

#include "cli/methods.h"
#include "platform/base/strings.h"
#include "platform/schema/method_table.h"
#include "support/scratch_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>

namespace rapport::cli {
namespace {

using nlohmann::json;

// As a client finds it: the method's own entry, else the service's.
json EntryOf(const json& config, const google::protobuf::MethodDescriptor& method) {
  json of_service;
  for (const json& entry : config.at("methodConfig")) {
    for (const json& name : entry.at("name")) {
      if (name.at("service") != method.service()->full_name()) continue;
      if (!name.contains("method")) of_service = entry;
      if (name.contains("method") && name.at("method") == method.name()) return entry;
    }
  }
  return of_service;
}

TEST(ServiceConfigTest, TheFileIsWhatTheProgramSays) {
  const std::string path = Concat({std::getenv("RAPPORT_SOURCE"), "/protos/service_config.json"});
  EXPECT_EQ(ReadText(path), ServiceConfig())
      << "after a new method: `rapport service-config > protos/service_config.json`";
}

TEST(ServiceConfigTest, OnlyWhatIsTheSameTwiceIsSentAgain) {
  const json config = json::parse(ServiceConfig());
  int again = 0;
  for (const auto* service : PublicServices()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto& method = *service->method(i);
      if (IsForServices(method)) continue;
      const auto policy = schema::PolicyOf(&method);
      ASSERT_TRUE(policy.ok());
      const json entry = EntryOf(config, method);
      ASSERT_FALSE(entry.is_null()) << method.full_name();
      const bool same = policy->effect == options::v1::EFFECT_READ || policy->has_request_id;
      EXPECT_EQ(entry.contains("retryPolicy"), same && !method.client_streaming())
          << method.full_name();
      if (method.client_streaming() || method.server_streaming()) {
        EXPECT_FALSE(entry.contains("timeout")) << method.full_name();
      } else {
        EXPECT_EQ(entry.at("timeout"), std::to_string(policy->deadline.count() / 1'000 + 5) + "s")
            << method.full_name() << ": the connection, and what is sent again, take time too";
      }
      again += same ? 1 : 0;
    }
  }
  EXPECT_GT(again, 100);
}

}  // namespace
}  // namespace rapport::cli
