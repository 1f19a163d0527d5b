#include "conformance/read_back.h"

#include "platform/base/strings.h"
#include "platform/schema/names.h"

#include <rapport/options/v1/options.pb.h>

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string_view>
#include <vector>

namespace rapport::conformance {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::unique_ptr<Message> New(const Descriptor* type) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

// Whether a message of `type` may have one of `inner` in it.
bool MayHold(const Descriptor* type, const Descriptor* inner, std::set<const Descriptor*>& seen) {
  if (type == inner) return true;
  if (!seen.insert(type).second) return false;
  for (int i = 0; i < type->field_count(); ++i) {
    const Descriptor* next = type->field(i)->message_type();
    if (next != nullptr && MayHold(next, inner, seen)) return true;
  }
  return false;
}

bool MayHold(const Descriptor* type, const Descriptor* inner) {
  std::set<const Descriptor*> seen;
  return MayHold(type, inner, seen);
}

// Whether this field holds `text`, in `message` or in what is in it.
bool Holds(const Message& message, const FieldDescriptor* field, const std::string& text) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> set;
  reflection.ListFields(message, &set);
  for (const FieldDescriptor* one : set) {
    const int count = one->is_repeated() ? reflection.FieldSize(message, one) : 1;
    for (int i = 0; i < count; ++i) {
      if (one->message_type() != nullptr) {
        if (Holds(one->is_repeated() ? reflection.GetRepeatedMessage(message, one, i)
                                     : reflection.GetMessage(message, one),
                  field, text)) {
          return true;
        }
      } else if (one == field &&
                 text == (one->is_repeated() ? reflection.GetRepeatedString(message, one, i)
                                             : reflection.GetString(message, one))) {
        return true;
      }
    }
  }
  return false;
}

// The name of the resource that an answer is about: of its first message that has one.
std::string NameIn(const Message& answer) {
  const Reflection& reflection = *answer.GetReflection();
  std::vector<const FieldDescriptor*> set;
  reflection.ListFields(answer, &set);
  for (const FieldDescriptor* field : set) {
    if (field->name() == "name" && field->type() == FieldDescriptor::TYPE_STRING) {
      return reflection.GetString(answer, field);
    }
    if (field->message_type() == nullptr) continue;
    const bool list = field->is_repeated();
    if (list && reflection.FieldSize(answer, field) == 0) continue;
    const std::string name = NameIn(list ? reflection.GetRepeatedMessage(answer, field, 0)
                                         : reflection.GetMessage(answer, field));
    if (!name.empty()) return name;
  }
  return {};
}

// A request of `reader` about the resource `name` or about the collection it is in; null: it is
// about something else.
std::unique_ptr<Message> Question(const PublicMethod& reader, std::string name) {
  auto request = New(reader.descriptor->input_type());
  for (const char* which : {"name", "parent"}) {
    const auto* field = reader.descriptor->input_type()->FindFieldByName(which);
    if (field == nullptr || field->is_repeated()) continue;
    const std::string& patterns = field->options().GetExtension(options::v1::rule).resource();
    for (std::string at = name; !at.empty();) {
      if (schema::MatchesPattern(patterns, at)) {
        request->GetReflection()->SetString(request.get(), field, at);
        return request;
      }
      for (int segments = 0; segments < 2; ++segments) {
        const std::size_t slash = at.rfind('/');
        at.resize(slash == std::string::npos ? 0 : slash);
      }
      if (which == std::string_view("name")) break;
    }
  }
  return nullptr;
}

}  // namespace

int ExpectKept(const PublicMethod& method, const std::string& as, const Place& place,
               const std::string& text, const std::string& body) {
  const Descriptor* type = place.message->GetDescriptor();
  // A batch is answered with OK whatever becomes of its rows.
  if (method.descriptor->name().starts_with("Batch")) return 0;
  if (!MayHold(method.descriptor->output_type(), type)) return 0;
  const auto answer = New(method.descriptor->output_type());
  EXPECT_TRUE(answer->ParseFromString(body));
  EXPECT_TRUE(Holds(*answer, place.field, text)) << answer->ShortDebugString();
  World& world = World::Get();
  int readers = 0, shown = 0;
  for (const PublicMethod& reader : world.methods) {
    if (reader.descriptor->service() != method.descriptor->service()) continue;
    if (reader.policy.effect != options::v1::EFFECT_READ) continue;
    if (!MayHold(reader.descriptor->output_type(), type)) continue;
    const auto question = Question(reader, NameIn(*answer));
    if (question == nullptr) continue;
    const support::Reply reply = world.Call(as, reader, *question);
    if (!reply.ok()) continue;  // who may write it may not always read it
    const auto page = New(reader.descriptor->output_type());
    EXPECT_TRUE(page->ParseFromString(reply.body));
    ++readers;
    shown += Holds(*page, place.field, text) ? 1 : 0;
  }
  if (readers > 0) EXPECT_GT(shown, 0) << "no reader shows it";
  return shown;
}

}  // namespace rapport::conformance
