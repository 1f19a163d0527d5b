#include "platform/schema/field_mask.h"

#include "platform/schema/errors.h"
#include "platform/schema/field_path.h"

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

// Moves one field from `from`, a copy that nobody needs afterwards, to `to`.
void Take(Message* from, Message* to, const FieldDescriptor* field) {
  const Reflection* reflection = to->GetReflection();
  if (!IsMessage(field) || !reflection->HasField(*to, field) ||
      !HoldsProtected(field->message_type())) {
    reflection->SwapFields(from, to, {field});
    return;
  }
  const bool absent = !reflection->HasField(*from, field);
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
    const Reflection* reflection = to->GetReflection();
    if (!reflection->HasField(*from, path[i]) && !reflection->HasField(*to, path[i])) return;
    from = reflection->MutableMessage(from, path[i]);
    to = reflection->MutableMessage(to, path[i]);
  }
  Take(from, to, path.back());
}

// Every path that the mask stands for.
std::vector<Path> Expand(const Message& update, const FieldMask& mask) {
  std::vector<Path> paths;
  const bool all = mask.paths_size() == 1 && mask.paths(0) == "*";
  if (!all && !mask.paths().empty()) {
    for (const std::string& path : mask.paths()) {
      paths.push_back(FieldsAlong(update.GetDescriptor(), path));
    }
    return paths;
  }
  const Reflection* reflection = update.GetReflection();
  for (int i = 0; i < update.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = update.GetDescriptor()->field(i);
    const bool filled_in = field->is_repeated() ? reflection->FieldSize(update, field) > 0
                                                : reflection->HasField(update, field);
    if (!IsProtected(field) && (all || filled_in)) paths.push_back({field});
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
  for (const Path& path : Expand(update, mask)) TakePath(source.get(), resource, path);
  return absl::OkStatus();
}

}  // namespace rapport::schema
