// Every write starts from a request that succeeded in the story, and one value of it is spoilt:
// what no rule of any field allows is refused by its field, what a rule may or may not allow is
// answered with a definite code. Nothing that was refused leaves a trace but the refusal.
#include "conformance/world.h"
#include "platform/base/limits.h"
#include "platform/base/strings.h"
#include "support/audit_trail.h"

#include <google/protobuf/timestamp.pb.h>
#include <rapport/options/v1/options.pb.h>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <set>

namespace rapport::conformance {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using support::Reply;

constexpr int kOk = 0, kInvalidArgument = 3;
constexpr std::size_t kMostDetailBytes = 4'096;

// What a caller may get for a request that is theirs to make: nothing that hides a fault of ours
// and nothing that asks to be repeated for ever.
bool IsDefinite(int code) {
  static const std::set<int> kDefinite = {3, 5, 6, 7, 8, 9, 10, 11};
  return kDefinite.contains(code);
}

const options::v1::FieldRule& RuleOf(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::rule);
}

// One way to spoil a value.
struct Spoiling {
  std::string what;
  bool never_allowed = false;  // else the rules of the use case decide
  std::function<void(const Place&)> apply;
};

// Sets a scalar, in a list or not.
template <typename Value, typename Setter, typename EntrySetter>
std::function<void(const Place&)> Setting(Value value, Setter setter, EntrySetter entry_setter) {
  return [=](const Place& place) {
    const Reflection& reflection = *place.message->GetReflection();
    if (place.index < 0) {
      (reflection.*setter)(place.message, place.field, value);
    } else {
      (reflection.*entry_setter)(place.message, place.field, place.index, value);
    }
  };
}

std::function<void(const Place&)> Text(std::string value) {
  return [value = std::move(value)](const Place& place) {
    const Reflection& reflection = *place.message->GetReflection();
    if (place.index < 0) {
      reflection.SetString(place.message, place.field, value);
    } else {
      reflection.SetRepeatedString(place.message, place.field, place.index, value);
    }
  };
}

std::function<void(const Place&)> Time(std::int64_t seconds, std::int32_t nanos) {
  return [=](const Place& place) {
    const Reflection& reflection = *place.message->GetReflection();
    auto& time = static_cast<google::protobuf::Timestamp&>(
        place.index < 0
            ? *reflection.MutableMessage(place.message, place.field)
            : *reflection.MutableRepeatedMessage(place.message, place.field, place.index));
    time.set_seconds(seconds);
    time.set_nanos(nanos);
  };
}

void AddTexts(const FieldDescriptor* field, std::vector<Spoiling>& all) {
  const auto& rule = RuleOf(field);
  all.push_back({"NUL", true, Text(std::string("a\0b", 3))});
  const auto length = static_cast<std::size_t>(rule.max_length());
  if (length > 0) {
    all.push_back({"one letter too long", true, Text(std::string(length + 1, 'x'))});
    all.push_back({"too long in every byte", true, Text(std::string(length * 4 + 4, '\x7f'))});
  }
  if (!rule.resource().empty()) {
    // Not names at all, then names of nothing.
    all.push_back({"no name", true, Text("../families/1")});
    all.push_back({"a name's beginning", true, Text("families/")});
    std::string unknown = rule.resource().substr(0, rule.resource().find(','));
    for (std::size_t at; (at = unknown.find('{')) != std::string::npos;) {
      unknown.replace(at, unknown.find('}') - at + 1, std::string(32, '0'));
    }
    all.push_back({"a name of nothing", false, Text(unknown)});
  } else if (rule.format() != options::v1::FORMAT_UNSPECIFIED) {
    all.push_back({"another form", true, Text("%n'; DROP TABLE record; --")});
  } else {
    all.push_back({"SQL and format strings", false, Text("%n'; DROP TABLE record; --")});
    all.push_back({"emoji, RTL and a combining mark", false, Text("\u202e\U0001F9D1\u200d\u0301")});
  }
}

