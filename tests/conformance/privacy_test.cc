// What people said, who they are and what opens things stands nowhere in the clear: not in a
// database, a log, a metric or the cache. And what was done with it is in a chain that holds.
#include "conformance/world.h"
#include "platform/base/strings.h"
#include "support/http_get.h"

#include <rapport/audit/v1/audit_service.pb.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace rapport::conformance {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Shorter ones stand everywhere by chance.
constexpr std::size_t kShortest = 8;

// Texts of `message` whose fields say that they are somebody's.
void Collect(const Message& message, std::set<std::string>& texts) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> set;
  reflection.ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    const auto& rule = field->options().GetExtension(options::v1::rule);
    const bool secret = rule.sensitivity() >= options::v1::SENSITIVITY_PERSONAL;
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->message_type() != nullptr) {
        Collect(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                     : reflection.GetMessage(message, field),
                texts);
      } else if (secret && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        const std::string text = field->is_repeated()
                                     ? reflection.GetRepeatedString(message, field, i)
                                     : reflection.GetString(message, field);
        if (text.size() >= kShortest) texts.insert(text);
      }
    }
  }
}

std::set<std::string> WhatPeopleSaid() {
  const World& world = World::Get();
  std::set<std::string> texts;
  for (const Sample& sample : world.samples) {
    for (const PublicMethod& method : world.methods) {
      if (method.name != sample.method) continue;
      auto* factory = google::protobuf::MessageFactory::generated_factory();
      for (const auto& [type, bytes] :
           {std::pair(method.descriptor->input_type(), sample.request),
            std::pair(method.descriptor->output_type(), sample.answer)}) {
        const std::unique_ptr<Message> message(factory->GetPrototype(type)->New());
        message->ParseFromString(bytes);
        Collect(*message, texts);
      }
    }
  }
  return texts;
}

// Everything that the suite keeps or says of itself, by where.
std::vector<std::pair<std::string, std::string>> WhatOthersMayFind() {
  World& world = World::Get();
  std::vector<std::pair<std::string, std::string>> found;
  for (const char* folder : {"data", "log"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(world.suite.folder() + "/" + folder)) {
      if (entry.is_regular_file()) found.emplace_back(entry.path(), ReadText(entry.path()));
    }
  }
  for (const std::string& service : support::BuiltServices()) {
    found.emplace_back("metrics of " + service,
                       support::HttpGet(world.suite.Port(service, "metrics"), "/metrics"));
  }
  std::string keys = world.suite.redis().Run({"KEYS", "*"});
  found.emplace_back("keys of the cache", keys);
  for (std::size_t from = 0; from < keys.size();) {
    const std::size_t to = std::min(keys.find('\n', from), keys.size());
    const std::string key = keys.substr(from, to - from);
    for (const char* command : {"GET", "HGETALL"}) {
      found.emplace_back("the cache", world.suite.redis().Run({command, key}));
    }
    from = to + 1;
  }
  return found;
}

TEST(Privacy, WhatPeopleSaidStandsNowhereInTheClear) {
  const std::set<std::string> texts = WhatPeopleSaid();
  EXPECT_GT(texts.size(), 20u);
  const auto places = WhatOthersMayFind();
  EXPECT_GT(places.size(), 10u);
  for (const auto& [where, bytes] : places) {
    for (const std::string& text : texts) {
      EXPECT_EQ(bytes.find(text), std::string::npos) << '"' << text << "\" stands in " << where;
    }
  }
}

TEST(Audit, EveryServicesChainHolds) {
  World& world = World::Get();
  for (const std::string& service : support::BuiltServices()) {
    const support::Reply reply =
        world.suite.SendTo(service, "rapport.audit.v1.AuditService/VerifyAudit", std::string(),
                           {.metadata = {{"authorization", world.suite.header("only-auditor")}}});
    ASSERT_TRUE(reply.ok()) << service << " " << reply.Text();
    audit::v1::VerifyAuditResponse response;
    ASSERT_TRUE(response.ParseFromString(reply.body));
    EXPECT_TRUE(response.intact()) << service << response.ShortDebugString();
    EXPECT_GT(response.rows_checked(), 0) << service;
  }
}

}  // namespace
}  // namespace rapport::conformance
