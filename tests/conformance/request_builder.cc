#include "conformance/request_builder.h"

#include "platform/schema/message_rules.h"
#include "support/exchange.h"

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <rapport/options/v1/options.pb.h>

#include <algorithm>
#include <cmath>

namespace rapport::conformance {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using options::v1::FieldRule;

const FieldRule& RuleOf(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::rule);
}

bool IsId(const std::string& segment) {
  return segment.size() == 32 && segment.find_first_not_of("0123456789abcdef") == std::string::npos;
}

class Filler {
 public:
  explicit Filler(const Names& names) : names_(names) {}

  void Fill(Message& message) {
    const std::string& type = message.GetDescriptor()->full_name();
    if (type == "google.protobuf.FieldMask") return;  // names the resource's fields at last
    if (type == "google.protobuf.Timestamp") {
      static_cast<google::protobuf::Timestamp&>(message).set_seconds(kLater);
      return;
    }
    if (type == "rapport.type.v1.Date") {
      SetNumber(message, "year", 2031);
      SetNumber(message, "month", 3);
      SetNumber(message, "day", 2);
      return;
    }
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = message.GetDescriptor()->field(i);
      const auto* choice = field->real_containing_oneof();
      const bool first = choice == nullptr || choice->field(0) == field;
      if (first && !field->is_map() && !RuleOf(field).output_only()) FillField(message, field);
    }
  }

 private:
  static constexpr std::int64_t kLater = 1'930'000'000;  // 2031-02-27, before the story's present
  static constexpr int kDepth = 6;

  static void SetNumber(Message& message, const char* name, int value) {
    message.GetReflection()->SetInt32(&message, message.GetDescriptor()->FindFieldByName(name),
                                      value);
  }

  void FillField(Message& message, const FieldDescriptor* field) {
    const Reflection& reflection = *message.GetReflection();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const auto same = std::count(open_.begin(), open_.end(), field->message_type());
      if (same > 0 || open_.size() > kDepth) return;
      open_.push_back(field->message_type());
      Fill(*(field->is_repeated() ? reflection.AddMessage(&message, field)
                                  : reflection.MutableMessage(&message, field)));
      open_.pop_back();
      return;
    }
    const double number = RuleOf(field).has_range() ? std::ceil(RuleOf(field).min()) : 1;
    const auto set = [&]<typename Value>(Value value, auto setter, auto adder) {
      if (field->is_repeated()) {
        (reflection.*adder)(&message, field, std::move(value));
      } else {
        (reflection.*setter)(&message, field, std::move(value));
      }
    };
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        set(field->type() == FieldDescriptor::TYPE_BYTES ? std::string("bytes") : Text(field),
            &Reflection::SetString, &Reflection::AddString);
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        set(field->enum_type()->value(field->enum_type()->value_count() > 1 ? 1 : 0)->number(),
            &Reflection::SetEnumValue, &Reflection::AddEnumValue);
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        set(true, &Reflection::SetBool, &Reflection::AddBool);
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        set(static_cast<std::int32_t>(number), &Reflection::SetInt32, &Reflection::AddInt32);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        set(static_cast<std::int64_t>(number), &Reflection::SetInt64, &Reflection::AddInt64);
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        set(static_cast<std::uint32_t>(number), &Reflection::SetUInt32, &Reflection::AddUInt32);
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        set(static_cast<std::uint64_t>(number), &Reflection::SetUInt64, &Reflection::AddUInt64);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        set(number, &Reflection::SetDouble, &Reflection::AddDouble);
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        set(static_cast<float>(number), &Reflection::SetFloat, &Reflection::AddFloat);
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        break;
    }
  }

  std::string Text(const FieldDescriptor* field) const {
    const FieldRule& rule = RuleOf(field);
    if (!rule.resource().empty()) return Name(rule.resource());
    switch (rule.format()) {
      case options::v1::FORMAT_UUID:
        return support::NewUuid();
      case options::v1::FORMAT_ETAG:
        return "\"AAAAAAAAAAAA\"";
      case options::v1::FORMAT_LANGUAGE:
        return "en";
      case options::v1::FORMAT_SLUG:
        return "slug";
      default:
        break;
    }
    // Texts that the service reads as something: the empty one is the only one that is always
    // right.
    for (const char* read : {"filter", "order_by", "page_token", "code", "after"}) {
      if (field->name() == read) return {};
    }
    return "text";
  }

  // Of the first pattern that something was seen of.
  std::string Name(const std::string& patterns) const {
    std::string first;
    for (std::size_t from = 0; from <= patterns.size();) {
      const std::size_t to = std::min(patterns.find(',', from), patterns.size());
      std::string pattern = patterns.substr(from, to - from);
      pattern.erase(std::remove(pattern.begin(), pattern.end(), ' '), pattern.end());
      const auto found = names_.find(ShapeOf(pattern));
      if (found != names_.end()) return found->second;
      if (first.empty()) first = Unknown(ShapeOf(pattern));
      from = to + 1;
    }
    return first;
  }

  // Right in shape and in the family that exists; nobody has it.
  std::string Unknown(const std::string& shape) const {
    std::string name = shape;
    const auto family = names_.find("families/*");
    if (family != names_.end() && name.starts_with("families/*")) {
      name.replace(0, 10, family->second);
    }
    for (std::size_t star; (star = name.find('*')) != std::string::npos;) {
      name.replace(star, 1, std::string(32, 'a'));
    }
    return name;
  }

  const Names& names_;
  std::vector<const Descriptor*> open_;
};

