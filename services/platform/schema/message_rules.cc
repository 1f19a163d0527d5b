#include "platform/schema/message_rules.h"

#include <absl/container/flat_hash_map.h>
#include <rapport/options/v1/enum_value.pb.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string_view>

namespace rapport::schema {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using options::v1::FieldRule;

// FieldRule's defaults.
constexpr int kTextLength = 256;
constexpr int kBytesLength = 4'096;
constexpr int kItems = 100;

KnownType KnownTypeOf(const Descriptor* type) {
  const std::string& name = type->full_name();
  if (name == "google.protobuf.Timestamp") return KnownType::kTimestamp;
  if (name == "google.protobuf.Duration") return KnownType::kDuration;
  if (name == "google.protobuf.FieldMask") return KnownType::kFieldMask;
  if (name == "rapport.type.v1.Date") return KnownType::kDate;
  return KnownType::kNone;
}

bool IsMask(const FieldDescriptor* field) {
  return field->name() == "update_mask" && !field->is_repeated() &&
         field->message_type() != nullptr &&
         KnownTypeOf(field->message_type()) == KnownType::kFieldMask;
}

// AIP-134: an Update request has the resource, the mask, and little else. The resource is its only
// other message.
void FindMask(const Descriptor* type, MessageRules& rules) {
  const FieldDescriptor* mask = nullptr;
  std::vector<const FieldDescriptor*> others;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (IsMask(field)) {
      mask = field;
    } else if (field->message_type() != nullptr && !field->is_repeated() &&
               KnownTypeOf(field->message_type()) == KnownType::kNone) {
      others.push_back(field);
    }
  }
  if (mask == nullptr || others.size() != 1) return;
  rules.mask = mask;
  rules.masked = others.front();
}

class Compiler {
 public:
  const MessageRules& Compile(const Descriptor* type) {
    std::lock_guard lock(mutex_);
    return CompileLocked(type);
  }

 private:
  const MessageRules& CompileLocked(const Descriptor* type) {
    const auto [found, added] = known_.try_emplace(type, nullptr);
    if (!added) return *found->second;
    // In the map before its fields are looked at: a type may hold itself.
    auto& rules = *(found->second = std::make_unique<MessageRules>());
    rules.known = KnownTypeOf(type);
    FindMask(type, rules);
    for (int i = 0; i < type->field_count(); ++i) AddField(type->field(i), rules);
    return rules;
  }

  void AddField(const FieldDescriptor* field, MessageRules& rules) {
    const FieldRule& rule = field->options().GetExtension(options::v1::rule);
    if (rule.output_only()) {
      rules.output_only.push_back(field);
      return;
    }
    FieldCheck check = Basics(field, rule);
    if (field->is_map()) {
      check.nested = &CompileEntry(field, rule);
    } else if (field->message_type() != nullptr) {
      check.nested = &CompileLocked(field->message_type());
    }
    if (check.nested != nullptr) rules.inside.push_back({field, check.nested});
    if (CanFail(check)) rules.checks.push_back(std::move(check));
  }

  // Plain integers and flags may have any value.
  static bool CanFail(const FieldCheck& check) {
    switch (check.type) {
      case FieldDescriptor::CPPTYPE_BOOL:
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_UINT32:
      case FieldDescriptor::CPPTYPE_UINT64:
        return check.repeated || check.has_range || (check.required && check.has_presence);
      default:
        return true;
    }
  }

  static FieldCheck Basics(const FieldDescriptor* field, const FieldRule& rule) {
    FieldCheck check;
    check.field = field;
    check.type = field->cpp_type();
    check.is_bytes = field->type() == FieldDescriptor::TYPE_BYTES;
    check.repeated = field->is_repeated();
    check.has_presence = field->has_presence();
    check.required = rule.required();
    check.immutable = rule.immutable();
    check.each_by_itself = rule.each_by_itself();
    check.has_range = rule.has_range();
    check.min = rule.min();
    check.max = rule.max();
    const int length = check.is_bytes ? kBytesLength : kTextLength;
    check.max_length = rule.max_length() == 0 ? length : rule.max_length();
    check.max_items = rule.max_items() == 0 ? kItems : rule.max_items();
    check.resource = rule.resource();
    check.format = rule.format();
    // An etag that may be missing is no protection.
    check.required |= check.format == options::v1::FORMAT_ETAG;
    if (check.type == FieldDescriptor::CPPTYPE_ENUM) {
      for (int i = 0; i < field->enum_type()->value_count(); ++i) {
        const auto* value = field->enum_type()->value(i);
        if (value->options().GetExtension(options::v1::only_services)) continue;
        check.enum_numbers.push_back(value->number());
      }
      std::sort(check.enum_numbers.begin(), check.enum_numbers.end());
    }
    return check;
  }

  // A map's rule is about its values; how many there are is checked at the map itself.
  const MessageRules& CompileEntry(const FieldDescriptor* map, const FieldRule& rule) {
    auto entry = std::make_unique<MessageRules>();
    AddField(map->message_type()->map_key(), *entry);
    const FieldDescriptor* value = map->message_type()->map_value();
    FieldCheck check = Basics(value, rule);
    check.required = false;
    if (value->message_type() != nullptr) {
      check.nested = &CompileLocked(value->message_type());
      entry->inside.push_back({value, check.nested});
    }
    entry->checks.push_back(std::move(check));
    entries_.push_back(std::move(entry));
    return *entries_.back();
  }

  std::mutex mutex_;
  absl::flat_hash_map<const Descriptor*, std::unique_ptr<MessageRules>> known_;
  std::vector<std::unique_ptr<MessageRules>> entries_;
};

}  // namespace

const MessageRules& RulesOf(const Descriptor* type) {
  // Never destroyed: threads may validate while the process ends.
  static Compiler& compiler = *new Compiler;
  thread_local absl::flat_hash_map<const Descriptor*, const MessageRules*> mine;
  const MessageRules*& rules = mine[type];
  if (rules == nullptr) rules = &compiler.Compile(type);
  return *rules;
}

}  // namespace rapport::schema
