#include "platform/schema/field_mask.h"

#include "platform/schema/errors.h"
#include "platform/schema/field_path.h"

#include <google/protobuf/util/field_mask_util.h>
#include <rapport/options/v1/options.pb.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace rapport::schema {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::FieldMaskUtil;
using Path = std::vector<const FieldDescriptor*>;

bool IsProtected(const FieldDescriptor* field) {
  const auto& rule = field->options().GetExtension(options::v1::rule);
  return rule.output_only() || rule.immutable();
}

bool IsMessage(const FieldDescriptor* field) {
  return !field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

// Whether a message of this type can hold a protected field, itself or further inside.
bool HoldsProtected(const Descriptor* type, std::vector<const Descriptor*> seen = {}) {
  if (std::find(seen.begin(), seen.end(), type) != seen.end()) return false;
  seen.push_back(type);
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (IsProtected(field)) return true;
    if (IsMessage(field) && HoldsProtected(field->message_type(), seen)) return true;
  }
  return false;
}

bool Has(const Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  return field->is_repeated() ? reflection->FieldSize(message, field) > 0
                              : reflection->HasField(message, field);
}

// Moves one field of any type from `from`, a copy that nobody needs afterwards, to `to`.
void Move(Message* from, Message* to, const FieldDescriptor* field) {
  const Reflection* reflection = to->GetReflection();
  if (!Has(*from, field)) return reflection->ClearField(to, field);
  reflection->SwapFields(from, to, {field});
  // What came back must not be taken for a part of the update by another path into the same oneof.
  if (const auto* oneof = field->containing_oneof()) reflection->ClearOneof(from, oneof);
}

// The same, but what is protected inside stays as it is.
void Take(Message* from, Message* to, const FieldDescriptor* field) {
  const Reflection* reflection = to->GetReflection();
  if (!IsMessage(field) || !Has(*to, field) || !HoldsProtected(field->message_type())) {
    return Move(from, to, field);
  }
  const bool absent = !Has(*from, field);
  Message* inner_from = reflection->MutableMessage(from, field);
  Message* inner_to = reflection->MutableMessage(to, field);
  for (int i = 0; i < field->message_type()->field_count(); ++i) {
    const FieldDescriptor* inner = field->message_type()->field(i);
    if (!IsProtected(inner)) Take(inner_from, inner_to, inner);
  }
  if (absent && inner_to->ByteSizeLong() == 0) reflection->ClearField(to, field);
}

// Follows a path to its last field, making messages on the way where there are none.
void TakePath(Message* from, Message* to, const Path& path) {
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    if (!Has(*from, path[i]) && !Has(*to, path[i])) return;
    const Reflection* reflection = to->GetReflection();
    from = reflection->MutableMessage(from, path[i]);
    to = reflection->MutableMessage(to, path[i]);
  }
  Take(from, to, path.back());
}

// Every path that the mask stands for, none of them inside another.
std::vector<Path> Expand(const Message& update, const FieldMask& mask, bool all) {
  std::vector<Path> paths;
  if (!all && !mask.paths().empty()) {
    FieldMask canonical;
    FieldMaskUtil::ToCanonicalForm(mask, &canonical);
    for (const std::string& path : canonical.paths()) {
      paths.push_back(FieldsAlong(update.GetDescriptor(), path));
    }
    return paths;
  }
  for (int i = 0; i < update.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = update.GetDescriptor()->field(i);
    if (!IsProtected(field) && (all || Has(update, field))) paths.push_back({field});
  }
  return paths;
}

}  // namespace

std::string_view MaskPathFault(const Descriptor* resource, const std::string& path) {
  const Path fields = FieldsAlong(resource, path);
  if (fields.empty()) return "names no field of the resource";
  if (std::any_of(fields.begin(), fields.end(), IsProtected)) {
    return "names a field that can't be updated";
  }
  return {};
}

bool MaskCovers(const FieldMask& mask, std::string_view path) {
  return std::any_of(mask.paths().begin(), mask.paths().end(), [&](const std::string& covered) {
    return covered == "*" || path == covered ||
           (path.size() > covered.size() && path.substr(0, covered.size()) == covered &&
            path[covered.size()] == '.');
  });
}

absl::Status ApplyUpdate(const Message& update, const FieldMask& mask, Message* resource) {
  std::vector<FieldViolation> violations;
  const bool all = mask.paths_size() == 1 && mask.paths(0) == "*";
  for (int i = 0; !all && i < mask.paths_size(); ++i) {
    const std::string_view fault = MaskPathFault(update.GetDescriptor(), mask.paths(i));
    if (fault.empty()) continue;
    violations.push_back({"update_mask.paths[" + std::to_string(i) + "]", std::string(fault), {}});
  }
  if (!violations.empty()) return InvalidFields(violations, reasons::kUpdateMaskInvalid.name);
  const std::unique_ptr<Message> source(update.New());
  source->CopyFrom(update);
  for (const Path& path : Expand(update, mask, all)) TakePath(source.get(), resource, path);
  return absl::OkStatus();
}

}  // namespace rapport::schema