void AddTimes(std::vector<Spoiling>& all) {
  constexpr std::int64_t kYear1 = -62'135'596'800, kYear9999 = 253'402'300'799;
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  all.push_back({"the year 1", true, Time(kYear1, 0)});
  all.push_back({"no time", true, Time(kMost, 0)});
  all.push_back({"no time before any", true, Time(-kMost - 1, 0)});
  all.push_back({"negative nanoseconds", true, Time(1'930'000'000, -1)});
  all.push_back({"a second of nanoseconds", true, Time(1'930'000'000, 1'000'000'000)});
  all.push_back({"the distant past", false, Time(-2'208'988'800, 0)});
  all.push_back({"the last second", false, Time(kYear9999, 999'999'999)});
}

template <typename Number>
void AddNumbers(const FieldDescriptor* field, auto setter, auto entry_setter,
                std::vector<Spoiling>& all) {
  const auto& rule = RuleOf(field);
  for (const Number value : {Number(-1), Number(0), std::numeric_limits<Number>::lowest(),
                             std::numeric_limits<Number>::max()}) {
    const auto as_double = static_cast<double>(value);
    const bool out = rule.has_range() && (as_double < rule.min() || as_double > rule.max());
    all.push_back({std::to_string(value), out, Setting(value, setter, entry_setter)});
  }
}

std::vector<Spoiling> SpoilingsOf(const Place& place) {
  std::vector<Spoiling> all;
  const FieldDescriptor* field = place.field;
  if (field->is_repeated() && place.index < 0) return all;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field->type() == FieldDescriptor::TYPE_STRING) AddTexts(field, all);
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      all.push_back({"an enum of tomorrow", true,
                     Setting(9'999, &Reflection::SetEnumValue, &Reflection::SetRepeatedEnumValue)});
      all.push_back({"a negative enum", true,
                     Setting(-1, &Reflection::SetEnumValue, &Reflection::SetRepeatedEnumValue)});
      all.push_back({"an enum of nothing", false,
                     Setting(0, &Reflection::SetEnumValue, &Reflection::SetRepeatedEnumValue)});
      break;
    case FieldDescriptor::CPPTYPE_INT32:
      AddNumbers<std::int32_t>(field, &Reflection::SetInt32, &Reflection::SetRepeatedInt32, all);
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      AddNumbers<std::int64_t>(field, &Reflection::SetInt64, &Reflection::SetRepeatedInt64, all);
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      AddNumbers<double>(field, &Reflection::SetDouble, &Reflection::SetRepeatedDouble, all);
      for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
        all.push_back({std::to_string(value), true,
                       Setting(value, &Reflection::SetDouble, &Reflection::SetRepeatedDouble)});
      }
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field->message_type()->full_name() == "google.protobuf.Timestamp") AddTimes(all);
      break;
    default:
      break;
  }
  return all;
}

// The fields of a Timestamp or Date are not fields of ours: their message is what is right or
// wrong.
bool IsInsideKnownType(const Place& place) {
  return !place.message->GetDescriptor()->full_name().starts_with("rapport.");
}

std::unique_ptr<Message> Parsed(const PublicMethod& method, const std::string& bytes) {
  std::unique_ptr<Message> request(google::protobuf::MessageFactory::generated_factory()
                                       ->GetPrototype(method.descriptor->input_type())
                                       ->New());
  request->ParseFromString(bytes);
  if (const auto* id = method.descriptor->input_type()->FindFieldByName("request_id")) {
    request->GetReflection()->SetString(request.get(), id, support::NewUuid());
  }
  return request;
}

// Whether `as` may still make such a call: only who may is told what is wrong with it.
bool MayStill(World& world, const std::string& as, const PublicMethod& method,
              const std::string& bytes) {
  const auto request = Parsed(method, bytes);
  const auto* id = method.descriptor->input_type()->FindFieldByName("request_id");
  request->GetReflection()->SetString(request.get(), id, "no request id");
  return world.Call(as, method, *request).code == kInvalidArgument;
}

// The story's request of a method with the most in it, by somebody who may still make it (who was
// on intake may not once the case is open); null: there is none.
std::optional<Sample> RichestSample(World& world, const PublicMethod& method) {
  std::optional<Sample> richest;
  for (const Sample& sample : world.samples) {
    if (sample.method != method.name || sample.as == "invitation") continue;
    if (richest && sample.request.size() <= richest->request.size()) continue;
    for (const std::string& as : {sample.as, world.CallerOf(method)}) {
      if (!MayStill(world, as, method, sample.request)) continue;
      richest = sample;
      richest->as = as;
      break;
    }
  }
  return richest;
}

// How many changes by calls of `method` the service has on record.
int ChangesBy(const PublicMethod& method) {
  int changes = 0;
  for (const auto& event :
       support::AuditTrail(World::Get().suite, support::ServiceOf(method.name), "only-auditor",
                           Concat({"method = \"", method.name, "\""}))) {
    changes += event.action() != "disclose" && event.action() != "refuse" ? 1 : 0;
  }
  return changes;
}

// How many spoilt requests were sent, and how many of them got OK.
struct Tally {
  int sent = 0, refused = 0, accepted = 0;
};

void ExpectAnswered(const PublicMethod& method, const Place& place, const Spoiling& spoiling,
                    const Reply& reply) {
  SCOPED_TRACE(Concat({method.name, " ", place.path, ": ", spoiling.what}));
  EXPECT_LT(reply.details.size() + reply.message.size(), kMostDetailBytes);
  if (spoiling.never_allowed) {
    EXPECT_EQ(reply.code, kInvalidArgument) << reply.Text();
    EXPECT_TRUE(reply.names(place.path)) << reply.Text();
  }
  if (reply.ok()) return;
  EXPECT_TRUE(IsDefinite(reply.code)) << reply.Text();
  EXPECT_FALSE(reply.reason().empty()) << reply.Text();
}

// Spoils every value of the request of `sample`, one at a time: those that no rule allows, or the
// others.
void SpoilAll(const PublicMethod& method, const Sample& sample, bool never_allowed, Tally& tally) {
  World& world = World::Get();
  const std::size_t count = PlacesOf(*Parsed(method, sample.request)).size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto probe = Parsed(method, sample.request);
    const Place known = PlacesOf(*probe)[i];
    if (IsInsideKnownType(known)) continue;
    for (const Spoiling& spoiling : SpoilingsOf(known)) {
      if (spoiling.never_allowed != never_allowed) continue;
      const auto request = Parsed(method, sample.request);
      const Place place = PlacesOf(*request)[i];
      spoiling.apply(place);
      const Reply reply = world.Call(sample.as, method, *request);
      ExpectAnswered(method, place, spoiling, reply);
      ++tally.sent;
      ++(reply.code == kOk ? tally.accepted : tally.refused);
    }
  }
}

template <typename Use>
void ForEachWrite(Use&& use) {
  World& world = World::Get();
  for (const PublicMethod& method : world.methods) {
    if (method.descriptor->client_streaming()) continue;
    if (method.policy.effect != options::v1::EFFECT_WRITE) continue;
    const std::optional<Sample> sample = RichestSample(world, method);
    EXPECT_TRUE(sample.has_value()) << "the story has no example of " << method.name;
    if (sample) use(method, *sample);
  }
}

TEST(BadValues, WhatNoRuleAllowsIsRefusedByItsFieldAndChangesNothing) {
  Tally all;
  ForEachWrite([&](const PublicMethod& method, const Sample& sample) {
    const int before = ChangesBy(method);
    SpoilAll(method, sample, true, all);
    EXPECT_EQ(ChangesBy(method), before) << method.name;
  });
  EXPECT_EQ(all.accepted, 0);
  EXPECT_GT(all.sent, 1'000);
  RecordProperty("sent", all.sent);
}

// The last of the file: what is accepted may move the story on.
TEST(BadValues, WhatARuleMayAllowGetsADefiniteAnswerAndOnlyAnOkChangesAnything) {
  Tally all;
  ForEachWrite([&](const PublicMethod& method, const Sample& sample) {
    const int before = ChangesBy(method);
    Tally tally;
    SpoilAll(method, sample, false, tally);
    if (tally.accepted == 0) EXPECT_EQ(ChangesBy(method), before) << method.name;
    all.sent += tally.sent;
    all.refused += tally.refused;
    all.accepted += tally.accepted;
  });
  EXPECT_GT(all.refused, 500);
  RecordProperty("sent", all.sent);
}

// No service fell over, and none of them keeps what it was told.
TEST(BadValues, EveryServiceIsReadyAfterwards) {
  for (const std::string& service : support::BuiltServices()) {
    EXPECT_TRUE(World::Get().suite.Healthy(service)) << service;
  }
}

}  // namespace
}  // namespace rapport::conformance
