// What is wrong with a request is said, by field and reason, and nothing is done: the same for
// every method of every service.
#include "conformance/refused_field.h"
#include "conformance/world.h"
#include "platform/base/limits.h"
#include "platform/base/strings.h"
#include "platform/schema/message_rules.h"
#include "support/eventually.h"

#include <gtest/gtest.h>

#include <sstream>

namespace rapport::conformance {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using support::Reply;

constexpr int kInvalidArgument = 3, kDeadlineExceeded = 4, kResourceExhausted = 8,
              kUnavailable = 14, kUnauthenticated = 16;

// The requests that the other tests spoil are otherwise fine: none is refused for its form or for
// who asks.
TEST(Request, WhatTheTestsSpoilIsRightBefore) {
  World& world = World::Get();
  for (const PublicMethod& method : world.methods) {
    if (method.descriptor->client_streaming()) continue;
    const Reply reply = world.Call(world.CallerOf(method), method, *world.RequestFor(method));
    EXPECT_NE(reply.reason(), "ROLE_NOT_PERMITTED") << method.name;
    EXPECT_NE(reply.reason(), "UNAUTHENTICATED") << method.name;
    EXPECT_NE(reply.code, 13) << method.name << " " << reply.Text();
    EXPECT_NE(reply.code, 2) << method.name << " " << reply.Text();
  }
}

// A filter or an order that is taken and not followed would answer another question.
TEST(Request, AFilterOrOrderThatSaysNothingIsRefusedByItsField) {
  World& world = World::Get();
  int tried = 0;
  for (const PublicMethod& method : world.methods) {
    for (const char* name : {"filter", "order_by"}) {
      const FieldDescriptor* field = method.descriptor->input_type()->FindFieldByName(name);
      if (field == nullptr) continue;
      SCOPED_TRACE(Concat({method.name, " ", name}));
      // Fields that lists have, and nothing else that may be refused first.
      const auto filled = world.RequestFor(method);
      const std::unique_ptr<Message> request(filled->New());
      for (const char* kept : {"parent", "name", "resource"}) {
        const FieldDescriptor* whose = method.descriptor->input_type()->FindFieldByName(kept);
        if (whose == nullptr || whose->is_repeated()) continue;
        request->GetReflection()->SetString(request.get(), whose,
                                            filled->GetReflection()->GetString(*filled, whose));
      }
      request->GetReflection()->SetString(request.get(), field, "shoe_size = 42");
      const Reply reply = world.Call(world.CallerOf(method), method, *request);
      EXPECT_EQ(reply.code, kInvalidArgument) << reply.Text();
      EXPECT_TRUE(reply.names(name)) << reply.Text();
      ++tried;
    }
  }
  EXPECT_GE(tried, 20);
}

TEST(Request, FiveMebibytesAreTooMuch) {
  const std::string bytes(5u << 20, 'x');
  for (const PublicMethod& method : World::Get().methods) {
    EXPECT_EQ(World::Get().SendBytes(method, bytes).code, kResourceExhausted) << method.name;
  }
}

TEST(Request, MoreThanTheMethodAcceptsIsTooLarge) {
  World& world = World::Get();
  for (const PublicMethod& method : world.methods) {
    if (method.descriptor->client_streaming()) continue;
    const std::size_t limit = method.policy.max_request_bytes;
    if (limit >= limits::kMessageBytes) continue;
    const Reply reply = World::Get().SendBytes(method, std::string(limit + 1, 'x'));
    EXPECT_EQ(reply.code, kResourceExhausted) << method.name << " " << reply.Text();
    EXPECT_EQ(reply.reason(), "REQUEST_TOO_LARGE") << method.name << " " << reply.Text();
  }
}

// This gRPC sometimes ends the connection of who sends too much of it: other calls on it must be
// repeated, those of others go on.
TEST(Request, MetadataOverTheLimitIsRefusedAndTheNextCallServed) {
  World& world = World::Get();
  for (const PublicMethod& method : world.methods) {
    const std::string as = world.CallerOf(method);
    const std::string request = world.RequestFor(method)->SerializeAsString();
    const Reply reply = world.suite.Send(method.name, request,
                                         {.metadata = {{"authorization", world.suite.header(as)},
                                                       {"x-long", std::string(10'000, 'x')}}});
    EXPECT_TRUE(reply.code == kResourceExhausted || reply.code == kUnavailable)
        << method.name << " " << reply.Text();
    Reply next;
    EXPECT_TRUE(support::Eventually([&] {
      next = world.suite.Send(method.name, request, {.deadline = std::chrono::seconds(3)});
      return next.code == kUnauthenticated;
    })) << method.name
        << " " << next.Text();
  }
}

// Each refused call takes a prepared one with it; the method must not run out of them.
TEST(Request, AMethodOutlivesManyThatAreTooLong) {
  World& world = World::Get();
  const PublicMethod& method = world.methods.front();
  const std::string huge(5u << 20, 'x');
  for (int i = 0; i < 60; ++i) {
    world.suite.Send(method.name, "", {.metadata = {{"x-long", std::string(10'000, 'x')}}});
    if (i % 6 == 0) World::Get().SendBytes(method, huge);
  }
  Reply next;
  EXPECT_TRUE(support::Eventually([&] {
    next = world.suite.Send(method.name, "", {.deadline = std::chrono::seconds(3)});
    return next.code == kUnauthenticated;
  })) << next.Text();
}

// A client of ours would not send it; node's HTTP/2 does, with `grpc-timeout: 0n`.
TEST(Request, AnExpiredDeadlineEndsTheCall) {
  World& world = World::Get();
  std::map<std::string, std::string> lists;
  for (const PublicMethod& method : world.methods) {
    lists[support::ServiceOf(method.name)] +=
        Concat({"/", method.name, " ", world.suite.header(world.CallerOf(method)).substr(7), " ",
                Hex(world.RequestFor(method)->SerializeAsString()), "\n"});
  }
  std::size_t answered = 0;
  for (const auto& [service, list] : lists) {
    const ScratchFolder folder;
    WriteText(folder / "calls", list);
    std::istringstream answers(support::RunProgram(
        {"node", Concat({std::getenv("RAPPORT_SOURCE"), "/tests/conformance/expired_deadline.js"}),
         std::to_string(world.suite.Port(service, "api")),
         world.suite.folder() + "/authority/ca.pem", folder / "calls"}));
    for (std::string path, code; answers >> path >> code; ++answered) {
      EXPECT_EQ(code, std::to_string(kDeadlineExceeded)) << path;
    }
  }
  EXPECT_EQ(answered, world.methods.size());
}

const options::v1::FieldRule& RuleOf(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::rule);
}

void Clear(const Place& place) {
  place.message->GetReflection()->ClearField(place.message, place.field);
}

TEST(Request, EachRequiredFieldIsMissed) {
  World& world = World::Get();
  int missed = 0;
  for (const PublicMethod& method : world.methods) {
    if (method.descriptor->client_streaming()) continue;
    const std::size_t count = PlacesOf(*world.RequestFor(method)).size();
    for (std::size_t i = 0; i < count; ++i) {
      const auto request = world.RequestFor(method);
      const Place place = PlacesOf(*request)[i];
      const auto& rule = RuleOf(place.field);
      const bool etag = rule.format() == options::v1::FORMAT_ETAG;
      if (place.index >= 0 || !(rule.required() || etag)) continue;
      // What can be set at the beginning only says nothing in an update.
      if (rule.immutable() && schema::RulesOf(request->GetDescriptor()).mask != nullptr) continue;
      Clear(place);
      const Reply reply = world.Call(world.CallerOf(method), method, *request);
      ExpectRefusedAt(place.path, method, reply);
      // Alone it has a reason of its own; with other faults of the request it is one of them.
      if (etag && reply.fields().size() == 1) {
        EXPECT_EQ(reply.reason(), "ETAG_REQUIRED") << method.name;
      }
      ++missed;
    }
  }
  EXPECT_GT(missed, 100);
}

TEST(Request, NulIsInNoText) {
  World& world = World::Get();
  int refused = 0;
  for (const PublicMethod& method : world.methods) {
    if (method.descriptor->client_streaming()) continue;
    const std::size_t count = PlacesOf(*world.RequestFor(method)).size();
    for (std::size_t i = 0; i < count; ++i) {
      const auto request = world.RequestFor(method);
      const Place place = PlacesOf(*request)[i];
      if (place.field->type() != FieldDescriptor::TYPE_STRING) continue;
      if (place.field->is_repeated() != (place.index >= 0)) continue;
      const auto& reflection = *place.message->GetReflection();
      const std::string before =
          place.index < 0 ? reflection.GetString(*place.message, place.field)
                          : reflection.GetRepeatedString(*place.message, place.field, place.index);
      const std::string with_nul = before + std::string(1, '\0');
      if (place.index < 0) {
        reflection.SetString(place.message, place.field, with_nul);
      } else {
        reflection.SetRepeatedString(place.message, place.field, place.index, with_nul);
      }
      const Reply reply = world.Call(world.CallerOf(method), method, *request);
      ExpectRefusedAt(place.path, method, reply);
      ++refused;
    }
  }
  EXPECT_GT(refused, 200);
}

TEST(Policy, EveryTextAndBytesFieldHasASensitivity) {
  std::set<const google::protobuf::Descriptor*> seen;
  std::vector<const google::protobuf::Descriptor*> open;
  for (const PublicMethod& method : World::Get().methods) {
    open.push_back(method.descriptor->input_type());
    open.push_back(method.descriptor->output_type());
  }
  while (!open.empty()) {
    const auto* type = open.back();
    open.pop_back();
    if (!seen.insert(type).second || !type->full_name().starts_with("rapport.")) continue;
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (field->message_type() != nullptr) open.push_back(field->message_type());
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING || type->options().map_entry())
        continue;
      EXPECT_NE(RuleOf(field).sensitivity(), options::v1::SENSITIVITY_UNSPECIFIED)
          << field->full_name();
    }
  }
  EXPECT_GT(seen.size(), 150u);
}

}  // namespace
}  // namespace rapport::conformance