void Walk(Message& message, const std::string& prefix, std::vector<Place>& places) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> set;
  reflection.ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    if (RuleOf(field).output_only() || field->is_map()) continue;
    const std::string path = prefix + field->name();
    places.push_back({&message, field, -1, path});
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 0;
    for (int i = 0; i < count; ++i) {
      const std::string at = path + "[" + std::to_string(i) + "]";
      places.push_back({&message, field, i, at});
      if (field->message_type() != nullptr) {
        Walk(*reflection.MutableRepeatedMessage(&message, field, i), at + ".", places);
      }
    }
    if (!field->is_repeated() && field->message_type() != nullptr) {
      Walk(*reflection.MutableMessage(&message, field), path + ".", places);
    }
  }
}

}  // namespace

std::string ShapeOf(const std::string& name) {
  std::string shape;
  for (std::size_t from = 0; from <= name.size();) {
    const std::size_t to = std::min(name.find('/', from), name.size());
    const std::string segment = name.substr(from, to - from);
    // A slug stands where ids stand: in every second segment.
    const bool variable =
        IsId(segment) || segment.starts_with('{') ||
        (std::count(name.begin(), name.begin() + static_cast<long>(from), '/') % 2);
    shape += (from == 0 ? "" : "/") + (variable ? "*" : segment);
    from = to + 1;
  }
  return shape;
}

void CollectNames(const Message& message, Names& names) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> set;
  reflection.ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->message_type() != nullptr) {
        CollectNames(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                          : reflection.GetMessage(message, field),
                     names);
      } else if (field->type() == FieldDescriptor::TYPE_STRING && field->name() == "name") {
        const std::string name = field->is_repeated()
                                     ? reflection.GetRepeatedString(message, field, i)
                                     : reflection.GetString(message, field);
        if (name.find('/') != std::string::npos) names.try_emplace(ShapeOf(name), name);
      }
    }
  }
}

std::unique_ptr<Message> FilledRequest(const Descriptor* type, const Names& names) {
  std::unique_ptr<Message> request(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  Filler(names).Fill(*request);
  // What the mask leaves out is not looked at.
  const schema::MessageRules& rules = schema::RulesOf(type);
  if (rules.mask != nullptr) {
    auto& mask = static_cast<google::protobuf::FieldMask&>(
        *request->GetReflection()->MutableMessage(request.get(), rules.mask));
    const Descriptor* resource = rules.masked->message_type();
    for (int i = 0; i < resource->field_count(); ++i) {
      const FieldRule& rule = RuleOf(resource->field(i));
      if (!rule.output_only() && !rule.immutable()) mask.add_paths(resource->field(i)->name());
    }
  }
  return request;
}

std::vector<Place> PlacesOf(Message& message) {
  std::vector<Place> places;
  Walk(message, "", places);
  return places;
}

}  // namespace rapport::conformance
